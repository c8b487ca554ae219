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
/// kOneWindow: the first window has the samples of all taps, and the indices move on instead of the window.
template <int kQuads, bool kOneWindow>
void filter_bytes_of(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]) {
  const int quads = kQuads == 0 ? layout.quads : kQuads;
  const int8_t* taps = layout.quad_taps.data() + static_cast<ptrdiff_t>(begin) * quads * 2 * kVector;
  const uint8_t* shuffles = layout.block_bytes.data();
  const int32_t* first = layout.first.data();
  const uint8_t *row[kRowsAtATime], *ahead[kRowsAtATime];
  for (int i = 0; i < kRowsAtATime; ++i) {
    row[i] = rows.rows[i] - rows.origin;
    ahead[i] = rows.ahead[i] - rows.origin;
  }
  RowPair *out0 = out[0], *out1 = out[1];
  const __m512i half = _mm512_set1_epi32(128), four = _mm512_set1_epi8(4);
  for (int block = begin; block < end; ++block) {
    __m512i indices = load(shuffles + static_cast<ptrdiff_t>(block) * kVector);
    const ptrdiff_t at = first[block * (kBlock / TapLayout::kGroup)];
    __m512i high[kRowsAtATime], low[kRowsAtATime], window[kRowsAtATime];
    for (int i = 0; i < kRowsAtATime; ++i) {
      high[i] = _mm512_setzero_si512();
      low[i] = half;
      if (kOneWindow) window[i] = load(row[i] + at);
      __builtin_prefetch(ahead[i] + at);
    }
#pragma GCC unroll 8
    for (int quad = 0; quad < quads; ++quad, taps += 2 * kVector) {
      const __m512i tap_high = load(taps), tap_low = load(taps + kVector);
#pragma GCC unroll 4
      for (int i = 0; i < kRowsAtATime; ++i) {
        if (!kOneWindow) window[i] = load(row[i] + at + 4 * quad);
        const __m512i samples = _mm512_permutexvar_epi8(indices, window[i]);
        high[i] = _mm512_dpbusd_epi32(high[i], samples, tap_high);
        low[i] = _mm512_dpbusd_epi32(low[i], samples, tap_low);
      }
      if (kOneWindow) indices = _mm512_add_epi8(indices, four);
    }
    _mm512_storeu_si512(out0 + block * kBlock, pair_of(high[0], low[0], high[1], low[1]));
    _mm512_storeu_si512(out1 + block * kBlock, pair_of(high[2], low[2], high[3], low[3]));
  }
}

void filter_bytes(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]) {
  // What the indices name beyond a window is multiplied with taps that fill up the last step: zeros.
  const bool one_window = layout.block_spread + layout.taps <= kVector;
  switch (one_window ? layout.quads : 0) {
    case 1:
      return filter_bytes_of<1, true>(rows, layout, begin, end, out);
    case 2:
      return filter_bytes_of<2, true>(rows, layout, begin, end, out);
    case 3:
      return filter_bytes_of<3, true>(rows, layout, begin, end, out);
    case 4:
      return filter_bytes_of<4, true>(rows, layout, begin, end, out);
    case 5:
      return filter_bytes_of<5, true>(rows, layout, begin, end, out);
    default:
      return filter_bytes_of<0, false>(rows, layout, begin, end, out);
  }
}

/// How wide a window of words is, and whether it has the samples of all taps.
enum class Window { kOneRegister, kRegister, kTwoRegisters };

/// Samples of two bytes.
template <Window kWindow>
void filter_words_of(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]) {
  constexpr int kDepth = 10;
  const int pairs = layout.pairs;
  const int16_t* taps = layout.pair_taps.data() + static_cast<ptrdiff_t>(begin) * pairs * 2 * kBlock;
  const uint16_t* shuffles = layout.block_words.data();
  const int32_t* first = layout.first.data();
  const uint8_t *row[kRowsAtATime], *ahead[kRowsAtATime];
  for (int i = 0; i < kRowsAtATime; ++i) {
    row[i] = rows.rows[i];
    ahead[i] = rows.ahead[i];
  }
  RowPair *out0 = out[0], *out1 = out[1];
  const __m512i half = _mm512_set1_epi32(1 << (kDepth - 1)), two = _mm512_set1_epi16(2);
  for (int block = begin; block < end; ++block) {
    __m512i indices = load(shuffles + static_cast<ptrdiff_t>(block) * 2 * kBlock);
    const ptrdiff_t at = 2 * (first[block * (kBlock / TapLayout::kGroup)] - rows.origin);
    __m512i sum[kRowsAtATime], window[kRowsAtATime];
    for (int i = 0; i < kRowsAtATime; ++i) {
      sum[i] = half;
      if (kWindow == Window::kOneRegister) window[i] = load(row[i] + at);
      __builtin_prefetch(ahead[i] + at);
    }
    for (int pair = 0; pair < pairs; ++pair, taps += 2 * kBlock) {
      const __m512i tap = load(taps);
#pragma GCC unroll 4
      for (int i = 0; i < kRowsAtATime; ++i) {
        const uint8_t* in = row[i] + at + 4 * pair;
        if (kWindow != Window::kOneRegister) window[i] = load(in);
        const __m512i samples = kWindow == Window::kTwoRegisters
                                    ? _mm512_permutex2var_epi16(window[i], indices, load(in + kVector))
                                    : _mm512_permutexvar_epi16(indices, window[i]);
        sum[i] = _mm512_dpwssd_epi32(sum[i], samples, tap);
      }
      if (kWindow == Window::kOneRegister) indices = _mm512_add_epi16(indices, two);
    }
    _mm512_storeu_si512(out0 + block * kBlock, pair_of<kDepth>(sum[0], sum[1]));
    _mm512_storeu_si512(out1 + block * kBlock, pair_of<kDepth>(sum[2], sum[3]));
  }
}

void filter_words(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]) {
  if (layout.block_spread > 30) return filter_words_of<Window::kTwoRegisters>(rows, layout, begin, end, out);
  const bool one_window = layout.block_spread + layout.taps <= kVector / 2;
  return one_window ? filter_words_of<Window::kOneRegister>(rows, layout, begin, end, out)
                    : filter_words_of<Window::kRegister>(rows, layout, begin, end, out);
}

int reach(const TapLayout& layout, int bytes) {
  if (bytes == 1) return layout.block_spread <= 60 && layout.split_fits ? 4 * (layout.quads - 1) + 64 : 0;
  if (layout.block_spread > 62) return 0;
  return 2 * (layout.pairs - 1) + (layout.block_spread > 30 ? 64 : 32);
}

/// The vertical pass, 64 columns at a time. Row pointers and taps are copied here first: the compiler must assume that
/// the rows written could be them. kPairs 0: any number.
template <int kPairs>
class Columns {
 public:
  Columns(const RowPair* const* rows, const uint32_t* taps, int pairs) : rows_(rows), taps_(taps), pairs_(pairs) {
    for (int p = 0; p < kPairs; ++p) {
      row_[p] = rows[p];
      tap_[p] = _mm512_set1_epi32(static_cast<int>(taps[p]));
    }
  }

  inline void sum(__m512i (&sum)[4], int x, int round) const {
    for (__m512i& s : sum) s = _mm512_set1_epi32(round);
    if constexpr (kPairs > 0) {
#pragma GCC unroll 16
      for (int p = 0; p < kPairs; ++p) {
        for (int i = 0; i < 4; ++i) sum[i] = _mm512_dpwssd_epi32(sum[i], load(row_[p] + x + 16 * i), tap_[p]);
      }
    } else {
      for (int p = 0; p < pairs_; ++p) {
        const __m512i tap = _mm512_set1_epi32(static_cast<int>(taps_[p]));
        const RowPair* row = rows_[p] + x;
        for (int i = 0; i < 4; ++i) sum[i] = _mm512_dpwssd_epi32(sum[i], load(row + 16 * i), tap);
      }
    }
  }

 private:
  static constexpr int kKept = kPairs > 0 ? kPairs : 1;
  const RowPair* row_[kKept];
  __m512i tap_[kKept];
  const RowPair* const* rows_;
  const uint32_t* taps_;
  int pairs_;
};

template <int kPairs>
void vertical8_of(uint8_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count) {
  constexpr int kShift = 20;
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const Columns<kPairs> columns(rows, taps, pairs);
  for (int x = 0; x < count; x += kColumns) {
    __m512i sum[4];
    columns.sum(sum, x, 1 << (kShift - 1));
    for (__m512i& s : sum) s = _mm512_srai_epi32(s, kShift);
    const __m512i packed = _mm512_packus_epi16(_mm512_packs_epi32(sum[0], sum[1]), _mm512_packs_epi32(sum[2], sum[3]));
    const __m512i bytes = _mm512_permutexvar_epi32(order, packed);
    if (count - x >= kColumns) {
      _mm512_storeu_si512(out + x, bytes);
    } else {
      _mm512_mask_storeu_epi8(out + x, (uint64_t{1} << (count - x)) - 1, bytes);
    }
  }
}

/// Calls `function<pairs>` where there is one for so many pairs, else `function<0>`.
#define TESSERA_BY_PAIRS(function, pairs, ...) \
  switch (pairs) {                             \
    case 1:                                    \
      return function<1>(__VA_ARGS__);         \
    case 2:                                    \
      return function<2>(__VA_ARGS__);         \
    case 3:                                    \
      return function<3>(__VA_ARGS__);         \
    case 4:                                    \
      return function<4>(__VA_ARGS__);         \
    case 5:                                    \
      return function<5>(__VA_ARGS__);         \
    case 6:                                    \
      return function<6>(__VA_ARGS__);         \
    case 7:                                    \
      return function<7>(__VA_ARGS__);         \
    case 8:                                    \
      return function<8>(__VA_ARGS__);         \
    case 9:                                    \
      return function<9>(__VA_ARGS__);         \
    case 10:                                   \
      return function<10>(__VA_ARGS__);        \
    default:                                   \
      return function<0>(__VA_ARGS__);         \
  }

void vertical8(uint8_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count) {
  TESSERA_BY_PAIRS(vertical8_of, pairs, out, rows, taps, pairs, count)
}

inline __m512i to_words(__m512i a, __m512i b, bool full_scale) {
  constexpr int kShift = 18;
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), most = _mm512_set1_epi16((1 << 10) - 1);
  const __m512i packed = _mm512_packs_epi32(_mm512_srai_epi32(a, kShift), _mm512_srai_epi32(b, kShift));
  const __m512i clipped = _mm512_min_epi16(_mm512_max_epi16(packed, _mm512_setzero_si512()), most);
  const __m512i words = _mm512_permutexvar_epi64(order, clipped);
  return full_scale ? _mm512_min_epi16(_mm512_add_epi16(words, _mm512_srli_epi16(words, 8)), most) : words;
}

template <int kPairs>
void vertical10_of(uint16_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count,
                   bool full_scale) {
  const Columns<kPairs> columns(rows, taps, pairs);
  for (int x = 0; x < count; x += kColumns) {
    __m512i sum[4];
    columns.sum(sum, x, 1 << 17);
    const __m512i left = to_words(sum[0], sum[1], full_scale), right = to_words(sum[2], sum[3], full_scale);
    const uint64_t kept = count - x >= kColumns ? ~uint64_t{0} : (uint64_t{1} << (count - x)) - 1;
    _mm512_mask_storeu_epi16(out + x, static_cast<__mmask32>(kept), left);
    _mm512_mask_storeu_epi16(out + x + 32, static_cast<__mmask32>(kept >> 32), right);
  }
}

void vertical10(uint16_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count,
                bool full_scale) {
  TESSERA_BY_PAIRS(vertical10_of, pairs, out, rows, taps, pairs, count, full_scale)
}
#undef TESSERA_BY_PAIRS

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
