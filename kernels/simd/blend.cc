#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/blend.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "kernels/ref/blend.h"
#include "kernels/simd/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE
namespace {

/// What a piece of a row is blended from. Null alpha: opaque; null mask: covered.
template <class T>
struct Line {
  const T* src;
  const T* alpha;
  const uint8_t* mask;
  T* dst;

  HWY_INLINE Line at(int x) const {
    return {src + x, alpha != nullptr ? alpha + x : nullptr, mask != nullptr ? mask + x : nullptr, dst + x};
  }
};

/// round(x * a / max) and round((x * a + y * b) / max).
template <int kDepth>
struct Ratio {
  static HWY_INLINE V16 of(V16 x, V16 a, V16 y, V16 b) {
    const D16 d16;
    if constexpr (kDepth == 8) {  // all sums are at most 255 * 255: 16 bits hold them
      const hn::RebindToUnsigned<D16> du16;
      const auto sum = hn::BitCast(du16, hn::Add(hn::Mul(x, a), hn::Add(hn::Mul(y, b), hn::Set(d16, 128))));
      return hn::BitCast(d16, hn::ShiftRight<8>(hn::Add(sum, hn::ShiftRight<8>(sum))));
    } else {
      return weigh(x, y, a, b, 1 << (kDepth - 1),
                   [](V32 t) HWY_ATTR { return hn::ShiftRight<kDepth>(hn::Add(t, hn::ShiftRight<kDepth>(t))); });
    }
  }
  static HWY_INLINE V16 of(V16 x, V16 a) {
    const D16 d16;
    return of(x, a, hn::Zero(d16), hn::Zero(d16));
  }
};

template <class T, int kDepth>
class Blender {
 public:
  explicit Blender(const BlendParams& p)
      : opacity_(hn::Set(D16(), static_cast<int16_t>(p.opacity))),
        constant_(hn::Set(D16(), static_cast<int16_t>(ref::weight_of<kDepth>(static_cast<uint32_t>(p.opacity), 255)))),
        offset_(hn::Set(D16(), static_cast<int16_t>(p.offset))),
        shown_(p.opacity == 1024) {}

  void line(const Line<T>& line, int count) const {
    if (count < kSamples) return short_line(line, count);
    // The last vector overlaps the one before: it is computed before that is written.
    const V16 last = value(line.at(count - kSamples));
    for (int x = 0; x + kSamples <= count; x += kSamples) step(line.at(x));
    store_clipped(last, line.dst + (count - kSamples));
  }

 private:
  HWY_INLINE V16 weight(const uint8_t* mask) const {
    if (mask == nullptr) return constant_;
    V16 coverage = load(mask);
    if constexpr (kDepth == 10) coverage = hn::Or(hn::ShiftLeft<2>(coverage), hn::ShiftRight<6>(coverage));
    if (shown_) return coverage;
    // (coverage * 32 * opacity + 2^14) >> 15
    return hn::MulFixedPoint15(hn::ShiftLeft<5>(coverage), opacity_);
  }

  /// The sample itself is not needed where nothing shows, nor what is below where nothing shines through.
  HWY_INLINE void step(const Line<T>& line) const {
    const D16 d16;
    const V16 w = weight(line.mask);
    if (hn::AllTrue(d16, hn::Eq(w, hn::Zero(d16)))) return;
    const V16 a = line.alpha != nullptr ? Ratio<kDepth>::of(load(line.alpha), w) : w;
    const V16 src = load(line.src);
    const bool opaque = hn::AllTrue(d16, hn::Eq(a, hn::Set(d16, kMost)));  // then w is most as well
    store_clipped(opaque ? src : over(src, w, a, load(line.dst)), line.dst);
  }

  HWY_INLINE V16 value(const Line<T>& line) const {
    const V16 w = weight(line.mask);
    return over(load(line.src), w, line.alpha != nullptr ? Ratio<kDepth>::of(load(line.alpha), w) : w, load(line.dst));
  }

  /// Not yet clipped.
  HWY_INLINE V16 over(V16 src, V16 w, V16 a, V16 dst) const {
    const V16 most = hn::Set(D16(), kMost);
    const V16 s = Ratio<kDepth>::of(src, w, offset_, hn::Sub(most, w));
    const V16 below = Ratio<kDepth>::of(dst, hn::Sub(most, a), offset_, a);
    return hn::Add(s, hn::Sub(below, offset_));
  }

  /// Fewer samples than a vector has, by way of the stack.
  void short_line(const Line<T>& line, int count) const {
    T src[kSamples] = {}, alpha[kSamples] = {}, dst[kSamples] = {};
    uint8_t mask[kSamples] = {};
    const auto bytes = static_cast<size_t>(count) * sizeof(T);
    std::memcpy(src, line.src, bytes);
    std::memcpy(dst, line.dst, bytes);
    if (line.alpha != nullptr) std::memcpy(alpha, line.alpha, bytes);
    if (line.mask != nullptr) std::memcpy(mask, line.mask, static_cast<size_t>(count));
    store_clipped(value({src, line.alpha != nullptr ? alpha : nullptr, line.mask != nullptr ? mask : nullptr, dst}),
                  dst);
    std::memcpy(line.dst, dst, bytes);
  }

  static constexpr int16_t kMost = (1 << kDepth) - 1;
  V16 opacity_, constant_, offset_;
  bool shown_;  ///< at full opacity: a weight is the coverage
};

HWY_INLINE void store_quarter(V16 sum, uint8_t* p) { store_clipped(hn::ShiftRight<2>(sum), p); }

/// Means of 2x2: `top` and `bottom` hold twice as many samples.
HWY_INLINE void mean_step(uint8_t* out, const uint8_t* top, const uint8_t* bottom) {
  const D16 d16;
  const V16 low = hn::Set(d16, 255);
  const V16 t = load(reinterpret_cast<const uint16_t*>(top)), b = load(reinterpret_cast<const uint16_t*>(bottom));
  const hn::RebindToUnsigned<D16> du16;
  const auto odd = [&](V16 v) HWY_ATTR { return hn::BitCast(d16, hn::ShiftRight<8>(hn::BitCast(du16, v))); };
  const V16 sum = hn::Add(hn::Add(hn::And(t, low), odd(t)), hn::Add(hn::And(b, low), odd(b)));
  store_quarter(hn::Add(sum, hn::Set(d16, 2)), out);
}

HWY_INLINE V32 pair_sums(const uint16_t* p) {
  const D32 d32;
  const V32 v = hn::BitCast(d32, load(p));
  return hn::Add(hn::And(v, hn::Set(d32, 0xffff)), hn::ShiftRight<16>(v));
}

HWY_INLINE void mean_step(uint16_t* out, const uint16_t* top, const uint16_t* bottom) {
  const D32 d32;
  const hn::Rebind<uint16_t, D32> du16;
  const auto mean = [&](int at) HWY_ATTR {
    const V32 sum = hn::Add(hn::Add(pair_sums(top + at), pair_sums(bottom + at)), hn::Set(d32, 2));
    return hn::DemoteTo(du16, hn::ShiftRight<2>(sum));
  };
  hn::StoreU(mean(0), du16, out);
  hn::StoreU(mean(kSamples), du16, out + kSamples / 2);
}

/// The rounded means of 2x2 alphas, those beyond an odd edge being the edge's.
template <class T>
void chroma_alpha(T* out, const ConstPlane& plane, int x0, int y, int count) {
  T top_memory[2 * kPiece], bottom_memory[2 * kPiece];
  const int samples = std::min(2 * count, plane.width - 2 * x0);
  const T* top = plain_line(top_memory, plane, 2 * x0, std::min(2 * y, plane.height - 1), samples);
  const T* bottom = plain_line(bottom_memory, plane, 2 * x0, std::min(2 * y + 1, plane.height - 1), samples);
  int x = 0;
  for (; 2 * (x + kSamples) <= samples; x += kSamples) mean_step(out + x, top + 2 * x, bottom + 2 * x);
  for (; x < count; ++x) {
    const int left = 2 * x, right = std::min(left + 1, samples - 1);
    out[x] = static_cast<T>((top[left] + top[right] + bottom[left] + bottom[right] + 2) >> 2);
  }
}

template <class T, int kDepth>
void blend_rows(const BlendParams& p, int row0, int row1) {
  T src[kPiece], alpha[kPiece];
  const Blender<T, kDepth> blender(p);
  for (int y = p.rect.y + row0; y < p.rect.y + row1; ++y) {
    for (int x = p.rect.x; x < p.rect.x + p.rect.w; x += kPiece) {
      const int count = std::min(kPiece, p.rect.x + p.rect.w - x);
      Line<T> line{plain_line(src, p.src, x, y, count), nullptr, nullptr, ref::row_of<T>(p.dst, y) + x};
      if (p.alpha.data != nullptr && p.chroma) {
        chroma_alpha(alpha, p.alpha, x, y, count);
        line.alpha = alpha;
      } else if (p.alpha.data != nullptr) {
        line.alpha = plain_line(alpha, p.alpha, x, y, count);
      }
      if (p.mask.data != nullptr) line.mask = ref::row_of<uint8_t>(p.mask, y) + x;
      blender.line(line, count);
    }
  }
}

}  // namespace

void blend(const BlendParams& p, int row0, int row1) {
  if (p.dst.depth > 8) {
    blend_rows<uint16_t, 10>(p, row0, row1);
  } else {
    blend_rows<uint8_t, 8>(p, row0, row1);
  }
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
