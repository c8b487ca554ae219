#include "engine/scene/layout.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <numeric>
#include <random>

#include "tests/unit/scene/golden.h"
#include "tests/unit/timeline/show_builder.h"

namespace tessera::scene {
namespace {

using spec::LayoutKind;
using test::expect_golden;
using test::ShowBuilder;

struct Size {
  int width, height;
};
constexpr Size kCanvases[] = {{1080, 1920}, {1920, 1080}, {720, 720}};

std::vector<int> seats_of(int count) {
  std::vector<int> seats(static_cast<size_t>(count));
  std::iota(seats.begin(), seats.end(), 0);
  return seats;
}

spec::Job job_of(int guests) {
  ShowBuilder show;
  for (int g = 0; g < guests; ++g) show.guest(std::string(1, static_cast<char>('a' + g)));
  return show.show.job;
}

std::string number(Px64 v) { return v % kPixel == 0 ? std::to_string(v / kPixel) : std::to_string(v) + "/64"; }

std::string text(const std::vector<Tile>& tiles) {
  std::string all;
  for (const Tile& t : tiles) {
    all += "  " + std::string(1, static_cast<char>('A' + t.guest)) + " " + number(t.rect.w) + "x" + number(t.rect.h) +
           "+" + number(t.rect.x) + "+" + number(t.rect.y);
    if (t.fit != spec::CustomRect::Fit::kCover) all += t.fit == spec::CustomRect::Fit::kFill ? " fill" : " contain";
    if (t.z != 0) all += " z " + std::to_string(t.z);
    if (t.opacity != kOpaque) all += " opacity " + std::to_string(t.opacity);
    if (t.radius != 0) all += " radius " + number(t.radius);
    if (t.border != 0) all += " border " + number(t.border);
    all += "\n";
  }
  return all;
}

std::string all_counts(LayoutKind kind, bool has_focus) {
  std::string all;
  for (const Size& canvas : kCanvases) {
    for (int count = 1; count <= 9; ++count) {
      all += std::to_string(canvas.width) + "x" + std::to_string(canvas.height) + ", " + std::to_string(count) + "\n" +
             text(arrange({kind, {}, 0}, seats_of(count), has_focus, job_of(9), canvas.width, canvas.height));
    }
  }
  return all;
}

TEST(Layout, Grid) { expect_golden("layout_grid", all_counts(LayoutKind::kGrid, false)); }
TEST(Layout, GridWithAFeaturedGuest) { expect_golden("layout_grid_focus", all_counts(LayoutKind::kGrid, true)); }
TEST(Layout, Pip) { expect_golden("layout_pip", all_counts(LayoutKind::kPip, false)); }
TEST(Layout, Split) { expect_golden("layout_split", all_counts(LayoutKind::kSplit, false)); }
TEST(Layout, Solo) { expect_golden("layout_solo", all_counts(LayoutKind::kSolo, false)); }

TEST(Layout, PanelIsDrawnAsGridAndMatchAsSplit) {
  EXPECT_EQ(all_counts(LayoutKind::kPanel, true), all_counts(LayoutKind::kGrid, true));
  EXPECT_EQ(all_counts(LayoutKind::kMatch, false), all_counts(LayoutKind::kSplit, false));
}

TEST(Layout, CustomGivesExactlyTheRectsAskedFor) {
  const auto rect = [](const char* guest, int x, int y, int w, int h) {
    spec::CustomRect made;
    made.guest = guest;
    made.rect = {x, y, w, h};
    return made;
  };
  std::vector<spec::CustomRect> rects{
      rect("a", 0, 0, 333'333, 1'000'000),          rect("b", 333'333, 0, 333'333, 500'001),
      rect("c", 666'666, 0, 333'334, 250'000),      rect("d", -100'000, 900'000, 300'000, 300'000),
      rect("zoe", 0, 0, 500'000, 500'000),          rect("e", 500'000, 500'000, 1, 1),
      rect("a", 700'000, 700'000, 200'000, 200'000)};
  rects[1].fit = spec::CustomRect::Fit::kContain;
  rects[2].fit = spec::CustomRect::Fit::kFill;
  rects[2].z = -3;
  rects[3].alpha = 333'333;
  rects[6].z = 7;
  rects[6].radius = 100 * spec::kOne;  // more than fits: half the tile
  rects[6].border = spec::kOne / 10;
  std::string all;
  for (const Size& canvas : {Size{1080, 1920}, Size{1918, 1078}}) {
    all +=
        std::to_string(canvas.width) + "x" + std::to_string(canvas.height) + "\n" +
        text(arrange({LayoutKind::kCustom, rects, 0}, {3, 0, 2, 1, 4}, false, job_of(9), canvas.width, canvas.height));
  }
  expect_golden("layout_custom", all);
}

TEST(Layout, HostileRectsStayWithinFixedPoint) {
  spec::CustomRect rect;
  rect.guest = "a";
  rect.rect = {std::numeric_limits<int32_t>::min(), 0, std::numeric_limits<int32_t>::max(),
               std::numeric_limits<int32_t>::max()};
  rect.alpha = std::numeric_limits<int32_t>::max();
  rect.radius = rect.border = std::numeric_limits<int32_t>::max();
  const auto tiles = arrange({LayoutKind::kCustom, {rect}, 0}, {0}, false, job_of(1), 8192, 8192);
  ASSERT_EQ(tiles.size(), 1U);
  EXPECT_EQ(tiles[0].opacity, kOpaque);
  EXPECT_GT(tiles[0].rect.w, 2 * tiles[0].border);
  EXPECT_LE(2 * tiles[0].radius, tiles[0].rect.w);
}

TEST(Layout, GuestsBeyondNineGetNoTile) {
  const auto tiles = arrange({LayoutKind::kGrid, {}, 0}, seats_of(12), false, job_of(12), 1080, 1920);
  EXPECT_EQ(text(tiles), text(arrange({LayoutKind::kGrid, {}, 0}, seats_of(9), false, job_of(12), 1080, 1920)));
  EXPECT_TRUE(arrange({LayoutKind::kGrid, {}, 0}, {}, false, job_of(1), 1080, 1920).empty());
}

/// Built-in tiles are even and inside the canvas; those of solo, grid and split cover it once.
TEST(Layout, TilesAreEvenInsideAndWithoutGaps) {
  std::mt19937 random(3);
  for (int round = 0; round < 4000; ++round) {
    const auto even = [&](unsigned limit) { return 2 * static_cast<int>(1 + random() % (limit / 2)); };
    const unsigned limit = round % 3 == 0 ? 60 : 8192;
    const Size canvas{even(limit), even(limit)};
    const int count = 1 + static_cast<int>(random() % 9);
    const bool has_focus = random() % 2 == 0;
    const LayoutKind kind =
        std::array{LayoutKind::kGrid, LayoutKind::kSplit, LayoutKind::kPip, LayoutKind::kSolo}[random() % 4];
    SCOPED_TRACE("seed 3, round " + std::to_string(round) + ": " + std::to_string(canvas.width) + "x" +
                 std::to_string(canvas.height) + ", " + std::to_string(count));
    const auto tiles = arrange({kind, {}, 0}, seats_of(count), has_focus, job_of(9), canvas.width, canvas.height);
    int64_t area = 0;
    for (const Tile& tile : tiles) {
      for (const Px64 v : {tile.rect.x, tile.rect.y, tile.rect.w, tile.rect.h}) ASSERT_EQ(v % (2 * kPixel), 0);
      ASSERT_TRUE(tile.rect.x >= 0 && tile.rect.y >= 0 && tile.rect.w > 0 && tile.rect.h > 0);
      ASSERT_LE(tile.rect.x + tile.rect.w, canvas.width * kPixel);
      ASSERT_LE(tile.rect.y + tile.rect.h, canvas.height * kPixel);
      area += int64_t{tile.rect.w / kPixel} * (tile.rect.h / kPixel);
    }
    const size_t first = kind == LayoutKind::kPip ? 1 : 0;
    for (size_t a = first; a < tiles.size(); ++a) {
      for (size_t b = a + 1; b < tiles.size(); ++b) {
        const Rect64& p = tiles[a].rect;
        const Rect64& q = tiles[b].rect;
        ASSERT_TRUE(p.x + p.w <= q.x || q.x + q.w <= p.x || p.y + p.h <= q.y || q.y + q.h <= p.y) << a << " and " << b;
      }
    }
    if (kind != LayoutKind::kPip) {
      ASSERT_EQ(area, int64_t{canvas.width} * canvas.height);
    }
    if (kind != LayoutKind::kSolo && canvas.width > 100 && canvas.height > 100) {
      ASSERT_EQ(tiles.size(), static_cast<size_t>(count));
    }
  }
}

}  // namespace
}  // namespace tessera::scene
