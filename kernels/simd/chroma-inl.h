// Included once per Highway target: no ordinary include guard.
#if defined(TESSERA_KERNELS_SIMD_CHROMA_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TESSERA_KERNELS_SIMD_CHROMA_INL_H_
#undef TESSERA_KERNELS_SIMD_CHROMA_INL_H_
#else
#define TESSERA_KERNELS_SIMD_CHROMA_INL_H_
#endif

#include "kernels/simd/lines-inl.h"

/// Chroma at luma positions, for the operations that look at all planes of a 4:2:0 picture.
HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE

// Lines are made in whole vectors, so their memory has room for one more.
constexpr int kRoom = kPiece + 2 * kSamples;

HWY_INLINE V16 set(int32_t v) { return hn::Set(D16(), static_cast<int16_t>(v)); }

/// A row of samples with room behind it to load whole vectors from: copied only where the plane has none.
template <class T>
HWY_INLINE const T* roomy_line(T* memory, const ConstPlane& plane, int x, int y, int count) {
  const T* line = plain_line(memory, plane, x, y, count);
  if (line == memory || x + count + kSamples <= plane.width) return line;
  std::memcpy(memory, line, static_cast<size_t>(count) * sizeof(T));
  return memory;
}

/// Eight times the chroma, its zero taken off, at `count` luma samples from x0 (even): see ref/chroma.h.
template <class T>
void chroma_at_luma(int16_t* out, const ConstPlane& c, const Rect& luma, int y, int x0, int count, int grey) {
  T near_memory[kRoom], far_memory[kRoom];
  int16_t sums[kRoom];
  const int first = x0 / 2, last = (luma.x + luma.w - 1) / 2, pairs = (count + 1) / 2;
  const int far = std::clamp((y & 1) != 0 ? y / 2 + 1 : y / 2 - 1, luma.y / 2, (luma.y + luma.h - 1) / 2);
  const int here = std::min(pairs + 1, last - first + 1);  // what lies beyond is the last again
  const T* near_line = roomy_line(near_memory, c, first, y / 2, here);
  const T* far_line = roomy_line(far_memory, c, first, far, here);
  for (int i = 0; i < here; i += kSamples) {
    const V16 n = load(near_line + i), f = load(far_line + i);
    hn::StoreU(hn::Sub(hn::Add(hn::Add(hn::Add(n, n), n), f), set(4 * grey)), D16(), sums + i);
  }
  if (here <= pairs) sums[here] = sums[here - 1];
  for (int i = 0; i < pairs; i += kSamples) {
    const V16 s = load(sums + i), next = load(sums + i + 1);
    hn::StoreInterleaved2(hn::Add(s, s), hn::Add(s, next), D16(), out + 2 * i);
  }
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
#endif
