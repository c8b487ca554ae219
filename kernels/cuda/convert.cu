#include "kernels/cuda/chroma.h"
#include "kernels/cuda/launch.h"
#include "kernels/ref/convert.h"

namespace tessera::kernels::cuda {
namespace {

/// Samples [begin, end) of a chunk of luma.
template <class T>
TESSERA_DEVICE void convert_luma_chunk(const ConvertJob& job, int x, int y) {
  using P = Packed<T>;
  constexpr int kMax = sizeof(T) == 1 ? 255 : 1023;
  const int begin = most(job.luma.x - x, 0), end = least(job.luma.x + job.luma.w - x, P::kCount);
  if (begin >= end || y < job.luma.y || y >= job.luma.y + job.luma.h) return;
  const auto u = chroma_at_luma<T>(job, job.src[1], x, y, job.matrix.grey);
  const auto v = chroma_at_luma<T>(job, job.src[2], x, y, job.matrix.grey);
  const P in = load_some<T>(job.src[0], x, y, begin, end);
  P out;
  out.clear();
#pragma unroll
  for (int i = 0; i < P::kCount; ++i) {
    const int luma = static_cast<int>(in.get(i)) - job.matrix.src_black;
    const int result = ref::convert_luma(job.matrix.y_y, job.matrix.y_u, job.matrix.y_v, luma, u.get(i), v.get(i),
                                         job.matrix.dst_black, kMax);
    out.put(i, static_cast<uint32_t>(result));
  }
  store<T>(job.dst[0], x, y, out, begin, end);
}

/// U and V under a chunk of luma.
template <class T>
TESSERA_DEVICE void convert_chroma_chunk(const ConvertJob& job, int x, int y) {
  using P = Packed<T, kChunk / 2>;
  constexpr int kMax = sizeof(T) == 1 ? 255 : 1023;
  const int begin = most(job.chroma.x - x, 0), end = least(job.chroma.x + job.chroma.w - x, P::kCount);
  if (begin >= end || y < job.chroma.y || y >= job.chroma.y + job.chroma.h) return;
  const P u = load_some<T, kChunk / 2, true>(job.src[1], x, y, begin, end);
  const P v = load_some<T, kChunk / 2, true>(job.src[2], x, y, begin, end);
  P out_u, out_v;
  out_u.clear();
  out_v.clear();
#pragma unroll
  for (int i = 0; i < P::kCount; ++i) {
    const int cu = static_cast<int>(u.get(i)) - job.matrix.grey, cv = static_cast<int>(v.get(i)) - job.matrix.grey;
    out_u.put(
        i, static_cast<uint32_t>(ref::convert_chroma(job.matrix.u_u, job.matrix.u_v, cu, cv, job.matrix.grey, kMax)));
    out_v.put(
        i, static_cast<uint32_t>(ref::convert_chroma(job.matrix.v_v, job.matrix.v_u, cv, cu, job.matrix.grey, kMax)));
  }
  if (job.dst[1].data != 0) store<T, kChunk / 2>(job.dst[1], x, y, out_u, begin, end);
  if (job.dst[2].data != 0) store<T, kChunk / 2>(job.dst[2], x, y, out_v, begin, end);
}

/// A thread converts a chunk of two rows of luma and the chroma that belongs to both.
template <class T>
TESSERA_DEVICE void convert(const ConvertJob& job, const Work& work, int thread) {
  constexpr int kAcross = kTileBytes / kChunk, kSamples = Packed<T>::kCount;
  static_assert(kAcross * kConvertRows / 2 == kThreads);
  const int x = job.tile_x + (work.tile_x * kAcross + thread % kAcross) * kSamples;
  const int y = job.tile_y + work.tile_y * kConvertRows + thread / kAcross * 2;
#pragma unroll 1
  for (int i = 0; i < 2; ++i) convert_luma_chunk<T>(job, x, y + i);
  convert_chroma_chunk<T>(job, x / 2, y / 2);
}

struct Convert {
  static TESSERA_DEVICE void thread(const Work& work, int thread) {
    const ConvertJob& job = work.job_as<ConvertJob>();
    if (job.bytes == 2) {
      convert<uint16_t>(job, work, thread);
    } else {
      convert<uint8_t>(job, work, thread);
    }
  }
};

}  // namespace
}  // namespace tessera::kernels::cuda

TESSERA_KERNEL(tessera_convert, tessera::kernels::cuda::OnePhase<tessera::kernels::cuda::Convert>)
