#include "kernels/cuda/launch.h"
#include "kernels/ref/blend.h"

namespace tessera::kernels::cuda {
namespace {

/// Rounded means of 2x2 alphas for the chroma samples of a chunk.
template <class T>
TESSERA_DEVICE Packed<T> chroma_alpha(const BlendLayer& layer, int x, int y, int begin, int end) {
  using P = Packed<T>;
  const int top = least(2 * y, layer.alpha_height - 1), bottom = least(2 * y + 1, layer.alpha_height - 1);
  P out;
  out.clear();
  if (begin == 0 && end == P::kCount && 2 * (x + P::kCount) <= layer.alpha_width) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const P a = load<T>(layer.alpha, 2 * x + half * P::kCount, top);
      const P b = load<T>(layer.alpha, 2 * x + half * P::kCount, bottom);
#pragma unroll
      for (int i = 0; i < P::kCount / 2; ++i) {
        out.put(half * P::kCount / 2 + i, (a.get(2 * i) + a.get(2 * i + 1) + b.get(2 * i) + b.get(2 * i + 1) + 2) >> 2);
      }
    }
    return out;
  }
#pragma unroll 1
  for (int i = begin; i < end; ++i) {
    const int left = least(2 * (x + i), layer.alpha_width - 1), right = least(2 * (x + i) + 1, layer.alpha_width - 1);
    const uint32_t sum = sample<T>(layer.alpha, left, top) + sample<T>(layer.alpha, right, top) +
                         sample<T>(layer.alpha, left, bottom) + sample<T>(layer.alpha, right, bottom);
    out.put_at(i, (sum + 2) >> 2);
  }
  return out;
}

/// Blends samples [begin, end) of the chunk at (x, y), which holds what is there so far.
template <class T, int kDepth>
TESSERA_DEVICE void blend_layer(const BlendLayer& layer, int x, int y, int begin, int end, Packed<T>& chunk) {
  using P = Packed<T>;
  constexpr uint32_t kMax = (1u << kDepth) - 1;
  const bool has_alpha = layer.alpha.data != 0, has_mask = layer.mask.data != 0;
  const P src = load_some<T>(layer.src, x, y, begin, end);
  P alpha;
  if (has_alpha) {
    alpha = layer.chroma != 0 ? chroma_alpha<T>(layer, x, y, begin, end) : load_some<T>(layer.alpha, x, y, begin, end);
  }
  Packed<uint8_t, P::kCount> mask;
  if (has_mask) mask = load_some<uint8_t, P::kCount>(layer.mask, x, y, begin, end);
  const auto opacity = static_cast<uint32_t>(layer.opacity), offset = static_cast<uint32_t>(layer.offset);
  P out;
  out.clear();
#pragma unroll
  for (int i = 0; i < P::kCount; ++i) {
    const uint32_t before = chunk.get(i);
    const uint32_t weight = ref::weight_of<kDepth>(opacity, has_mask ? mask.get(i) : 255);
    const uint32_t after =
        ref::blend_sample<kDepth>(src.get(i), has_alpha ? alpha.get(i) : kMax, weight, before, offset);
    out.put(i, i >= begin && i < end ? after : before);
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
  const Source below{job.dst.data, job.dst.stride, 1, 0, job.dst.aligned, 0};
  P chunk;
  bool loaded = false;
#pragma unroll 1
  for (int k = 0; k < job.layers; ++k) {
    const BlendLayer& layer = layers[job.first_layer + k];
    const int from = most(layer.rect.x - x, 0), to = least(layer.rect.x + layer.rect.w - x, P::kCount);
    if (from >= to || y < layer.rect.y || y >= layer.rect.y + layer.rect.h) continue;
    const bool plain = layer.alpha.data == 0 && layer.mask.data == 0 && layer.opacity == 1024;
    if (plain && from == 0 && to == P::kCount) {  // hides all below it
      chunk = load<T>(layer.src, x, y);
    } else {
      if (!loaded) chunk = load_some<T>(below, x, y, begin, end);
      blend_layer<T, kDepth>(layer, x, y, from, to, chunk);
    }
    loaded = true;
  }
  if (loaded) store<T>(job.dst, x, y, chunk, begin, end);
}

struct Blend {
  static TESSERA_DEVICE void thread(const Work& work, int thread) {
    const BlendJob& job = work.job_as<BlendJob>();
    const BlendLayer* layers = at<const BlendLayer>(work.extra);
    const int bytes = job.dst.bytes;
    constexpr int kAcross = kTileBytes / kChunk;
    const int chunk = (job.area.x * bytes / kTileBytes + work.tile_x) * kAcross + thread % kAcross;
    const int top = job.area.y + work.tile_y * kBlendRows, bottom = least(top + kBlendRows, job.area.y + job.area.h);
#pragma unroll 1
    for (int y = top + thread / kAcross; y < bottom; y += kThreads / kAcross) {
      if (bytes == 2) {
        blend_chunk<uint16_t, 10>(job, layers, chunk, y);
      } else {
        blend_chunk<uint8_t, 8>(job, layers, chunk, y);
      }
    }
  }
};

}  // namespace
}  // namespace tessera::kernels::cuda

TESSERA_KERNEL(tessera_blend, tessera::kernels::cuda::OnePhase<tessera::kernels::cuda::Blend>)
