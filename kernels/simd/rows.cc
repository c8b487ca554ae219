#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/rows.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <cstring>

#include "kernels/simd/levels.h"

HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kBlock = TapLayout::kBlock, kGroup = TapLayout::kGroup;

using D32 = hn::ScalableTag<int32_t>;
using D16 = hn::ScalableTag<int16_t>;
using D8 = hn::ScalableTag<uint8_t>;
using V32 = hn::VFromD<D32>;
using V16 = hn::VFromD<D16>;
using V8 = hn::VFromD<D8>;
constexpr int kLanes = static_cast<int>(HWY_MAX_BYTES) / 4;  ///< outputs of a vector
static_assert(kBlock % kLanes == 0);

/// Sums of products of neighbouring int16: what x86 has as one instruction, in two halves elsewhere.
struct Sums {
  V32 a, b;
  explicit Sums(int32_t start) : a(hn::Set(D32(), start)), b(hn::Zero(D32())) {}
  HWY_INLINE void add(V16 x, V16 y) { a = hn::ReorderWidenMulAccumulate(D32(), x, y, a, b); }
  HWY_INLINE V32 get() const { return hn::RearrangeToOddPlusEven(a, b); }
};

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

/// kBytes: of a sample.
template <int kBytes>
void filter_groups(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]) {
  constexpr int kShift = kBytes == 1 ? 8 : 10, kGroups = kLanes / kGroup;
  const hn::RebindToUnsigned<D32> du32;
  const D8 d8;
  const D16 d16;
  const uint8_t* shuffles = kBytes == 1 ? layout.group_bytes.data() : layout.group_words.data();
  for (int block = begin; block < end; ++block) {
    const int16_t* taps = layout.pair_taps.data() + static_cast<ptrdiff_t>(block) * layout.pairs * 2 * kBlock;
    for (int lane = 0; lane < kBlock; lane += kLanes) {
      const int output = block * kBlock + lane;
      const V8 indices = hn::Load(d8, shuffles + output * 4);
      ptrdiff_t at[kGroups];
      for (int g = 0; g < kGroups; ++g) at[g] = kBytes * (layout.first.data()[output / kGroup + g] - rows.origin);
      constexpr int32_t kHalf = 1 << (kShift - 1);
      Sums sum0(kHalf), sum1(kHalf), sum2(kHalf), sum3(kHalf);
      for (int pair = 0; pair < layout.pairs; ++pair) {
        const V16 tap = hn::Load(d16, taps + (pair * kBlock + lane) * 2);
        const ptrdiff_t next = kBytes * 2 * pair;
        const auto samples = [&](int i) HWY_ATTR {
          return hn::BitCast(d16, hn::TableLookupBytesOr0(load_windows(rows.rows[i] + next, at), indices));
        };
        sum0.add(samples(0), tap);
        sum1.add(samples(1), tap);
        sum2.add(samples(2), tap);
        sum3.add(samples(3), tap);
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

/// One output at a time, eight taps a step.
void filter_any(const SourceRows& rows, const TapTable& table, RowPair* const out[2]) {
  const hn::Full128<int16_t> d16;
  const hn::Full128<int32_t> d32;
  const int32_t half = 1 << (rows.depth - 1);
  for (int x = 0; x < table.outputs; ++x) {
    const int16_t* taps = table.taps + static_cast<ptrdiff_t>(x) * table.stride;
    const ptrdiff_t at = table.first[x] - rows.origin;
    uint32_t value[kRowsAtATime];
    for (int i = 0; i < kRowsAtATime; ++i) {
      const int16_t* in = reinterpret_cast<const int16_t*>(rows.rows[i]) + at;
      auto sum0 = hn::Zero(d32), sum1 = hn::Zero(d32);
      for (int k = 0; k < table.stride; k += 8)
        sum0 = hn::ReorderWidenMulAccumulate(d32, hn::LoadU(d16, in + k), hn::LoadU(d16, taps + k), sum0, sum1);
      const int32_t sum = hn::GetLane(hn::SumOfLanes(d32, hn::Add(sum0, sum1)));
      value[i] = static_cast<uint32_t>((sum + half) >> rows.depth) & 0xffff;
    }
    out[0][x] = value[1] << 16 | value[0];
    out[1][x] = value[3] << 16 | value[2];
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

/// Columns x .. x + 4 kLanes of the vertical pass. kPairs 0: any number.
template <int kPairs, int kShift>
struct Columns {
  V32 a, b, c, d;

  HWY_INLINE Columns(const RowPair* const* rows, const uint32_t* taps, int number, int x) {
    constexpr int32_t kHalf = 1 << (kShift - 1);
    const D16 d16;
    const int pairs = kPairs == 0 ? number : kPairs;
    Sums s0(kHalf), s1(kHalf), s2(kHalf), s3(kHalf);
    for (int p = 0; p < pairs; ++p) {
      const V16 tap = hn::BitCast(d16, hn::Set(hn::RebindToUnsigned<D32>(), taps[p]));
      const int16_t* in = reinterpret_cast<const int16_t*>(rows[p] + x);
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
};

template <int kPairs>
void vertical8_of(uint8_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count) {
  constexpr int kStep = 4 * kLanes;
  const D8 d8;
  for (int x = 0; x < count; x += kStep) {
    const Columns<kPairs, 20> s(rows, taps, pairs, x);
    const V8 bytes = to_bytes(s.a, s.b, s.c, s.d);
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
  for (int x = 0; x < count; x += kStep) {
    const Columns<0, 18> s(rows, taps, pairs, x);
    const V16 left = complete(to_words(s.a, s.b), full_scale), right = complete(to_words(s.c, s.d), full_scale);
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
