#include "kernels/ref/warp.h"

#include <algorithm>

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {
namespace {

template <class T>
int source_or_nothing(const WarpParams& p, int64_t x, int64_t y) {
  if (x < 0 || y < 0 || x >= p.src.width || y >= p.src.height) return p.nothing;
  return sample_at<T>(p.src, static_cast<int>(x), static_cast<int>(y));
}

/// What luma sample (x, y) shows.
template <class T>
int warp_sample(const WarpParams& p, int x, int y) {
  const int64_t at_x = warp_position(warp_x(p.from, x, y)), at_y = warp_position(warp_y(p.from, x, y));
  const int64_t left = at_x >> 8, top = at_y >> 8;
  if (left < -1 || top < -1 || left >= p.src.width || top >= p.src.height) return p.nothing;
  return bilinear(source_or_nothing<T>(p, left, top), source_or_nothing<T>(p, left + 1, top),
                  source_or_nothing<T>(p, left, top + 1), source_or_nothing<T>(p, left + 1, top + 1),
                  static_cast<int>(at_x & 255), static_cast<int>(at_y & 255));
}

/// The mean of the luma samples under chroma sample (x, y), those beyond an odd edge being the edge's.
template <class T>
int warp_chroma_sample(const WarpParams& p, int x, int y) {
  const int left = std::min(2 * x, p.width - 1), right = std::min(2 * x + 1, p.width - 1);
  const int top = std::min(2 * y, p.height - 1), bottom = std::min(2 * y + 1, p.height - 1);
  const int sum = warp_sample<T>(p, left, top) + warp_sample<T>(p, right, top) + warp_sample<T>(p, left, bottom) +
                  warp_sample<T>(p, right, bottom);
  return (sum + 2) >> 2;
}

}  // namespace

void warp(const WarpParams& p, int row0, int row1) {
  with_sample(p.dst.depth, [&](auto sample) {
    using T = decltype(sample);
    for (int y = p.rect.y + row0; y < p.rect.y + row1; ++y) {
      T* out = row_of<T>(p.dst, y);
      for (int x = p.rect.x; x < p.rect.x + p.rect.w; ++x)
        out[x] = static_cast<T>(p.chroma ? warp_chroma_sample<T>(p, x, y) : warp_sample<T>(p, x, y));
    }
  });
}

}  // namespace tessera::kernels::ref
