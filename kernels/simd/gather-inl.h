// Included once per Highway target: no ordinary include guard.
#if defined(TESSERA_KERNELS_SIMD_GATHER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TESSERA_KERNELS_SIMD_GATHER_INL_H_
#undef TESSERA_KERNELS_SIMD_GATHER_INL_H_
#else
#define TESSERA_KERNELS_SIMD_GATHER_INL_H_
#endif

#include "kernels/simd/lines-inl.h"

/// Pairs of samples from anywhere, and values between them.
HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE

constexpr int kPairs = kSamples / 2;  ///< of a vector

/// The four bytes at each of so many offsets.
HWY_INLINE V32 gather(const void* base, V32 offsets) {
  const D32 d32;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  return hn::GatherOffset(d32, static_cast<const int32_t*>(base), offsets);
#else
  HWY_ALIGN int32_t at[kPairs], words[kPairs];
  hn::Store(offsets, d32, at);
  for (int i = 0; i < kPairs; ++i) std::memcpy(words + i, static_cast<const uint8_t*>(base) + at[i], sizeof(int32_t));
  return hn::Load(d32, words);
#endif
}

/// x as the lower and y as the upper 16 bits.
HWY_INLINE V16 pair(V32 x, V32 y) { return hn::BitCast(D16(), hn::Or(x, hn::ShiftLeft<16>(y))); }

/// Of pairs: first * (1 << kBits) + (second - first) * share.
template <int kBits>
HWY_INLINE V32 between(V16 pairs, V32 share) {
  Sums sum(0);
  sum.add(pairs, pair(hn::Sub(hn::Set(D32(), 1 << kBits), share), share));
  return sum.get();
}
template <int kBits>
HWY_INLINE V32 between(V32 first, V32 second, V32 share) {
  return hn::Add(hn::ShiftLeft<kBits>(first), hn::Mul(hn::Sub(second, first), share));
}

HWY_INLINE void store_words(V32 v, uint8_t* out) {
  const hn::Rebind<uint8_t, D32> d8;
  hn::StoreU(hn::DemoteTo(d8, v), d8, out);
}
HWY_INLINE void store_words(V32 v, uint16_t* out) {
  const hn::Rebind<uint16_t, D32> d16;
  hn::StoreU(hn::DemoteTo(d16, hn::Min(v, hn::Set(D32(), 1023))), d16, out);
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
#endif
