#pragma once

#include <cstdint>

#include "kernels/cuda/memory.h"

/// c plus two products of 16 bits by 8: what GPUs since sm_61 do in one instruction. Sums are those of 32 bit words.
namespace tessera::kernels::cuda {

#if !defined(__CUDACC__)
namespace host {
template <class Byte>
int32_t dot2(uint32_t pair, uint32_t bytes, int32_t c) {
  const int low = static_cast<int16_t>(pair) * static_cast<Byte>(bytes);
  const int high = static_cast<int16_t>(pair >> 16) * static_cast<Byte>(bytes >> 8);
  return static_cast<int32_t>(static_cast<uint32_t>(c) + static_cast<uint32_t>(low) + static_cast<uint32_t>(high));
}
}  // namespace host
#endif

/// Signed halves of `pair` by the lower (or the upper) two bytes of `bytes`, which are samples: not signed.
TESSERA_DEVICE int32_t dot2_samples_low(uint32_t pair, uint32_t bytes, int32_t c) {
#if defined(__CUDACC__)
  int32_t d;
  asm("dp2a.lo.s32.u32 %0, %1, %2, %3;" : "=r"(d) : "r"(pair), "r"(bytes), "r"(c));
  return d;
#else
  return host::dot2<uint8_t>(pair, bytes, c);
#endif
}
TESSERA_DEVICE int32_t dot2_samples_high(uint32_t pair, uint32_t bytes, int32_t c) {
#if defined(__CUDACC__)
  int32_t d;
  asm("dp2a.hi.s32.u32 %0, %1, %2, %3;" : "=r"(d) : "r"(pair), "r"(bytes), "r"(c));
  return d;
#else
  return host::dot2<uint8_t>(pair, bytes >> 16, c);
#endif
}

/// Signed halves of `pair` by the lower (or the upper) two bytes of `bytes`, which are signed.
TESSERA_DEVICE int32_t dot2_signed_low(uint32_t pair, uint32_t bytes, int32_t c) {
#if defined(__CUDACC__)
  int32_t d;
  asm("dp2a.lo.s32.s32 %0, %1, %2, %3;" : "=r"(d) : "r"(pair), "r"(bytes), "r"(c));
  return d;
#else
  return host::dot2<int8_t>(pair, bytes, c);
#endif
}
TESSERA_DEVICE int32_t dot2_signed_high(uint32_t pair, uint32_t bytes, int32_t c) {
#if defined(__CUDACC__)
  int32_t d;
  asm("dp2a.hi.s32.s32 %0, %1, %2, %3;" : "=r"(d) : "r"(pair), "r"(bytes), "r"(c));
  return d;
#else
  return host::dot2<int8_t>(pair, bytes >> 16, c);
#endif
}

}  // namespace tessera::kernels::cuda
