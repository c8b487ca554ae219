#pragma once

#include <cstdint>

#include "kernels/ops.h"

/// The bodies of `warp`.
namespace tessera::kernels::ref {

/// Where luma sample (x, y) of the destination comes from, in 1/65536 samples of the source.
constexpr int64_t warp_x(const Affine& a, int64_t x, int64_t y) { return a.xx * x + a.xy * y + a.x0; }
constexpr int64_t warp_y(const Affine& a, int64_t x, int64_t y) { return a.yx * x + a.yy * y + a.y0; }

/// The nearest position in 1/256 samples, ties to the higher one. Its upper bits are the first of the two samples it
/// lies between, the lower 8 the share of the other.
constexpr int64_t warp_position(int64_t at) { return (at + 128) >> 8; }

/// From samples a b / c d and the shares of b and of the lower row in 1/256.
constexpr int bilinear(int a, int b, int c, int d, int right, int lower) {
  const int top = a * (256 - right) + b * right, bottom = c * (256 - right) + d * right;
  return (top * (256 - lower) + bottom * lower + (1 << 15)) >> 16;
}

}  // namespace tessera::kernels::ref
