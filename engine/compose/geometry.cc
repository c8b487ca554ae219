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

void Uncovered::cover(const Rect& by) {
  std::vector<Rect> left;
  for (const Rect& r : rects_) {
    if (!overlaps(r, by)) {
      left.push_back(r);
      continue;
    }
    const int top = std::max(r.y, by.y), bottom = std::min(r.y + r.h, by.y + by.h);
    const Rect pieces[] = {{r.x, r.y, r.w, top - r.y},
                           {r.x, bottom, r.w, r.y + r.h - bottom},
                           {r.x, top, by.x - r.x, bottom - top},
                           {by.x + by.w, top, r.x + r.w - by.x - by.w, bottom - top}};
    std::copy_if(std::begin(pieces), std::end(pieces), std::back_inserter(left),
                 [](const Rect& p) { return !is_empty(p); });
  }
  rects_ = std::move(left);
}

bool Uncovered::meets(const Rect& r) const {
  return std::any_of(rects_.begin(), rects_.end(), [&](const Rect& left) { return overlaps(left, r); });
}

}  // namespace tessera::compose
