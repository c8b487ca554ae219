#include "engine/compose/geometry.h"

#include <algorithm>

namespace tessera::compose {
namespace {

constexpr int64_t kBlock = 2 * scene::kPixel;

struct Edges {
  int begin, end;
};

Edges touched_axis(int64_t start, int64_t size, int length) {
  const int64_t end = std::min<int64_t>(start + size, int64_t{length} * scene::kPixel);
  const int64_t first = std::max<int64_t>(start, 0) / kBlock * 2;
  const int64_t last = end <= 0 ? 0 : std::min<int64_t>((end + kBlock - 1) / kBlock * 2, length);
  return {static_cast<int>(std::min<int64_t>(first, length)), static_cast<int>(last)};
}

/// The blocks that lie in it whole; the canvas's end ends one, too.
Edges filled_axis(int64_t start, int64_t size, int length) {
  const int64_t end = start + size;
  const int64_t first = start <= 0 ? 0 : (start + kBlock - 1) / kBlock * 2;
  const int64_t last = end >= int64_t{length} * scene::kPixel ? length : std::max<int64_t>(end, 0) / kBlock * 2;
  return {static_cast<int>(std::min<int64_t>(first, length)), static_cast<int>(last)};
}

Rect filled(const scene::Rect64& r, int inset_x, int inset_y, int canvas_width, int canvas_height) {
  const Edges x = filled_axis(int64_t{r.x} + inset_x, int64_t{r.w} - 2 * inset_x, canvas_width);
  const Edges y = filled_axis(int64_t{r.y} + inset_y, int64_t{r.h} - 2 * inset_y, canvas_height);
  return {x.begin, y.begin, x.end - x.begin, y.end - y.begin};
}

int64_t area(const Rect& r) { return is_empty(r) ? 0 : int64_t{r.w} * r.h; }

bool even_axis(int64_t start, int64_t size, int length) {
  const int64_t end = start + size;
  return (start <= 0 || start % kBlock == 0) && (end >= int64_t{length} * scene::kPixel || end % kBlock == 0);
}

}  // namespace

Rect touched(const scene::Rect64& r, int canvas_width, int canvas_height) {
  const Edges x = touched_axis(r.x, r.w, canvas_width), y = touched_axis(r.y, r.h, canvas_height);
  return {x.begin, y.begin, x.end - x.begin, y.end - y.begin};
}

bool is_even(const scene::Rect64& r, int canvas_width, int canvas_height) {
  return even_axis(r.x, r.w, canvas_width) && even_axis(r.y, r.h, canvas_height);
}

Rect solid_part(const scene::Rect64& r, int radius, int canvas_width, int canvas_height) {
  // A square's corner on the arc is 1 - sqrt(1/2) of the radius from either side.
  const int inset = radius > 0 ? radius * 300 / 1024 + 1 : 0;
  const Rect band = filled(r, 0, radius, canvas_width, canvas_height);
  const Rect square = filled(r, inset, inset, canvas_width, canvas_height);
  // A band leaves nothing at its sides: that is worth more than a few rows.
  return area(band) >= area(square) * 3 / 4 ? band : square;
}

std::array<Rect, 4> outside(const Rect& r, const Rect& inner) {
  const int top = std::max(r.y, inner.y), bottom = std::min(r.y + r.h, inner.y + inner.h);
  return {{{r.x, r.y, r.w, top - r.y},
           {r.x, bottom, r.w, r.y + r.h - bottom},
           {r.x, top, inner.x - r.x, bottom - top},
           {inner.x + inner.w, top, r.x + r.w - inner.x - inner.w, bottom - top}}};
}

void Uncovered::cover(const Rect& by) {
  std::vector<Rect> left;
  for (const Rect& r : rects_) {
    if (!overlaps(r, by)) {
      left.push_back(r);
      continue;
    }
    const std::array<Rect, 4> pieces = outside(r, by);
    std::copy_if(pieces.begin(), pieces.end(), std::back_inserter(left), [](const Rect& p) { return !is_empty(p); });
  }
  rects_ = std::move(left);
}

bool Uncovered::meets(const Rect& r) const {
  return std::any_of(rects_.begin(), rects_.end(), [&](const Rect& left) { return overlaps(left, r); });
}

}  // namespace tessera::compose
