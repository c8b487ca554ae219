#include "kernels/cuda/launch.h"
#include "kernels/ref/warp.h"

namespace tessera::kernels::cuda {
namespace {

template <class T>
TESSERA_DEVICE int source_or_nothing(const WarpJob& job, int x, int y) {
  const bool outside = x < 0 || y < 0 || x >= job.src_width || y >= job.src_height;
  return outside ? job.nothing : static_cast<int>(sample<T>(job.src, x, y));
}

/// What luma sample (x, y) shows.
template <class T>
TESSERA_DEVICE int warp_sample(const WarpJob& job, int x, int y) {
  const int64_t at_x = ref::warp_position(ref::warp_x(job.from, x, y));
  const int64_t at_y = ref::warp_position(ref::warp_y(job.from, x, y));
  if (at_x >> 8 < -1 || at_y >> 8 < -1 || at_x >> 8 >= job.src_width || at_y >> 8 >= job.src_height) return job.nothing;
  const int left = static_cast<int>(at_x >> 8), top = static_cast<int>(at_y >> 8);
  return ref::bilinear(source_or_nothing<T>(job, left, top), source_or_nothing<T>(job, left + 1, top),
                       source_or_nothing<T>(job, left, top + 1), source_or_nothing<T>(job, left + 1, top + 1),
                       static_cast<int>(at_x & 255), static_cast<int>(at_y & 255));
}

/// The mean of the luma samples under chroma sample (x, y), those beyond an odd edge being the edge's.
template <class T>
TESSERA_DEVICE int warp_chroma_sample(const WarpJob& job, int x, int y) {
  int sum = 2;
#pragma unroll 1
  for (int i = 0; i < 4; ++i) {
    sum += warp_sample<T>(job, least(2 * x + i % 2, job.width - 1), least(2 * y + i / 2, job.height - 1));
  }
  return sum >> 2;
}

/// A thread's chunk of the tile.
template <class T>
TESSERA_DEVICE void warp(const WarpJob& job, const Work& work, int thread) {
  using P = Packed<T>;
  constexpr int kAcross = kTileBytes / kChunk;
  static_assert(kAcross * kWarpRows == kThreads);
  const int first_tile = job.rect.x * static_cast<int>(sizeof(T)) / kTileBytes;
  const int x = ((first_tile + work.tile_x) * kAcross + thread % kAcross) * P::kCount;
  const int y = job.rect.y + work.tile_y * kWarpRows + thread / kAcross;
  const int begin = most(job.rect.x - x, 0), end = least(job.rect.x + job.rect.w - x, P::kCount);
  if (begin >= end || y >= job.rect.y + job.rect.h) return;
  P out;
  out.clear();
#pragma unroll 1
  for (int i = begin; i < end; ++i) {
    const int v = job.chroma != 0 ? warp_chroma_sample<T>(job, x + i, y) : warp_sample<T>(job, x + i, y);
    out.put_at(i, static_cast<uint32_t>(v));
  }
  store<T>(job.dst, x, y, out, begin, end);
}

struct Warp {
  static TESSERA_DEVICE void thread(const Work& work, int thread) {
    const WarpJob& job = work.job_as<WarpJob>();
    if (job.dst.bytes == 2) {
      warp<uint16_t>(job, work, thread);
    } else {
      warp<uint8_t>(job, work, thread);
    }
  }
};

}  // namespace
}  // namespace tessera::kernels::cuda

TESSERA_KERNEL(tessera_warp, tessera::kernels::cuda::OnePhase<tessera::kernels::cuda::Warp>)
