#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/convert.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "kernels/simd/chroma-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE
namespace {

/// Stores vector after vector, the last by way of the stack.
template <class T, class F>
HWY_INLINE void for_samples(T* out, int count, const F& value) {
  int x = 0;
  for (; x + kSamples <= count; x += kSamples) store_clipped(value(x), out + x);
  if (x == count) return;
  T last[kSamples];
  store_clipped(value(x), last);
  std::memcpy(out + x, last, static_cast<size_t>(count - x) * sizeof(T));
}

template <class T>
void luma_row(const ConvertParams& p, int y) {
  int16_t u[kRoom + 2 * kSamples], v[kRoom + 2 * kSamples];
  T memory[kRoom];
  const ConvertMatrix& m = p.matrix;
  const V16 y_y = set(m.y_y), y_u = set(m.y_u), y_v = set(m.y_v), src_black = set(m.src_black),
            dst_black = set(m.dst_black);
  for (int x = p.rect.x; x < p.rect.x + p.rect.w; x += kPiece) {
    const int count = std::min(kPiece, p.rect.x + p.rect.w - x);
    chroma_at_luma<T>(u, p.u, p.rect, y, x, count, m.grey);
    chroma_at_luma<T>(v, p.v, p.rect, y, x, count, m.grey);
    const T* in = roomy_line(memory, p.y, x, y, count);
    for_samples(ref::row_of<T>(p.dst, y) + x, count, [&](int i) HWY_ATTR {
      const D16 d16;
      const V16 luma = hn::ShiftLeft<3>(hn::Sub(load(in + i), src_black)), u8 = load(u + i), v8 = load(v + i);
      const auto half = [&](V16 yu, V16 c_yu, V16 vz, V16 c_vz) HWY_ATTR {
        Sums sum(1 << 16);
        sum.add(yu, c_yu);
        sum.add(vz, c_vz);
        return hn::ShiftRight<17>(sum.get());
      };
      const V16 zero = hn::Zero(d16), c_yu = hn::InterleaveLower(d16, y_y, y_u),
                c_vz = hn::InterleaveLower(d16, y_v, zero);
      const V32 low = half(hn::InterleaveLower(d16, luma, u8), c_yu, hn::InterleaveLower(d16, v8, zero), c_vz);
      const V32 high = half(hn::InterleaveUpper(d16, luma, u8), c_yu, hn::InterleaveUpper(d16, v8, zero), c_vz);
      return hn::Add(hn::ReorderDemote2To(d16, low, high), dst_black);
    });
  }
}

template <class T>
void chroma_row(const ConvertParams& p, int y) {
  const bool is_u = p.plane == 1;
  const V16 c_own = set(is_u ? p.matrix.u_u : p.matrix.v_v), c_other = set(is_u ? p.matrix.u_v : p.matrix.v_u);
  const V16 grey = set(p.matrix.grey);
  T own_memory[kRoom], other_memory[kRoom];
  for (int x = p.rect.x; x < p.rect.x + p.rect.w; x += kPiece) {
    const int count = std::min(kPiece, p.rect.x + p.rect.w - x);
    const T* own = roomy_line(own_memory, is_u ? p.u : p.v, x, y, count);
    const T* other = roomy_line(other_memory, is_u ? p.v : p.u, x, y, count);
    for_samples(ref::row_of<T>(p.dst, y) + x, count, [&](int i) HWY_ATTR {
      const V16 sum = weigh(hn::Sub(load(own + i), grey), hn::Sub(load(other + i), grey), c_own, c_other, 1 << 13,
                            [](V32 t) HWY_ATTR { return hn::ShiftRight<14>(t); });
      return hn::Add(sum, grey);
    });
  }
}

template <class T>
void convert_rows(const ConvertParams& p, int row0, int row1) {
  for (int y = p.rect.y + row0; y < p.rect.y + row1; ++y) {
    if (p.plane == 0) {
      luma_row<T>(p, y);
    } else {
      chroma_row<T>(p, y);
    }
  }
}

}  // namespace

void convert(const ConvertParams& p, int row0, int row1) {
  if (p.dst.depth > 8) {
    convert_rows<uint16_t>(p, row0, row1);
  } else {
    convert_rows<uint8_t>(p, row0, row1);
  }
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
