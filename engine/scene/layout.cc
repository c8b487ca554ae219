#include "engine/scene/layout.h"

#include <algorithm>
#include <string>

// The layouts, as on a portrait canvas; a landscape one mirrors them along its diagonal (rows become columns).
//
// grid   1: A   2: A   3: A A   4: A B   5: A A   6: A B   7: A A   8: A B   9: A B C
//               B       B C      C D      B C      C D      B C      C D      D E F
//                                         D E      E F      D E      E F      G H I
//                                                           F G      G H
// grid with a featured guest: theirs is the first row, twice as high; the others in one row, from four on in two.
// solo   A fills the canvas.
// pip    A fills the canvas; the others are 9 x 12 grid units (6 x 8 from five on) with a margin of one, from the
// bottom
//        right corner upwards, then in further columns to the left.
// split  2: the halves along the longer side   3: thirds   more: grid.

namespace tessera::scene {
namespace {

constexpr size_t kMaxTiles = 9;
constexpr int kUnitsPerShortSide = 36;

/// Pixels.
struct Box {
  int x = 0, y = 0, w = 0, h = 0;
};

/// A row of equal boxes (a column of them on a landscape canvas), `depth` units high.
struct Band {
  int boxes = 1;
  int depth = 1;
};

/// The k-th of the n + 1 edges that divide `length` in n parts, to the nearest even pixel.
int even_edge(int length, int k, int n) { return 2 * ((length / 2 * k * 2 + n) / (2 * n)); }

std::vector<Box> cut(const std::vector<Band>& bands, int width, int height) {
  const bool portrait = height >= width;
  const int across = portrait ? width : height;
  const int along = portrait ? height : width;
  int depth = 0;
  for (const Band& band : bands) depth += band.depth;

  std::vector<Box> boxes;
  int before = 0;
  for (const Band& band : bands) {
    const int begin = even_edge(along, before, depth);
    before += band.depth;
    const int end = even_edge(along, before, depth);
    for (int k = 0; k < band.boxes; ++k) {
      const int left = even_edge(across, k, band.boxes);
      const int right = even_edge(across, k + 1, band.boxes);
      if (portrait) {
        boxes.push_back({left, begin, right - left, end - begin});
      } else {
        boxes.push_back({begin, left, end - begin, right - left});
      }
    }
  }
  return boxes;
}

std::vector<Band> grid_bands(int count) {
  const int in_row = count <= 2 ? 1 : count == 9 ? 3 : 2;
  std::vector<Band> bands;
  if (count % in_row != 0) bands.push_back({count % in_row, 1});
  for (int k = 0; k < count / in_row; ++k) bands.push_back({in_row, 1});
  return bands;
}

std::vector<Band> featured_bands(int count) {
  const int others = count - 1;
  if (others == 0) return {{1, 1}};
  if (others <= 3) return {{1, 2}, {others, 1}};
  return {{1, 2}, {others / 2, 1}, {others - others / 2, 1}};
}

std::vector<Box> grid(int count, bool has_focus, int width, int height) {
  return cut(has_focus ? featured_bands(count) : grid_bands(count), width, height);
}

std::vector<Box> split(int count, bool has_focus, int width, int height) {
  if (count > 3) return grid(count, has_focus, width, height);
  return cut(std::vector<Band>(static_cast<size_t>(count)), width, height);
}

/// Even pixels of so many grid units, rounded down.
int even_units(int units, int width, int height) {
  return std::min(width, height) * units / kUnitsPerShortSide / 2 * 2;
}

std::vector<Box> pip_boxes(int count, int width, int height) {
  const bool small = count > 5;
  const int w = even_units(small ? 6 : 9, width, height);
  const int h = even_units(small ? 8 : 12, width, height);
  const int margin = even_units(1, width, height);
  std::vector<Box> boxes{{0, 0, width, height}};
  if (h == 0) return boxes;
  const int per_column = std::max(1, (height - margin) / (h + margin));
  for (int k = 0; k + 1 < count; ++k) {
    const int column = k / per_column + 1;
    const int row = k % per_column + 1;
    boxes.push_back({width - column * (w + margin), height - row * (h + margin), w, h});
  }
  return boxes;
}

Px64 from_units(spec::Millionths units, int width, int height) {
  return static_cast<Px64>(
      muldiv_round(units, int64_t{std::min(width, height)} * kPixel, int64_t{kUnitsPerShortSide} * spec::kOne));
}

Tile to_tile(int guest, const Box& box) {
  Tile tile;
  tile.guest = guest;
  tile.rect = {box.x * kPixel, box.y * kPixel, box.w * kPixel, box.h * kPixel};
  return tile;
}

/// A fraction of `length` as the nearest pixel edge.
int nearest_edge(int64_t millionths, int length) {
  // Far beyond any canvas, and still a Px64 with its width.
  constexpr int64_t kFarthest = 1 << 22;
  return static_cast<int>(std::clamp(muldiv_round(millionths, length, spec::kOne), -kFarthest, kFarthest));
}

Tile custom_tile(const spec::CustomRect& custom, int guest, int width, int height) {
  Tile tile = fraction_tile(custom.rect, custom.alpha, width, height);
  tile.guest = guest;
  tile.fit = custom.fit;
  tile.z = custom.z;
  const Px64 half = std::max(std::min(tile.rect.w, tile.rect.h) / 2, 0);
  tile.radius = std::clamp(from_units(custom.radius, width, height), 0, half);
  if (custom.border > 0) {
    // At least a pixel of border, and two pixels of picture.
    const Px64 border = std::max((from_units(custom.border, width, height) + kPixel / 2) / kPixel * kPixel, kPixel);
    tile.border = std::max(std::min(border, half / kPixel * kPixel - kPixel), 0);
  }
  return tile;
}

std::vector<Tile> custom_tiles(const std::vector<spec::CustomRect>& rects, const std::vector<int>& seats,
                               const spec::Job& job, int width, int height) {
  std::vector<Tile> tiles;
  for (const spec::CustomRect& rect : rects) {
    for (const int guest : seats) {
      if (job.guests[static_cast<size_t>(guest)].id != rect.guest) continue;
      tiles.push_back(custom_tile(rect, guest, width, height));
    }
  }
  return tiles;
}

std::vector<Box> boxes_of(spec::LayoutKind kind, int count, bool has_focus, int width, int height) {
  switch (kind) {
    case spec::LayoutKind::kSolo:
      return {{0, 0, width, height}};
    case spec::LayoutKind::kPip:
      return pip_boxes(count, width, height);
    case spec::LayoutKind::kSplit:
    case spec::LayoutKind::kMatch:
      return split(count, has_focus, width, height);
    case spec::LayoutKind::kGrid:
    case spec::LayoutKind::kPanel:
    case spec::LayoutKind::kCustom:
      break;
  }
  return grid(count, has_focus, width, height);
}

}  // namespace

Tile fraction_tile(const spec::RectFraction& rect, spec::Millionths alpha, int canvas_width, int canvas_height) {
  const int x0 = nearest_edge(rect.x, canvas_width);
  const int y0 = nearest_edge(rect.y, canvas_height);
  const int x1 = nearest_edge(int64_t{rect.x} + rect.w, canvas_width);
  const int y1 = nearest_edge(int64_t{rect.y} + rect.h, canvas_height);
  Tile tile = to_tile(-1, {x0, y0, x1 - x0, y1 - y0});
  tile.opacity = static_cast<int>(std::clamp<int64_t>(muldiv_round(alpha, kOpaque, spec::kOne), 0, kOpaque));
  return tile;
}

Rect64 gift_place(int canvas_width, int canvas_height) {
  constexpr int kGiftUnits = 24;
  const int side = std::max(even_units(kGiftUnits, canvas_width, canvas_height), 2);
  const int x = (canvas_width - side) / 4 * 2;
  const int bottom = canvas_height * 5 / 12 * 2;
  return to_tile(-1, {x, std::max(bottom - side, 0), side, side}).rect;
}

std::vector<Tile> arrange(const timeline::Layout& layout, const std::vector<int>& seats, bool has_focus,
                          const spec::Job& job, int canvas_width, int canvas_height) {
  const std::vector<int> seated(seats.begin(),
                                seats.begin() + static_cast<ptrdiff_t>(std::min(seats.size(), kMaxTiles)));
  std::vector<Tile> tiles;
  if (layout.kind == spec::LayoutKind::kCustom) {
    tiles = custom_tiles(layout.rects, seated, job, canvas_width, canvas_height);
  } else if (!seated.empty()) {
    const auto boxes = boxes_of(layout.kind, static_cast<int>(seated.size()), has_focus, canvas_width, canvas_height);
    for (size_t k = 0; k < boxes.size(); ++k) {
      tiles.push_back(to_tile(seated[k], boxes[k]));
      if (layout.kind != spec::LayoutKind::kPip || k == 0) continue;
      tiles.back().z = 1;
      tiles.back().radius = from_units(spec::kOne, canvas_width, canvas_height);
    }
  }
  std::erase_if(tiles, [](const Tile& tile) { return tile.rect.w <= 0 || tile.rect.h <= 0; });
  return tiles;
}

}  // namespace tessera::scene
