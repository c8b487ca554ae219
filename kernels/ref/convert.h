#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/ops.h"

/// The bodies of `convert`.
namespace tessera::kernels::ref {

constexpr int clip(int v, int max) { return v < 0 ? 0 : v > max ? max : v; }

/// Luma from its own sample (black taken off) and eight times the chroma at its position (chroma's zero taken off).
constexpr int convert_luma(int y_y, int y_u, int y_v, int y, int u8, int v8, int black, int max) {
  const int sum = 8 * (y_y * y) + y_u * u8 + y_v * v8;
  return clip(((sum + (1 << 16)) >> 17) + black, max);
}

/// A chroma sample from both (chroma's zero taken off): `own` and `other` are the coefficients of the plane written.
constexpr int convert_chroma(int own, int other, int c_own, int c_other, int grey, int max) {
  return clip(((own * c_own + other * c_other + (1 << 13)) >> 14) + grey, max);
}

}  // namespace tessera::kernels::ref
