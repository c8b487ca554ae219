#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/ops.h"

/// The body of `mask`: how much of one luma sample a shape covers.
namespace tessera::kernels::ref {

/// Overlap of [x, x + 64) with [start, start + size), 0..64.
constexpr int32_t overlap(int32_t x, int32_t start, int32_t size) {
  return std::clamp(std::min(x + 64, start + size) - std::max(x, start), 0, 64);
}

/// How far a position lies beyond the straight part of an edge pair, into a corner; 0 or less: not.
constexpr int64_t into_corner(int32_t at, int32_t start, int32_t size, int32_t radius) {
  return std::max<int64_t>(int64_t{start} + radius - at, int64_t{at} - (int64_t{start} + size - radius));
}

constexpr bool inside(const Shape& s, int32_t x, int32_t y) {
  if (x < s.x || x >= s.x + s.w || y < s.y || y >= s.y + s.h) return false;
  const int64_t dx = into_corner(x, s.x, s.w, s.radius), dy = into_corner(y, s.y, s.h, s.radius);
  return dx <= 0 || dy <= 0 || dx * dx + dy * dy <= int64_t{s.radius} * s.radius;
}

/// Coverage 0..255 of luma sample (px, py): the exact area away from corners, 8x8 positions in them.
constexpr int coverage(const Shape& s, int px, int py) {
  const int32_t x = px * 64, y = py * 64;
  const int64_t cx = std::max(into_corner(x, s.x, s.w, s.radius), into_corner(x + 64, s.x, s.w, s.radius));
  const int64_t cy = std::max(into_corner(y, s.y, s.h, s.radius), into_corner(y + 64, s.y, s.h, s.radius));
  if (s.radius == 0 || cx <= 0 || cy <= 0) return (overlap(x, s.x, s.w) * overlap(y, s.y, s.h) * 255 + 2048) >> 12;
  if (inside(s, x, y) && inside(s, x + 64, y) && inside(s, x, y + 64) && inside(s, x + 64, y + 64)) return 255;
  int count = 0;
  for (int j = 4; j < 64; j += 8) {
#if defined(__CUDACC__)
#pragma unroll 1  // copies of what follows use up a GPU's registers
#endif
    for (int i = 4; i < 64; i += 8) count += inside(s, x + i, y + j) ? 1 : 0;
  }
  return (count * 255 + 32) >> 6;
}

}  // namespace tessera::kernels::ref
