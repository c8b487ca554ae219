#include "kernels/simd/rows_vnni.h"

#if TESSERA_HAS_VNNI

#include <immintrin.h>

#include <cstring>

#include "hwy/base.h"

// Highway 1.0.3 has neither byte permutes across a register nor dot products of bytes, so these are intrinsics. The
// functions below run only where the processor was asked.
HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni")
namespace tessera::kernels::simd::vnni {
namespace {

constexpr int kBlock = TapLayout::kBlock;
constexpr int kVector = 64;  // bytes

inline __m512i load(const void* p) { return _mm512_loadu_si512(p); }

/// Two rows' sums, `kShift` bits to be taken off, as a row pair.
template <int kShift>
inline __m512i pair_of(__m512i even, __m512i odd) {
  return _mm512_mask_blend_epi16(0xAAAAAAAA, _mm512_srai_epi32(even, kShift), _mm512_slli_epi32(odd, 16 - kShift));
}

/// The same of sums in two halves: value = high + (low >> 8).
inline __m512i pair_of(__m512i even_high, __m512i even_low, __m512i odd_high, __m512i odd_low) {
  const __m512i even = _mm512_add_epi32(even_high, _mm512_srai_epi32(even_low, 8));
  const __m512i odd = _mm512_add_epi32(_mm512_slli_epi32(odd_high, 16), _mm512_slli_epi32(odd_low, 8));
  return _mm512_mask_blend_epi16(0xAAAAAAAA, even, odd);
}

/// Taps of 16 bits as two halves of 8: a step multiplies four samples of 16 outputs. kQuads 0: any number.
template <int kQuads>
void filter_bytes_of(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]) {
  const int quads = kQuads == 0 ? layout.quads : kQuads;
  const int8_t* taps = layout.quad_taps.data() + static_cast<ptrdiff_t>(begin) * quads * 2 * kVector;
  const __m512i half = _mm512_set1_epi32(128);
  for (int block = begin; block < end; ++block) {
    const __m512i indices = load(layout.block_bytes.data() + static_cast<ptrdiff_t>(block) * kVector);
    const ptrdiff_t at = layout.first.data()[block * (kBlock / TapLayout::kGroup)] - rows.origin;
    __m512i high[kRowsAtATime], low[kRowsAtATime];
    for (int i = 0; i < kRowsAtATime; ++i) {
      high[i] = _mm512_setzero_si512();
      low[i] = half;
    }
#pragma GCC unroll 8
    for (int quad = 0; quad < quads; ++quad, taps += 2 * kVector) {
      const __m512i tap_high = load(taps), tap_low = load(taps + kVector);
#pragma GCC unroll 4
      for (int i = 0; i < kRowsAtATime; ++i) {
        const __m512i samples = _mm512_permutexvar_epi8(indices, load(rows.rows[i] + at + 4 * quad));
        high[i] = _mm512_dpbusd_epi32(high[i], samples, tap_high);
        low[i] = _mm512_dpbusd_epi32(low[i], samples, tap_low);
      }
    }
    _mm512_storeu_si512(out[0] + block * kBlock, pair_of(high[0], low[0], high[1], low[1]));
    _mm512_storeu_si512(out[1] + block * kBlock, pair_of(high[2], low[2], high[3], low[3]));
  }
}

void filter_bytes(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]) {
  switch (layout.quads) {
    case 1:
      return filter_bytes_of<1>(rows, layout, begin, end, out);
    case 2:
      return filter_bytes_of<2>(rows, layout, begin, end, out);
    case 3:
      return filter_bytes_of<3>(rows, layout, begin, end, out);
    case 4:
      return filter_bytes_of<4>(rows, layout, begin, end, out);
    case 5:
      return filter_bytes_of<5>(rows, layout, begin, end, out);
    default:
      return filter_bytes_of<0>(rows, layout, begin, end, out);
  }
}

/// Samples of two bytes. kWide: a window is two registers.
template <bool kWide, int kDepth>
void filter_words_of(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]) {
  const int16_t* taps = layout.pair_taps.data() + static_cast<ptrdiff_t>(begin) * layout.pairs * 2 * kBlock;
  for (int block = begin; block < end; ++block) {
    const __m512i indices = load(layout.block_words.data() + static_cast<ptrdiff_t>(block) * 2 * kBlock);
    const ptrdiff_t at = layout.first.data()[block * (kBlock / TapLayout::kGroup)] - rows.origin;
    __m512i sum[kRowsAtATime];
    for (__m512i& s : sum) s = _mm512_set1_epi32(1 << (kDepth - 1));
    for (int pair = 0; pair < layout.pairs; ++pair, taps += 2 * kBlock) {
      const __m512i tap = load(taps);
      for (int i = 0; i < kRowsAtATime; ++i) {
        const uint8_t* in = rows.rows[i] + 2 * (at + 2 * pair);
        const __m512i samples = kWide ? _mm512_permutex2var_epi16(load(in), indices, load(in + kVector))
                                      : _mm512_permutexvar_epi16(indices, load(in));
        sum[i] = _mm512_dpwssd_epi32(sum[i], samples, tap);
      }
    }
    _mm512_storeu_si512(out[0] + block * kBlock, pair_of<kDepth>(sum[0], sum[1]));
    _mm512_storeu_si512(out[1] + block * kBlock, pair_of<kDepth>(sum[2], sum[3]));
  }
}

void filter_words(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]) {
  const bool wide = layout.block_spread > 30;
  return wide ? filter_words_of<true, 10>(rows, layout, begin, end, out)
              : filter_words_of<false, 10>(rows, layout, begin, end, out);
}

int reach(const TapLayout& layout, int bytes) {
  if (bytes == 1) return layout.block_spread <= 60 && layout.split_fits ? 4 * (layout.quads - 1) + 64 : 0;
  if (layout.block_spread > 62) return 0;
  return 2 * (layout.pairs - 1) + (layout.block_spread > 30 ? 64 : 32);
}

/// 64 columns. kPairs 0: any number.
template <int kPairs>
struct Columns {
  __m512i sum[4];

  inline void add(const RowPair* const* rows, const uint32_t* taps, int number, int x, int round) {
    const int pairs = kPairs == 0 ? number : kPairs;
    for (__m512i& s : sum) s = _mm512_set1_epi32(round);
#pragma GCC unroll 16
    for (int p = 0; p < pairs; ++p) {
      const __m512i tap = _mm512_set1_epi32(static_cast<int>(taps[p]));
      for (int i = 0; i < 4; ++i) sum[i] = _mm512_dpwssd_epi32(sum[i], load(rows[p] + x + 16 * i), tap);
    }
  }
};

template <int kPairs>
void vertical8_of(uint8_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count) {
  constexpr int kShift = 20;
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  Columns<kPairs> c;
  for (int x = 0; x < count; x += kColumns) {
    c.add(rows, taps, pairs, x, 1 << (kShift - 1));
    for (__m512i& s : c.sum) s = _mm512_srai_epi32(s, kShift);
    const __m512i packed =
        _mm512_packus_epi16(_mm512_packs_epi32(c.sum[0], c.sum[1]), _mm512_packs_epi32(c.sum[2], c.sum[3]));
    const __m512i bytes = _mm512_permutexvar_epi32(order, packed);
    if (count - x >= kColumns) {
      _mm512_storeu_si512(out + x, bytes);
    } else {
      _mm512_mask_storeu_epi8(out + x, (uint64_t{1} << (count - x)) - 1, bytes);
    }
  }
}

void vertical8(uint8_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count) {
  switch (pairs) {
#define TESSERA_PAIRS(n) \
  case n:                \
    return vertical8_of<n>(out, rows, taps, pairs, count);
    TESSERA_PAIRS(1)
    TESSERA_PAIRS(2)
    TESSERA_PAIRS(3)
    TESSERA_PAIRS(4)
    TESSERA_PAIRS(5)
    TESSERA_PAIRS(6)
    TESSERA_PAIRS(7)
    TESSERA_PAIRS(8)
    TESSERA_PAIRS(9)
    TESSERA_PAIRS(10)
#undef TESSERA_PAIRS
    default:
      return vertical8_of<0>(out, rows, taps, pairs, count);
  }
}

inline __m512i to_words(__m512i a, __m512i b, bool full_scale) {
  constexpr int kShift = 18;
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), most = _mm512_set1_epi16((1 << 10) - 1);
  const __m512i packed = _mm512_packs_epi32(_mm512_srai_epi32(a, kShift), _mm512_srai_epi32(b, kShift));
  const __m512i clipped = _mm512_min_epi16(_mm512_max_epi16(packed, _mm512_setzero_si512()), most);
  const __m512i words = _mm512_permutexvar_epi64(order, clipped);
  return full_scale ? _mm512_min_epi16(_mm512_add_epi16(words, _mm512_srli_epi16(words, 8)), most) : words;
}

void vertical10(uint16_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count,
                bool full_scale) {
  Columns<0> c;
  for (int x = 0; x < count; x += kColumns) {
    c.add(rows, taps, pairs, x, 1 << 17);
    const __m512i left = to_words(c.sum[0], c.sum[1], full_scale), right = to_words(c.sum[2], c.sum[3], full_scale);
    const uint64_t kept = count - x >= kColumns ? ~uint64_t{0} : (uint64_t{1} << (count - x)) - 1;
    _mm512_mask_storeu_epi16(out + x, static_cast<__mmask32>(kept), left);
    _mm512_mask_storeu_epi16(out + x + 32, static_cast<__mmask32>(kept >> 32), right);
  }
}

}  // namespace
}  // namespace tessera::kernels::simd::vnni
HWY_POP_ATTRIBUTES

namespace tessera::kernels::simd::vnni {

bool supported() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni");
}

RowKernels row_kernels(const RowKernels& below) {
  return {reach, filter_bytes, filter_words, below.filter_any, vertical8, vertical10};
}

}  // namespace tessera::kernels::simd::vnni
#endif
