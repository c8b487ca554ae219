#pragma once

#include <array>
#include <vector>

#include "engine/scene/draw_list.h"
#include "kernels/ops.h"

/// Rects on the canvas.
namespace tessera::compose {

using Rect = kernels::Rect;

inline bool is_empty(const Rect& r) { return r.w <= 0 || r.h <= 0; }
inline bool overlaps(const Rect& a, const Rect& b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/// The samples of a canvas that a rect touches, widened to the chroma grid (even edges, or the canvas's end).
Rect touched(const scene::Rect64& r, int canvas_width, int canvas_height);

/// Whether every edge of a rect that lies on the canvas is on the chroma grid: then no sample is partly covered.
bool is_even(const scene::Rect64& r, int canvas_width, int canvas_height);

/// The largest rect on the chroma grid that a band across or an inset square of a rect with rounded corners fills: all
/// of its samples are wholly covered. May be empty. @param radius in 1/64 pixels, at most half of either side
Rect solid_part(const scene::Rect64& r, int radius, int canvas_width, int canvas_height);

/// What a rect has beyond another, as rects that do not overlap; some may be empty.
std::array<Rect, 4> outside(const Rect& r, const Rect& inner);

/// Part of a canvas that nothing opaque has covered yet, as rects that do not overlap.
class Uncovered {
 public:
  Uncovered(int width, int height) : rects_{{0, 0, width, height}} {}

  void cover(const Rect& by);
  bool meets(const Rect& r) const;
  const std::vector<Rect>& rects() const { return rects_; }

 private:
  std::vector<Rect> rects_;
};

}  // namespace tessera::compose
