#pragma once

#include <cstdint>

/// The bodies of `blend`: exact integer arithmetic of one sample.
namespace tessera::kernels::ref {

/// round(v / max) for 0 <= v <= max * max, max = 2^depth - 1. There are no ties, max being odd.
template <int kDepth>
constexpr uint32_t divide_by_max(uint32_t v) {
  const uint32_t t = v + (1u << (kDepth - 1));
  return (t + (t >> kDepth)) >> kDepth;
}

/// How much of a layer shows: round(opacity * coverage / 1024), the coverage widened to the depth by bit replication.
template <int kDepth>
constexpr uint32_t weight_of(uint32_t opacity, uint32_t coverage) {
  const uint32_t wide = kDepth == 8 ? coverage : (coverage << 2 | coverage >> 6);
  return (opacity * wide + 512) >> 10;
}

/// One sample: `src` and its alpha weighed by `weight`, over `dst`.
template <int kDepth>
constexpr uint32_t blend_sample(uint32_t src, uint32_t alpha, uint32_t weight, uint32_t dst, uint32_t offset) {
  constexpr uint32_t kMax = (1u << kDepth) - 1;
  const uint32_t a = divide_by_max<kDepth>(alpha * weight);
  const uint32_t s = divide_by_max<kDepth>(src * weight + offset * (kMax - weight));
  // round((max - a) * (dst - offset) / max) with the offset moved inside, so that nothing is negative before the end.
  const uint32_t below = divide_by_max<kDepth>((kMax - a) * dst + a * offset);
  const int32_t out = static_cast<int32_t>(s + below) - static_cast<int32_t>(offset);
  return out < 0 ? 0 : out > static_cast<int32_t>(kMax) ? kMax : static_cast<uint32_t>(out);
}

}  // namespace tessera::kernels::ref
