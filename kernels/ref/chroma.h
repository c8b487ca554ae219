#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernels/ref/plane.h"

/// Chroma at luma positions, for the operations that look at all planes of a 4:2:0 picture: co-sited horizontally,
/// centred vertically.
namespace tessera::kernels::ref {

/// Luma samples worked off at a time: their chroma fits on the stack.
inline constexpr int kChromaPiece = 512;

/// The two chroma rows a luma row lies between, kept to the rect: what is outside need not be part of the picture.
struct ChromaRows {
  int near, far;
};

inline ChromaRows chroma_rows(const Rect& luma, int y) {
  const int far = (y & 1) != 0 ? (y >> 1) + 1 : (y >> 1) - 1;
  return {y >> 1, std::clamp(far, luma.y >> 1, (luma.y + luma.h - 1) >> 1)};
}

/// Eight times the chroma, its zero taken off, at `count` luma samples from x0 (even), at most kChromaPiece; `out` has
/// room for one more.
template <class T>
void chroma_at_luma(int16_t* __restrict out, const ConstPlane& c, const Rect& luma, ChromaRows rows, int x0, int count,
                    int grey) {
  std::array<int16_t, kChromaPiece / 2 + 1> sums;
  const int first = x0 >> 1, last = (luma.x + luma.w - 1) >> 1, pairs = (count + 1) / 2;
  const T *near = row_of<T>(c, rows.near), *far = row_of<T>(c, rows.far);
  for (int i = 0; i <= pairs; ++i) {
    const ptrdiff_t at = static_cast<ptrdiff_t>(std::min(first + i, last)) * c.step;
    const int sum = 3 * ((near[at] >> c.msb_shift) - grey) + ((far[at] >> c.msb_shift) - grey);
    sums[static_cast<size_t>(i)] = static_cast<int16_t>(sum);
  }
  const int16_t* __restrict s = sums.data();
  for (int i = 0; i < pairs; ++i) {
    out[2 * i] = static_cast<int16_t>(2 * s[i]);
    out[2 * i + 1] = static_cast<int16_t>(s[i] + s[i + 1]);
  }
}

}  // namespace tessera::kernels::ref
