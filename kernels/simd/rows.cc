#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/rows.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <cstring>

#include "kernels/simd/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE
namespace {

constexpr int kBlock = TapLayout::kBlock, kGroup = TapLayout::kGroup;

using D8 = hn::ScalableTag<uint8_t>;
using V8 = hn::VFromD<D8>;
constexpr int kLanes = static_cast<int>(HWY_MAX_BYTES) / 4;  ///< outputs of a vector
static_assert(kBlock % kLanes == 0);

/// A window of 16 bytes for each group of four lanes, from their own positions.
HWY_INLINE V8 load_windows(const uint8_t* row, const ptrdiff_t* at) {
  const hn::Full128<uint8_t> d128;
  (void)d128;
#if HWY_TARGET == HWY_AVX3
  const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(hn::LoadU(d128, row + at[0]).raw),
                                              hn::LoadU(d128, row + at[1]).raw, 1);
  const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(hn::LoadU(d128, row + at[2]).raw),
                                               hn::LoadU(d128, row + at[3]).raw, 1);
  return V8{_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1)};
#elif HWY_TARGET == HWY_AVX2
  return hn::Combine(D8(), hn::LoadU(d128, row + at[1]), hn::LoadU(d128, row + at[0]));
#else
  return hn::LoadU(d128, row + at[0]);
#endif
}

/// Two rows' sums, kShift bits to be taken off, as a row pair.
template <int kShift>
HWY_INLINE hn::VFromD<hn::RebindToUnsigned<D32>> pair_of(V32 even, V32 odd) {
  const V16 low = hn::BitCast(D16(), hn::ShiftRight<kShift>(even));
  const V16 high = hn::BitCast(D16(), hn::ShiftLeft<16 - kShift>(odd));
  return hn::BitCast(hn::RebindToUnsigned<D32>(), hn::OddEven(high, low));
}

/// Steps of two taps that one window serves before it must move on.
constexpr int steps_of_window(int spread, int bytes) { return (16 / bytes - spread - 2) / 2 + 1; }

/// kBytes: of a sample.
template <int kBytes>
void filter_groups(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]) {
  constexpr int kShift = kBytes == 1 ? 8 : 10, kGroups = kLanes / kGroup;
  const hn::RebindToUnsigned<D32> du32;
  const D8 d8;
  const D16 d16;
  const uint8_t* shuffles = kBytes == 1 ? layout.group_bytes.data() : layout.group_words.data();
  const int32_t* first = layout.first.data();
  const int pairs = layout.pairs, steps = steps_of_window(layout.group_spread, kBytes);
  const int16_t* block_taps = layout.pair_taps.data() + static_cast<ptrdiff_t>(begin) * pairs * 2 * kBlock;
  const uint8_t *row0 = rows.rows[0], *row1 = rows.rows[1], *row2 = rows.rows[2], *row3 = rows.rows[3];
  const V8 advance = hn::Set(d8, 2 * kBytes);
  for (int block = begin; block < end; ++block, block_taps += pairs * 2 * kBlock) {
    const ptrdiff_t start = kBytes * (first[block * (kBlock / kGroup)] - rows.origin);
    for (const uint8_t* row : rows.ahead) __builtin_prefetch(row + start);
    for (int lane = 0; lane < kBlock; lane += kLanes) {
      const int output = block * kBlock + lane;
      const V8 indices = hn::Load(d8, shuffles + output * 4);
      const int16_t* taps = block_taps + 2 * lane;
      ptrdiff_t at[kGroups];
      for (int g = 0; g < kGroups; ++g) at[g] = kBytes * (first[output / kGroup + g] - rows.origin);
      constexpr int32_t kHalf = 1 << (kShift - 1);
      Sums sum0(kHalf), sum1(kHalf), sum2(kHalf), sum3(kHalf);
      for (int pair = 0; pair < pairs;) {
        const ptrdiff_t next = kBytes * 2 * pair;
        const V8 window0 = load_windows(row0 + next, at), window1 = load_windows(row1 + next, at),
                 window2 = load_windows(row2 + next, at), window3 = load_windows(row3 + next, at);
        V8 from = indices;
        const int stop = std::min(pairs, pair + steps);
        for (; pair < stop; ++pair, taps += 2 * kBlock) {
          const V16 tap = hn::Load(d16, taps);
          sum0.add(hn::BitCast(d16, hn::TableLookupBytesOr0(window0, from)), tap);
          sum1.add(hn::BitCast(d16, hn::TableLookupBytesOr0(window1, from)), tap);
          sum2.add(hn::BitCast(d16, hn::TableLookupBytesOr0(window2, from)), tap);
          sum3.add(hn::BitCast(d16, hn::TableLookupBytesOr0(window3, from)), tap);
          from = hn::Add(from, advance);
        }
      }
      hn::Store(pair_of<kShift>(sum0.get(), sum1.get()), du32, out[0] + output);
      hn::Store(pair_of<kShift>(sum2.get(), sum3.get()), du32, out[1] + output);
    }
  }
}

int reach(const TapLayout& layout, int bytes) {
  if (layout.group_spread > (bytes == 1 ? 14 : 6)) return 0;
  return layout.block_spread + 2 * (layout.pairs - 1) + 16 / bytes;
}

/// One output at a time, eight taps a step, four rows side by side.
void filter_any(const SourceRows& rows, const TapTable& table, RowPair* const out[2]) {
  const hn::Full128<int16_t> d16;
  const hn::Full128<int32_t> d32;
  const hn::Rebind<int16_t, decltype(d32)> narrow;
  const auto half = hn::Set(d32, 1 << (rows.depth - 1));
  const int16_t* row[kRowsAtATime];
  for (int i = 0; i < kRowsAtATime; ++i) row[i] = reinterpret_cast<const int16_t*>(rows.rows[i]);
  for (int x = 0; x < table.outputs; ++x) {
    const int16_t* taps = table.taps + static_cast<ptrdiff_t>(x) * table.stride;
    const ptrdiff_t at = table.first[x] - rows.origin;
    using V = hn::VFromD<decltype(d32)>;
    V a = hn::Zero(d32), b = a, c = a, d = a, a1 = a, b1 = a, c1 = a, d1 = a;
    for (int k = 0; k < table.stride; k += 8) {
      const auto tap = hn::LoadU(d16, taps + k);
      a = hn::ReorderWidenMulAccumulate(d32, hn::LoadU(d16, row[0] + at + k), tap, a, a1);
      b = hn::ReorderWidenMulAccumulate(d32, hn::LoadU(d16, row[1] + at + k), tap, b, b1);
      c = hn::ReorderWidenMulAccumulate(d32, hn::LoadU(d16, row[2] + at + k), tap, c, c1);
      d = hn::ReorderWidenMulAccumulate(d32, hn::LoadU(d16, row[3] + at + k), tap, d, d1);
    }
    const auto halve = [&](V u, V v) HWY_ATTR { return hn::Add(hn::ConcatEven(d32, v, u), hn::ConcatOdd(d32, v, u)); };
    const V ab = halve(hn::Add(a, a1), hn::Add(b, b1)), cd = halve(hn::Add(c, c1), hn::Add(d, d1));
    const V sums = hn::ShiftRightSame(hn::Add(halve(ab, cd), half), rows.depth);
    alignas(16) RowPair pairs[2];
    hn::Store(hn::DemoteTo(narrow, sums), narrow, reinterpret_cast<int16_t*>(pairs));
    out[0][x] = pairs[0];
    out[1][x] = pairs[1];
  }
}

/// The four sums of kLanes columns each, clipped to bytes, in order.
HWY_INLINE V8 to_bytes(V32 a, V32 b, V32 c, V32 d) {
#if HWY_TARGET == HWY_AVX3
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i packed = _mm512_packus_epi16(_mm512_packs_epi32(a.raw, b.raw), _mm512_packs_epi32(c.raw, d.raw));
  return V8{_mm512_permutexvar_epi32(order, packed)};
#elif HWY_TARGET == HWY_AVX2
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  const __m256i packed = _mm256_packus_epi16(_mm256_packs_epi32(a.raw, b.raw), _mm256_packs_epi32(c.raw, d.raw));
  return V8{_mm256_permutevar8x32_epi32(packed, order)};
#else
  const hn::Half<D8> half;
  const D16 d16;
  return hn::Combine(D8(), hn::DemoteTo(half, hn::ReorderDemote2To(d16, c, d)),
                     hn::DemoteTo(half, hn::ReorderDemote2To(d16, a, b)));
#endif
}

HWY_INLINE V16 to_words(V32 a, V32 b) {
  const hn::Half<D16> half;
  return hn::Combine(D16(), hn::DemoteTo(half, b), hn::DemoteTo(half, a));
}

/// The vertical pass, 4 kLanes columns at a time. kPairs 0: any number; else row pointers are copied first, since the
/// compiler must assume that the rows written could be them.
template <int kPairs, int kShift>
class Columns {
 public:
  Columns(const RowPair* const* rows, const uint32_t* taps, int pairs)
      : rows_(rows), taps_(taps), pairs_(kPairs == 0 ? pairs : kPairs) {
    for (int p = 0; p < kPairs; ++p) {
      kept_rows_[p] = rows[p];
      kept_taps_[p] = taps[p];
    }
    if (kPairs > 0) {
      rows_ = kept_rows_;
      taps_ = kept_taps_;
    }
  }

  HWY_INLINE void sum(V32& a, V32& b, V32& c, V32& d, int x) const {
    constexpr int32_t kHalf = 1 << (kShift - 1);
    const D16 d16;
    Sums s0(kHalf), s1(kHalf), s2(kHalf), s3(kHalf);
    const int pairs = kPairs == 0 ? pairs_ : kPairs;
    for (int p = 0; p < pairs; ++p) {
      const V16 tap = hn::BitCast(d16, hn::Set(hn::RebindToUnsigned<D32>(), taps_[p]));
      const int16_t* in = reinterpret_cast<const int16_t*>(rows_[p] + x);
      s0.add(hn::Load(d16, in), tap);
      s1.add(hn::Load(d16, in + 2 * kLanes), tap);
      s2.add(hn::Load(d16, in + 4 * kLanes), tap);
      s3.add(hn::Load(d16, in + 6 * kLanes), tap);
    }
    a = hn::ShiftRight<kShift>(s0.get());
    b = hn::ShiftRight<kShift>(s1.get());
    c = hn::ShiftRight<kShift>(s2.get());
    d = hn::ShiftRight<kShift>(s3.get());
  }

 private:
  const RowPair* kept_rows_[kPairs == 0 ? 1 : kPairs];
  uint32_t kept_taps_[kPairs == 0 ? 1 : kPairs];
  const RowPair* const* rows_;
  const uint32_t* taps_;
  int pairs_;
};

template <int kPairs>
void vertical8_of(uint8_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count) {
  constexpr int kStep = 4 * kLanes;
  const D8 d8;
  const Columns<kPairs, 20> columns(rows, taps, pairs);
  for (int x = 0; x < count; x += kStep) {
    V32 a, b, c, d;
    columns.sum(a, b, c, d, x);
    const V8 bytes = to_bytes(a, b, c, d);
    if (count - x >= kStep) {
      hn::StoreU(bytes, d8, out + x);
    } else {
      HWY_ALIGN uint8_t last[kStep];
      hn::Store(bytes, d8, last);
      std::memcpy(out + x, last, static_cast<size_t>(count - x));
    }
  }
}

void vertical8(uint8_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count) {
  switch (pairs) {
    case 4:
      return vertical8_of<4>(out, rows, taps, pairs, count);
    case 5:
      return vertical8_of<5>(out, rows, taps, pairs, count);
    case 6:
      return vertical8_of<6>(out, rows, taps, pairs, count);
    default:
      return vertical8_of<0>(out, rows, taps, pairs, count);
  }
}

HWY_INLINE V16 complete(V16 v, bool full_scale) {
  const D16 d16;
  const V16 most = hn::Set(d16, (1 << 10) - 1);
  const V16 clipped = hn::Min(hn::Max(v, hn::Zero(d16)), most);
  return full_scale ? hn::Min(hn::Add(clipped, hn::ShiftRight<8>(clipped)), most) : clipped;
}

void vertical10(uint16_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count,
                bool full_scale) {
  constexpr int kStep = 4 * kLanes;
  const D16 d16;
  const Columns<0, 18> columns(rows, taps, pairs);
  for (int x = 0; x < count; x += kStep) {
    V32 a, b, c, d;
    columns.sum(a, b, c, d, x);
    const V16 left = complete(to_words(a, b), full_scale), right = complete(to_words(c, d), full_scale);
    int16_t* to = reinterpret_cast<int16_t*>(out + x);
    if (count - x >= kStep) {
      hn::StoreU(left, d16, to);
      hn::StoreU(right, d16, to + kStep / 2);
    } else {
      HWY_ALIGN int16_t last[kStep];
      hn::Store(left, d16, last);
      hn::Store(right, d16, last + kStep / 2);
      std::memcpy(to, last, static_cast<size_t>(count - x) * sizeof(int16_t));
    }
  }
}

}  // namespace

const RowKernels& row_kernels() {
  static constexpr RowKernels kKernels{reach, filter_groups<1>, filter_groups<2>, filter_any, vertical8, vertical10};
  return kKernels;
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
