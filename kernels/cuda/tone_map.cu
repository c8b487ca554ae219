#include "kernels/cuda/chroma.h"
#include "kernels/cuda/launch.h"
#include "kernels/ref/tone.h"

namespace tessera::kernels::cuda {
namespace {

using In = Packed<uint16_t>;  // a chunk of the source's luma
constexpr int kChroma = In::kCount / 2;

TESSERA_DEVICE ToneTable table_of(const ToneMapJob& job) {
  return {at<const int32_t>(job.light), at<const int16_t>(job.display)};
}

template <class T>
TESSERA_DEVICE void tone_luma_chunk(const ToneMapJob& job, int x, int y) {
  constexpr int kBytes = In::kCount * static_cast<int>(sizeof(T)), kDepth = sizeof(T) == 1 ? 8 : 10;
  const int begin = most(job.luma.x - x, 0), end = least(job.luma.x + job.luma.w - x, In::kCount);
  if (begin >= end || y < job.luma.y || y >= job.luma.y + job.luma.h) return;
  const auto u = chroma_at_luma<uint16_t>(job, job.src[1], x, y, ref::kToneGrey);
  const auto v = chroma_at_luma<uint16_t>(job, job.src[2], x, y, ref::kToneGrey);
  const In in = load_some<uint16_t>(job.src[0], x, y, begin, end);
  const ToneTable table = table_of(job);
  Packed<T, kBytes> out;
  out.clear();
#pragma unroll
  for (int i = 0; i < In::kCount; ++i) {
    const int luma = static_cast<int>(in.get(i)) - ref::kToneBlack;
    const int result = ref::tone_sample(table, ref::tone_row(0), luma, u.get(i), v.get(i), kDepth);
    out.put(i, static_cast<uint32_t>(result));
  }
  store<T, kBytes>(job.dst[0], x, y, out, begin, end);
}

/// U and V under a chunk of luma, from one lookup of their colours.
template <class T>
TESSERA_DEVICE void tone_chroma_chunk(const ToneMapJob& job, int x, int y) {
  constexpr int kBytes = kChroma * static_cast<int>(sizeof(T)), kDepth = sizeof(T) == 1 ? 8 : 10;
  const int begin = most(job.chroma.x - x, 0), end = least(job.chroma.x + job.chroma.w - x, kChroma);
  if (begin >= end || y < job.chroma.y || y >= job.chroma.y + job.chroma.h) return;
  const int luma_end = least(2 * end, job.width - 2 * x);
  const In top = load_some<uint16_t>(job.src[0], 2 * x, 2 * y, 2 * begin, luma_end);
  const In bottom = load_some<uint16_t>(job.src[0], 2 * x, least(2 * y + 1, job.height - 1), 2 * begin, luma_end);
  const auto u = load_some<uint16_t, kChunk / 2, true>(job.src[1], x, y, begin, end);
  const auto v = load_some<uint16_t, kChunk / 2, true>(job.src[2], x, y, begin, end);
  const ToneTable table = table_of(job);
  Packed<T, kBytes> out_u, out_v;
  out_u.clear();
  out_v.clear();
#pragma unroll
  for (int i = 0; i < kChroma; ++i) {
    const int luma = static_cast<int>((top.get(2 * i) + bottom.get(2 * i) + 1) >> 1) - ref::kToneBlack;
    const ref::ToneColour colour = ref::tone_colour(table, luma, 8 * (static_cast<int>(u.get(i)) - ref::kToneGrey),
                                                    8 * (static_cast<int>(v.get(i)) - ref::kToneGrey));
    out_u.put(i, static_cast<uint32_t>(ref::tone_finish(ref::tone_row(1), colour, kDepth)));
    out_v.put(i, static_cast<uint32_t>(ref::tone_finish(ref::tone_row(2), colour, kDepth)));
  }
  if (job.dst[1].data != 0) store<T, kBytes>(job.dst[1], x, y, out_u, begin, end);
  if (job.dst[2].data != 0) store<T, kBytes>(job.dst[2], x, y, out_v, begin, end);
}

/// A thread maps a chunk of two rows of luma and the chroma that belongs to both.
template <class T>
TESSERA_DEVICE void tone_map(const ToneMapJob& job, const Work& work, int thread) {
  constexpr int kAcross = kTileBytes / kChunk;
  static_assert(kAcross * kConvertRows / 2 == kThreads);
  const int x = job.tile_x + (work.tile_x * kAcross + thread % kAcross) * In::kCount;
  const int y = job.tile_y + work.tile_y * kConvertRows + thread / kAcross * 2;
#pragma unroll 1
  for (int i = 0; i < 2; ++i) tone_luma_chunk<T>(job, x, y + i);
  tone_chroma_chunk<T>(job, x / 2, y / 2);
}

struct ToneMap {
  static TESSERA_DEVICE void thread(const Work& work, int thread) {
    const ToneMapJob& job = work.job_as<ToneMapJob>();
    if (job.dst_bytes == 2) {
      tone_map<uint16_t>(job, work, thread);
    } else {
      tone_map<uint8_t>(job, work, thread);
    }
  }
};

}  // namespace
}  // namespace tessera::kernels::cuda

TESSERA_KERNEL(tessera_tone_map, tessera::kernels::cuda::OnePhase<tessera::kernels::cuda::ToneMap>)
