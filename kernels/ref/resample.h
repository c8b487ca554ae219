#pragma once

#include <algorithm>
#include <cstdint>

/// The bodies of `resample`: the rounding of its two passes. Values between the passes are int16, normalised to 14
/// bits.
namespace tessera::kernels::ref {

inline constexpr int kTapBits = 14;
inline constexpr int kMiddleBits = 14;

/// Horizontal: from the sum of taps x samples to the value between the passes.
constexpr int16_t finish_horizontal(int32_t sum, int src_depth) {
  return static_cast<int16_t>((sum + (1 << (src_depth - 1))) >> src_depth);
}

constexpr int vertical_shift(int dst_depth) { return kTapBits + kMiddleBits - dst_depth; }

/// Vertical: from the sum of taps x values between the passes to the sample.
constexpr int finish_vertical(int32_t sum, int dst_depth) {
  const int shift = vertical_shift(dst_depth), max = (1 << dst_depth) - 1;
  const int v = (sum + (1 << (shift - 1))) >> shift;
  return v < 0 ? 0 : v > max ? max : v;
}

/// Alpha from 8 to 10 bits ends with its top bits repeated below, so that 255 becomes 1023; where a filter's overshoot
/// went beyond 1020 it stays in range.
constexpr int complete_scale(int v) { return std::min(v + (v >> 8), 1023); }

}  // namespace tessera::kernels::ref
