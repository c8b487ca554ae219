#pragma once

#include <cstdint>

/// The bodies of `blur`. Between its passes values are 16 bits, the sample in the upper ones.
namespace tessera::kernels::ref {

/// The radius for subsampled chroma: its box is as wide as luma's, to within a luma sample.
constexpr int chroma_radius(int luma_radius) { return luma_radius < 4 ? 1 : luma_radius / 2; }

/// A sample as the first pass takes it, and as the last one gives it.
constexpr uint16_t widen(int sample, int depth) { return static_cast<uint16_t>(sample << (16 - depth)); }
constexpr int narrow(uint32_t value, int depth) {
  return static_cast<int>((value + (1u << (15 - depth))) >> (16 - depth));
}

/// 2^32 / (2 * radius + 1), to the nearest integer.
constexpr uint32_t box_reciprocal(int radius) {
  const uint64_t n = 2 * static_cast<uint64_t>(radius) + 1;
  return static_cast<uint32_t>(((uint64_t{1} << 32) + n / 2) / n);
}

/// The mean of a box from its sum. A flat box gives its value exactly.
constexpr uint16_t box_mean(uint32_t sum, uint32_t reciprocal) {
  return static_cast<uint16_t>((uint64_t{sum} * reciprocal + (uint64_t{1} << 31)) >> 32);
}

}  // namespace tessera::kernels::ref
