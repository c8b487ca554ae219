#include "kernels/ref/pixelate.h"

#include <algorithm>

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {
namespace {

template <class T>
uint32_t sum_of(const ConstPlane& plane, const Rect& block) {
  uint32_t sum = 0;
  for (int y = block.y; y < block.y + block.h; ++y) {
    for (int x = block.x; x < block.x + block.w; ++x) sum += static_cast<uint32_t>(sample_at<T>(plane, x, y));
  }
  return sum;
}

/// Rows [y0, y1) of the plane, all in the row of blocks that begins at `top`.
template <class T>
void pixelate_blocks(const PixelateParams& p, int top, int y0, int y1) {
  const int right = p.rect.x + p.rect.w, bottom = p.rect.y + p.rect.h;
  for (int x = p.rect.x; x < right; x += p.block_w) {
    const Rect block{x, top, std::min(p.block_w, right - x), std::min(p.block_h, bottom - top)};
    const auto mean = static_cast<T>(
        block_mean(sum_of<T>(p.src, block), static_cast<uint32_t>(block.w) * static_cast<uint32_t>(block.h)));
    for (int y = y0; y < y1; ++y) std::fill_n(row_of<T>(p.dst, y) + x, block.w, mean);
  }
}

}  // namespace

void pixelate(const PixelateParams& p, int row0, int row1) {
  with_sample(p.dst.depth, [&](auto sample) {
    for (int row = row0; row < row1;) {
      const int top = row - row % p.block_h, end = std::min(top + p.block_h, row1);
      pixelate_blocks<decltype(sample)>(p, p.rect.y + top, p.rect.y + row, p.rect.y + end);
      row = end;
    }
  });
}

}  // namespace tessera::kernels::ref
