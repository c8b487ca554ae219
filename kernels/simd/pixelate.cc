#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/pixelate.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "kernels/ref/pixelate.h"
#include "kernels/simd/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE
namespace {

constexpr int kRows = 64;  ///< 16 bits hold the sum of so many 10 bit samples

/// The sums of columns of a row of blocks, `count` of them from x on.
template <class T>
class ColumnSums {
 public:
  ColumnSums(const ConstPlane& plane, int x, int count, int top, int bottom) {
    std::fill_n(sums_, count, 0u);
    for (int y = top; y < bottom; y += kRows) add(plane, x, count, y, std::min(y + kRows, bottom));
  }

  uint32_t of(int begin, int end) const {
    uint32_t sum = 0;
    for (int x = begin; x < end; ++x) sum += sums_[x];
    return sum;
  }

 private:
  void add(const ConstPlane& plane, int x, int count, int y0, int y1) {
    alignas(64) uint16_t few[kMaxBlock] = {};
    T memory[kMaxBlock];
    auto* words = reinterpret_cast<int16_t*>(few);
    for (int y = y0; y < y1; ++y) {
      const T* line = plain_line(memory, plane, x, y, count);
      int i = 0;
      for (; i + kSamples <= count; i += kSamples)
        hn::StoreU(hn::Add(load(words + i), load(line + i)), D16(), words + i);
      for (; i < count; ++i) few[i] = static_cast<uint16_t>(few[i] + line[i]);
    }
    for (int i = 0; i < count; ++i) sums_[i] += few[i];
  }

  uint32_t sums_[kMaxBlock];
};

/// Columns [x0, x1), whole blocks and at most kMaxBlock samples, of the rows [y0, y1) of one row of blocks.
template <class T>
void pixelate_piece(const PixelateParams& p, int x0, int x1, int top, int y0, int y1) {
  const int bottom = std::min(top + p.block_h, p.rect.y + p.rect.h), count = x1 - x0;
  const ColumnSums<T> sums(p.src, x0, count, top, bottom);
  T* first = ref::row_of<T>(p.dst, y0) + x0;
  for (int x = 0; x < count; x += p.block_w) {
    const int width = std::min(p.block_w, count - x);
    const auto samples = static_cast<uint32_t>(width) * static_cast<uint32_t>(bottom - top);
    std::fill_n(first + x, width, static_cast<T>(ref::block_mean(sums.of(x, x + width), samples)));
  }
  for (int y = y0 + 1; y < y1; ++y)
    std::memcpy(ref::row_of<T>(p.dst, y) + x0, first, static_cast<size_t>(count) * sizeof(T));
}

template <class T>
void pixelate_rows(const PixelateParams& p, int row0, int row1) {
  const int piece = kMaxBlock / p.block_w * p.block_w, right = p.rect.x + p.rect.w;
  for (int row = row0; row < row1;) {
    const int top = row - row % p.block_h, end = std::min(top + p.block_h, row1);
    for (int x = p.rect.x; x < right; x += piece)
      pixelate_piece<T>(p, x, std::min(x + piece, right), p.rect.y + top, p.rect.y + row, p.rect.y + end);
    row = end;
  }
}

}  // namespace

void pixelate(const PixelateParams& p, int row0, int row1) {
  if (p.dst.depth > 8) {
    pixelate_rows<uint16_t>(p, row0, row1);
  } else {
    pixelate_rows<uint8_t>(p, row0, row1);
  }
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
