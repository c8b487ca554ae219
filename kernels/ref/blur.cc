#include "kernels/ref/blur.h"

#include <algorithm>
#include <array>

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {
namespace {

constexpr int kColumns = 64;  ///< blurred downwards side by side

/// One box blur of a row of `count` values.
void box_across(uint16_t* out, const uint16_t* in, int count, int radius) {
  const uint32_t reciprocal = box_reciprocal(radius);
  const auto value = [&](int i) -> uint32_t { return in[std::clamp(i, 0, count - 1)]; };
  uint32_t sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += value(i);
  for (int i = 0; i < count; ++i) {
    out[i] = box_mean(sum, reciprocal);
    sum += value(i + 1 + radius) - value(i - radius);
  }
}

/// One box blur of `columns` columns of `height` values, `pitch` from row to row; rows [begin, end) are made, from
/// those at most `radius` beyond.
void box_down(uint16_t* out, const uint16_t* in, ptrdiff_t pitch, int columns, int height, int begin, int end,
              int radius) {
  const uint32_t reciprocal = box_reciprocal(radius);
  const auto row = [&](int y) { return in + std::clamp(y, 0, height - 1) * pitch; };
  std::array<uint32_t, kColumns> sums{};
  for (int y = begin - radius; y <= begin + radius; ++y) {
    for (int x = 0; x < columns; ++x) sums[static_cast<size_t>(x)] += row(y)[x];
  }
  for (int y = begin; y < end; ++y) {
    const uint16_t *more = row(y + 1 + radius), *less = row(y - radius);
    for (int x = 0; x < columns; ++x) {
      uint32_t& sum = sums[static_cast<size_t>(x)];
      out[y * pitch + x] = box_mean(sum, reciprocal);
      sum += static_cast<uint32_t>(more[x]) - less[x];
    }
  }
}

/// Two images of the rect's size, each what the next pass is made from.
struct Images {
  uint16_t *from, *to;
  int width, height;
  int top, bottom;  ///< rows that hold what is needed

  void columns_pass(int radius) {
    for (int y = top; y < bottom; ++y)
      box_across(to + ptrdiff_t{y} * width, from + ptrdiff_t{y} * width, width, radius);
    std::swap(from, to);
  }
  /// Makes the rows at most `reach` from [row0, row1).
  void rows_pass(int radius, int row0, int row1, int reach) {
    top = std::max(row0 - reach, 0), bottom = std::min(row1 + reach, height);
    for (int x = 0; x < width; x += kColumns)
      box_down(to + x, from + x, width, std::min(kColumns, width - x), height, top, bottom, radius);
    std::swap(from, to);
  }
};

template <class T>
void blur_rows(const BlurParams& p, int row0, int row1, uint16_t* scratch) {
  const int w = p.rect.w, h = p.rect.h, r = p.radius, depth = p.dst.depth;
  const ptrdiff_t size = ptrdiff_t{w} * h;
  Images images{scratch, scratch + size, w, h, std::max(row0 - 3 * r, 0), std::min(row1 + 3 * r, h)};
  for (int y = images.top; y < images.bottom; ++y) {
    for (int x = 0; x < w; ++x)
      images.from[ptrdiff_t{y} * w + x] = widen(sample_at<T>(p.src, p.rect.x + x, p.rect.y + y), depth);
  }
  for (int i = 0; i < 3; ++i) images.columns_pass(r);
  for (int i = 2; i >= 0; --i) images.rows_pass(r, row0, row1, i * r);
  for (int y = row0; y < row1; ++y) {
    T* out = row_of<T>(p.dst, p.rect.y + y) + p.rect.x;
    for (int x = 0; x < w; ++x) out[x] = static_cast<T>(narrow(images.from[ptrdiff_t{y} * w + x], depth));
  }
}

}  // namespace

size_t blur_scratch(const BlurParams& p) {
  return 2 * sizeof(uint16_t) * static_cast<size_t>(p.rect.w) * static_cast<size_t>(p.rect.h);
}

void blur(const BlurParams& p, int row0, int row1, uint8_t* scratch) {
  if (row0 >= row1) return;
  with_sample(p.dst.depth,
              [&](auto sample) { blur_rows<decltype(sample)>(p, row0, row1, reinterpret_cast<uint16_t*>(scratch)); });
}

}  // namespace tessera::kernels::ref
