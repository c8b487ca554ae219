#pragma once

#include <cstdint>

#include "kernels/cuda/memory.h"
#if !defined(__CUDACC__) && defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Sums of products of 16 bits by 8, two at once: dp2a, an instruction of GPUs since sm_61. On the CPU each function
/// does what its dp2a would; sums are those of 32 bit words.
namespace tessera::kernels::cuda {

#if defined(__CUDACC__)

/// `sum` and the products of a word's four samples of 8 bits with four taps of 16, two a word.
TESSERA_DEVICE int32_t dot_samples(uint32_t word, uint32_t low_taps, uint32_t high_taps, int32_t sum) {
  asm("dp2a.lo.s32.u32 %0, %1, %2, %0;" : "+r"(sum) : "r"(low_taps), "r"(word));
  asm("dp2a.hi.s32.u32 %0, %1, %2, %0;" : "+r"(sum) : "r"(high_taps), "r"(word));
  return sum;
}

/// Adds to four pairs of sums what four pairs of 16 bit values give with the low and with the high bytes of their taps,
/// all signed: bytes 0 and 1 of `taps`, and bytes 2 and 3.
TESSERA_DEVICE void dot_values(const uint32_t* values, uint32_t taps, int32_t* low, int32_t* high) {
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    asm("dp2a.lo.s32.s32 %0, %1, %2, %0;" : "+r"(low[j]) : "r"(values[j]), "r"(taps));
    asm("dp2a.hi.s32.s32 %0, %1, %2, %0;" : "+r"(high[j]) : "r"(values[j]), "r"(taps));
  }
}

#elif defined(__SSE2__)

inline int32_t dot_samples(uint32_t word, uint32_t low_taps, uint32_t high_taps, int32_t sum) {
  const __m128i samples = _mm_unpacklo_epi8(_mm_cvtsi32_si128(static_cast<int>(word)), _mm_setzero_si128());
  const __m128i taps = _mm_set_epi32(0, 0, static_cast<int>(high_taps), static_cast<int>(low_taps));
  const __m128i both = _mm_madd_epi16(samples, taps);
  const __m128i total = _mm_add_epi32(_mm_add_epi32(both, _mm_srli_epi64(both, 32)), _mm_cvtsi32_si128(sum));
  return _mm_cvtsi128_si32(total);
}

inline void dot_values(const uint32_t* values, uint32_t taps, int32_t* low, int32_t* high) {
  const __m128i v = _mm_load_si128(reinterpret_cast<const __m128i*>(values));
  const auto add = [&](int32_t* sums, uint32_t bytes) {
    const int pair = (static_cast<int8_t>(bytes) & 0xffff) | static_cast<int8_t>(bytes >> 8) * 65536;
    const __m128i before = _mm_loadu_si128(reinterpret_cast<const __m128i*>(sums));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(sums), _mm_add_epi32(before, _mm_madd_epi16(v, _mm_set1_epi32(pair))));
  };
  add(low, taps);
  add(high, taps >> 16);
}

#else

template <class Byte>
void dot2(uint32_t pair, uint32_t bytes, int32_t& sum) {
  const int first = static_cast<int16_t>(pair) * static_cast<Byte>(bytes);
  const int second = static_cast<int16_t>(pair >> 16) * static_cast<Byte>(bytes >> 8);
  sum = static_cast<int32_t>(static_cast<uint32_t>(sum) + static_cast<uint32_t>(first) + static_cast<uint32_t>(second));
}

inline int32_t dot_samples(uint32_t word, uint32_t low_taps, uint32_t high_taps, int32_t sum) {
  dot2<uint8_t>(low_taps, word, sum);
  dot2<uint8_t>(high_taps, word >> 16, sum);
  return sum;
}

inline void dot_values(const uint32_t* values, uint32_t taps, int32_t* low, int32_t* high) {
  for (int j = 0; j < 4; ++j) {
    dot2<int8_t>(values[j], taps, low[j]);
    dot2<int8_t>(values[j], taps >> 16, high[j]);
  }
}

#endif

}  // namespace tessera::kernels::cuda
