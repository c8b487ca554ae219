#include "kernels/cuda/launch.h"
#include "kernels/ref/convert.h"

namespace tessera::kernels::cuda {
namespace {

/// The chroma under a chunk of luma and the sample after it, packed.
template <class T>
struct ChromaRow {
  static constexpr int kCount = Packed<T>::kCount / 2;
  Packed<T, kChunk / 2> some;
  uint32_t after;

  TESSERA_DEVICE int get(int i) const { return static_cast<int>(i < kCount ? some.get(i) : after); }
};

/// Samples x..x + kCount of a row; those beyond what may be used are its edge.
template <class T>
TESSERA_DEVICE ChromaRow<T> load_chroma(const ConvertJob& job, const Source& s, int x, int y) {
  using R = ChromaRow<T>;
  R row;
  const int last = job.chroma_right - x;
  if (last >= R::kCount - 1 && x >= job.chroma_left) {
    row.some = load<T, kChunk / 2, true>(s, x, y);
  } else {
    row.some.clear();
#pragma unroll 1
    for (int i = most(job.chroma_left - x, 0); i < R::kCount; ++i) {
      row.some.put_at(i, sample<T>(s, least(x + i, job.chroma_right), y));
    }
  }
  row.after = sample<T>(s, most(least(x + R::kCount, job.chroma_right), job.chroma_left), y);
  return row;
}

/// Samples [begin, end) of a chunk of luma.
template <class T>
TESSERA_DEVICE void convert_luma_chunk(const ConvertJob& job, int x, int y) {
  using P = Packed<T>;
  constexpr int kMax = sizeof(T) == 1 ? 255 : 1023;
  const int begin = most(job.luma.x - x, 0), end = least(job.luma.x + job.luma.w - x, P::kCount);
  if (begin >= end || y < job.luma.y || y >= job.luma.y + job.luma.h) return;
  const int near = y >> 1, beside = (y & 1) != 0 ? near + 1 : near - 1;
  const int far = most(least(beside, job.chroma_bottom), job.chroma_top);
  const auto u_near = load_chroma<T>(job, job.src[1], x / 2, near), u_far = load_chroma<T>(job, job.src[1], x / 2, far);
  const auto v_near = load_chroma<T>(job, job.src[2], x / 2, near), v_far = load_chroma<T>(job, job.src[2], x / 2, far);
  const P in = load_some<T>(job.src[0], x, y, begin, end);
  P out;
  out.clear();
  const int grey4 = 4 * job.matrix.grey;
  int u = 3 * u_near.get(0) + u_far.get(0) - grey4, v = 3 * v_near.get(0) + v_far.get(0) - grey4;
#pragma unroll
  for (int i = 0; i < P::kCount / 2; ++i) {
    const int next_u = 3 * u_near.get(i + 1) + u_far.get(i + 1) - grey4;
    const int next_v = 3 * v_near.get(i + 1) + v_far.get(i + 1) - grey4;
#pragma unroll
    for (int odd = 0; odd < 2; ++odd) {
      const int luma = static_cast<int>(in.get(2 * i + odd)) - job.matrix.src_black;
      const int result =
          ref::convert_luma(job.matrix.y_y, job.matrix.y_u, job.matrix.y_v, luma, odd != 0 ? u + next_u : 2 * u,
                            odd != 0 ? v + next_v : 2 * v, job.matrix.dst_black, kMax);
      out.put(2 * i + odd, static_cast<uint32_t>(result));
    }
    u = next_u;
    v = next_v;
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
