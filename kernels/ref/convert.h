#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/ops.h"

/// The bodies of `convert`.
namespace tessera::kernels::ref {

inline int clip(int v, int max) { return v < 0 ? 0 : v > max ? max : v; }

/// Luma from its own sample and eight times the chroma at its position (chroma's zero taken off).
inline int convert_luma(const ConvertMatrix& m, int y, int u8, int v8, int max) {
  const int sum = 8 * m.y_y * (y - m.src_black) + m.y_u * u8 + m.y_v * v8;
  return clip(((sum + (1 << 16)) >> 17) + m.dst_black, max);
}

/// A chroma sample from both (chroma's zero taken off): `own` and `other` are the coefficients of the plane written.
inline int convert_chroma(int own, int other, int c_own, int c_other, int grey, int max) {
  return clip(((own * c_own + other * c_other + (1 << 13)) >> 14) + grey, max);
}

}  // namespace tessera::kernels::ref
