// Included once per Highway target: no ordinary include guard.
#if defined(TESSERA_KERNELS_SIMD_LINES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TESSERA_KERNELS_SIMD_LINES_INL_H_
#undef TESSERA_KERNELS_SIMD_LINES_INL_H_
#else
#define TESSERA_KERNELS_SIMD_LINES_INL_H_
#endif

#include <algorithm>
#include <cstring>

#include "hwy/highway.h"
#include "kernels/ref/plane.h"
#include "kernels/simd/levels.h"

/// Rows of samples as vectors of 16 bits, for the operations on single samples.
HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE

namespace hn = hwy::HWY_NAMESPACE;

using D16 = hn::ScalableTag<int16_t>;
using D32 = hn::ScalableTag<int32_t>;
using V16 = hn::VFromD<D16>;
using V32 = hn::VFromD<D32>;
constexpr int kSamples = static_cast<int>(HWY_MAX_BYTES) / 2;  ///< of a vector

/// Rows are worked off in pieces of so many samples, which fit on the stack.
constexpr int kPiece = 512;

HWY_INLINE V16 load(const uint8_t* p) { return hn::PromoteTo(D16(), hn::LoadU(hn::Rebind<uint8_t, D16>(), p)); }
HWY_INLINE V16 load(const uint16_t* p) { return hn::LoadU(D16(), reinterpret_cast<const int16_t*>(p)); }
HWY_INLINE V16 load(const int16_t* p) { return hn::LoadU(D16(), p); }

/// Stores, clipped to what the depth holds.
HWY_INLINE void store_clipped(V16 v, uint8_t* p) {
  const hn::Rebind<uint8_t, D16> d8;
  hn::StoreU(hn::DemoteTo(d8, v), d8, p);
}
HWY_INLINE void store_clipped(V16 v, uint16_t* p) {
  const V16 clipped = hn::Min(hn::Max(v, hn::Zero(D16())), hn::Set(D16(), 1023));
  hn::StoreU(clipped, D16(), reinterpret_cast<int16_t*>(p));
}

/// A start and the sums of products of neighbouring int16: one instruction of x86, in two halves elsewhere, where only
/// the end brings neighbours together.
class Sums {
 public:
  explicit HWY_INLINE Sums(int32_t start)
      : start_(hn::Set(D32(), start)), a_(HWY_ARCH_X86 ? start_ : hn::Zero(D32())), b_(hn::Zero(D32())) {}
  HWY_INLINE void add(V16 x, V16 y) { a_ = hn::ReorderWidenMulAccumulate(D32(), x, y, a_, b_); }
  HWY_INLINE V32 get() const {
    const V32 sum = hn::RearrangeToOddPlusEven(a_, b_);
    return HWY_ARCH_X86 ? sum : hn::Add(sum, start_);
  }

 private:
  V32 start_, a_, b_;
};

/// For each lane: start + x * a + y * b in 32 bits, `finish`ed, back in 16 bits.
template <class F>
HWY_INLINE V16 weigh(V16 x, V16 y, V16 a, V16 b, int32_t start, const F& finish) {
  const D16 d16;
  Sums low(start), high(start);
  low.add(hn::InterleaveLower(d16, x, y), hn::InterleaveLower(d16, a, b));
  high.add(hn::InterleaveUpper(d16, x, y), hn::InterleaveUpper(d16, a, b));
  return hn::ReorderDemote2To(d16, finish(low.get()), finish(high.get()));
}

/// Samples `first` .. of a row whose samples are `step` apart and shifted, as they are in a plain row.
template <class T>
HWY_INLINE void unpack_line(T* HWY_RESTRICT out, const T* HWY_RESTRICT in, int step, int shift, int count) {
  if (step == 1) {
    for (int x = 0; x < count; ++x) out[x] = static_cast<T>(in[x] >> shift);
  } else if (step == 2) {
    for (int x = 0; x < count; ++x) out[x] = static_cast<T>(in[2 * x] >> shift);
  } else {
    for (int x = 0; x < count; ++x) out[x] = static_cast<T>(in[static_cast<ptrdiff_t>(x) * step] >> shift);
  }
}

/// The samples from (x, y) as a plain row: those of the plane where it is one, else unpacked to `memory`.
template <class T>
HWY_INLINE const T* plain_line(T* memory, const ConstPlane& plane, int x, int y, int count) {
  const T* in = ref::row_of<T>(plane, y) + static_cast<ptrdiff_t>(x) * plane.step;
  if (plane.step == 1 && plane.msb_shift == 0) return in;
  unpack_line(memory, in, plane.step, plane.msb_shift, count);
  return memory;
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
#endif
