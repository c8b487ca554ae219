#include "kernels/cuda/launch.h"
#include "kernels/ref/blend.h"

namespace tessera::kernels::cuda {
namespace {

/// The rounded mean of 2x2 alphas for a chroma sample; those beyond an odd edge are the edge's.
template <class T>
TESSERA_DEVICE uint32_t chroma_alpha(const BlendLayer& layer, int x, int y) {
  const int left = least(2 * x, layer.alpha_width - 1), right = least(2 * x + 1, layer.alpha_width - 1);
  const int top = least(2 * y, layer.alpha_height - 1), bottom = least(2 * y + 1, layer.alpha_height - 1);
  return (sample<T>(layer.alpha, left, top) + sample<T>(layer.alpha, right, top) +
          sample<T>(layer.alpha, left, bottom) + sample<T>(layer.alpha, right, bottom) + 2) >>
         2;
}

/// The same for a chunk of them, all within the picture.
template <class T>
TESSERA_DEVICE Packed<T> chroma_alphas(const BlendLayer& layer, int x, int y) {
  using P = Packed<T>;
  const int top = least(2 * y, layer.alpha_height - 1), bottom = least(2 * y + 1, layer.alpha_height - 1);
  P out;
  out.clear();
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const P a = load<T>(layer.alpha, 2 * x + half * P::kCount, top);
    const P b = load<T>(layer.alpha, 2 * x + half * P::kCount, bottom);
#pragma unroll
    for (int i = 0; i < P::kCount / 2; ++i) {
      const uint32_t sum = a.get(2 * i) + a.get(2 * i + 1) + b.get(2 * i) + b.get(2 * i + 1);
      out.put(half * P::kCount / 2 + i, (sum + 2) >> 2);
    }
  }
  return out;
}

/// Blends samples [begin, end) of the chunk at (x, y), which holds what is there so far.
template <class T, int kDepth>
TESSERA_DEVICE void blend_some(const BlendLayer& layer, int x, int y, int begin, int end, Packed<T>& chunk) {
  constexpr uint32_t kMax = (1u << kDepth) - 1;
#pragma unroll 1
  for (int i = begin; i < end; ++i) {
    uint32_t alpha = kMax;
    if (layer.alpha.data != 0) {
      alpha = layer.chroma != 0 ? chroma_alpha<T>(layer, x + i, y) : sample<T>(layer.alpha, x + i, y);
    }
    const uint32_t coverage = layer.mask.data != 0 ? sample<uint8_t>(layer.mask, x + i, y) : 255;
    const uint32_t weight = ref::weight_of<kDepth>(static_cast<uint32_t>(layer.opacity), coverage);
    chunk.set_at(i, ref::blend_sample<kDepth>(sample<T>(layer.src, x + i, y), alpha, weight, chunk.get_at(i),
                                              static_cast<uint32_t>(layer.offset)));
  }
}

/// Blends a whole chunk.
template <class T, int kDepth>
TESSERA_DEVICE void blend_all(const BlendLayer& layer, int x, int y, Packed<T>& chunk) {
  using P = Packed<T>;
  constexpr uint32_t kMax = (1u << kDepth) - 1;
  const bool has_alpha = layer.alpha.data != 0, has_mask = layer.mask.data != 0;
  P alpha;
  if (has_alpha) alpha = layer.chroma != 0 ? chroma_alphas<T>(layer, x, y) : load<T>(layer.alpha, x, y);
  Packed<uint8_t, P::kCount> mask;
  if (has_mask) mask = load<uint8_t, P::kCount>(layer.mask, x, y);
  const P src = load<T>(layer.src, x, y);
  const auto opacity = static_cast<uint32_t>(layer.opacity), offset = static_cast<uint32_t>(layer.offset);
  P out;
  out.clear();
#pragma unroll
  for (int i = 0; i < P::kCount; ++i) {
    const uint32_t weight = ref::weight_of<kDepth>(opacity, has_mask ? mask.get(i) : 255);
    out.put(i, ref::blend_sample<kDepth>(src.get(i), has_alpha ? alpha.get(i) : kMax, weight, chunk.get(i), offset));
  }
  chunk = out;
}

/// All layers on one chunk: what is below is read once, what comes out is written once.
template <class T, int kDepth>
TESSERA_DEVICE void blend_chunk(const BlendJob& job, const BlendLayer* layers, int chunk_index, int y) {
  using P = Packed<T>;
  const int x = chunk_index * P::kCount;
  const int begin = most(job.area.x - x, 0), end = least(job.area.x + job.area.w - x, P::kCount);
  if (begin >= end) return;
  P chunk;
  bool loaded = false;
#pragma unroll 1
  for (int k = job.first_layer; k < job.first_layer + job.layers; ++k) {
    const BlendLayer& layer = layers[k];
    const int from = most(layer.rect.x - x, 0), to = least(layer.rect.x + layer.rect.w - x, P::kCount);
    if (from >= to || y < layer.rect.y || y >= layer.rect.y + layer.rect.h) continue;
    const bool whole = from == 0 && to == P::kCount;
    if (whole && layer.alpha.data == 0 && layer.mask.data == 0 && layer.opacity == 1024) {  // hides all below it
      chunk = load<T>(layer.src, x, y);
    } else {
      if (!loaded) chunk = load_some<T>(Source{job.dst.data, job.dst.stride, 1, 0, 0, 0}, x, y, begin, end);
      // The mean of alphas at an odd edge is not for whole chunks.
      if (whole && (layer.chroma == 0 || layer.alpha.data == 0 || 2 * (x + P::kCount) <= layer.alpha_width)) {
        blend_all<T, kDepth>(layer, x, y, chunk);
      } else {
        blend_some<T, kDepth>(layer, x, y, from, to, chunk);
      }
    }
    loaded = true;
  }
  if (loaded) store<T>(job.dst, x, y, chunk, begin, end);
}

/// The chunks of a tile that are one thread's.
template <class T, int kDepth>
TESSERA_DEVICE void blend_tile(const BlendJob& job, const Work& work, int thread) {
  constexpr int kAcross = kTileBytes / kChunk;
  const int chunk = (job.area.x * static_cast<int>(sizeof(T)) / kTileBytes + work.tile_x) * kAcross + thread % kAcross;
  const int top = job.area.y + work.tile_y * kBlendRows, bottom = least(top + kBlendRows, job.area.y + job.area.h);
#pragma unroll 1
  for (int y = top + thread / kAcross; y < bottom; y += kThreads / kAcross) {
    blend_chunk<T, kDepth>(job, at<const BlendLayer>(work.extra), chunk, y);
  }
}

struct Blend {
  static TESSERA_DEVICE void thread(const Work& work, int thread) {
    const BlendJob& job = work.job_as<BlendJob>();
    if (job.dst.bytes == 2) {
      blend_tile<uint16_t, 10>(job, work, thread);
    } else {
      blend_tile<uint8_t, 8>(job, work, thread);
    }
  }
};

}  // namespace
}  // namespace tessera::kernels::cuda

TESSERA_KERNEL(tessera_blend, tessera::kernels::cuda::OnePhase<tessera::kernels::cuda::Blend>)
