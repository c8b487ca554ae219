#pragma once

#include <cstdint>

/// The body of `pixelate`.
namespace tessera::kernels::ref {

/// The mean of a block, halves rounded up. 32 bits hold it: a block has at most 2^20 samples of 10 bits.
constexpr uint32_t block_mean(uint32_t sum, uint32_t samples) { return (sum + samples / 2) / samples; }

}  // namespace tessera::kernels::ref
