#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/warp.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "kernels/ref/ref.h"
#include "kernels/ref/warp.h"
#include "kernels/simd/gather-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE
namespace {

struct Span {
  int begin, end;
};

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

/// Those i of [begin, end) for which `start + step * i` is in [low, high].
Span within(Span span, int64_t start, int64_t step, int64_t low, int64_t high) {
  if (step == 0) return low <= start && start <= high ? span : Span{span.begin, span.begin};
  const int64_t a = step > 0 ? low - start : high - start, b = step > 0 ? high - start : low - start;
  const int64_t first = -floor_div(-a, step), last = floor_div(b, step);
  const auto begin = static_cast<int>(std::clamp<int64_t>(first, span.begin, span.end));
  return {begin, static_cast<int>(std::clamp<int64_t>(last + 1, begin, span.end))};
}

/// Luma rows of the warped picture.
template <class T>
class Warper {
 public:
  explicit Warper(const WarpParams& p) : p_(p), edges_(p) { edges_.chroma = false; }

  /// `count` samples from (x0, y).
  void line(T* out, int x0, int y, int count) {
    const int64_t left = ref::warp_x(p_.from, x0, y) + 128, top = ref::warp_y(p_.from, x0, y) + 128;
    const auto in = [&](Span span, int64_t low_x, int64_t high_x, int64_t low_y, int64_t high_y) {
      span = within(span, left, p_.from.xx, low_x * kOne, high_x * kOne - 1);
      return within(span, top, p_.from.yx, low_y * kOne, high_y * kOne - 1);
    };
    const Span touched = in({0, count}, -1, p_.src.width, -1, p_.src.height);
    // Where four samples, and the four bytes that a gather reads, are the source's.
    constexpr int kBeyond = static_cast<int>(sizeof(int32_t) / sizeof(T)) - 1;
    Span inner = in(touched, 0, p_.src.width - kBeyond, 0, p_.src.height - 1);
    const bool plain = p_.src.step == 1 && p_.src.msb_shift == 0;
    if (!plain || inner.end - inner.begin < kPairs) inner = {touched.end, touched.end};
    std::fill(out, out + touched.begin, static_cast<T>(p_.nothing));
    some(out, x0, y, touched.begin, inner.begin);
    for (int i = inner.begin; i < inner.end; i += kPairs) {
      const int at = std::min(i, inner.end - kPairs);  // the last vector overlaps the one before
      store_words(vector(left + at * int64_t{p_.from.xx}, top + at * int64_t{p_.from.yx}), out + at);
    }
    some(out, x0, y, inner.end, touched.end);
    std::fill(out + touched.end, out + count, static_cast<T>(p_.nothing));
  }

 private:
  static constexpr int64_t kOne = 1 << 16;

  /// Samples [begin, end) of the line, as the specification has them.
  void some(T* out, int x0, int y, int begin, int end) {
    if (begin >= end) return;
    edges_.dst.data = reinterpret_cast<uint8_t*>(out) - static_cast<ptrdiff_t>(x0) * static_cast<ptrdiff_t>(sizeof(T));
    edges_.dst.stride = 0;  // the line is every row
    edges_.rect = {x0 + begin, y, end - begin, 1};
    ref::warp(edges_, 0, 1);
  }

  /// The samples at (left, top) and so on, in 1/65536, half of 1/256 added.
  HWY_INLINE V32 vector(int64_t left, int64_t top) const {
    const D32 d32;
    const V32 i = hn::Iota(d32, 0), low = hn::Set(d32, 255);
    const auto at = [&](int64_t start, int32_t step) HWY_ATTR {
      return hn::Add(hn::Set(d32, static_cast<int32_t>(start)), hn::Mul(i, hn::Set(d32, step)));
    };
    const V32 x = at(left, p_.from.xx), y = at(top, p_.from.yx);
    const auto share = [&](V32 v) HWY_ATTR { return hn::And(hn::ShiftRight<8>(v), low); };
    const V32 offset = hn::Add(hn::Mul(hn::ShiftRight<16>(y), hn::Set(d32, static_cast<int32_t>(p_.src.stride))),
                               hn::ShiftLeft<sizeof(T) - 1>(hn::ShiftRight<16>(x)));
    const V32 upper = between<8>(samples(p_.src.data, offset), share(x));
    const V32 lower = between<8>(samples(p_.src.data + p_.src.stride, offset), share(x));
    return hn::ShiftRight<16>(hn::Add(between<8>(upper, lower, share(y)), hn::Set(d32, 1 << 15)));
  }

  /// Pairs of neighbours.
  static HWY_INLINE V16 samples(const uint8_t* base, V32 offset) {
    const V32 words = gather(base, offset);
    if constexpr (sizeof(T) == 2) return hn::BitCast(D16(), words);
    const V32 low = hn::Set(D32(), 255);
    return pair(hn::And(words, low), hn::And(hn::ShiftRight<8>(words), low));
  }

  const WarpParams& p_;
  WarpParams edges_;
};

/// The means of 2x2 luma samples, those beyond an odd edge being the edge's.
template <class T>
void chroma_line(Warper<T>& warper, const WarpParams& p, T* out, int x0, int y, int count) {
  T top[kPiece + 1], bottom[kPiece + 1];
  const int samples = std::min(2 * count, p.width - 2 * x0);
  warper.line(top, 2 * x0, std::min(2 * y, p.height - 1), samples);
  warper.line(bottom, 2 * x0, std::min(2 * y + 1, p.height - 1), samples);
  if (samples < 2 * count) {
    top[samples] = top[samples - 1];
    bottom[samples] = bottom[samples - 1];
  }
  for (int x = 0; x < count; ++x)
    out[x] = static_cast<T>((top[2 * x] + top[2 * x + 1] + bottom[2 * x] + bottom[2 * x + 1] + 2) >> 2);
}

template <class T>
void warp_rows(const WarpParams& p, int row0, int row1) {
  Warper<T> warper(p);
  for (int y = p.rect.y + row0; y < p.rect.y + row1; ++y) {
    T* row = ref::row_of<T>(p.dst, y);
    const int left = p.rect.x, right = left + p.rect.w;
    if (!p.chroma) {
      warper.line(row + left, left, y, p.rect.w);
      continue;
    }
    for (int x = left; x < right; x += kPiece / 2)
      chroma_line(warper, p, row + x, x, y, std::min(kPiece / 2, right - x));
  }
}

}  // namespace

void warp(const WarpParams& p, int row0, int row1) {
  if (p.dst.depth > 8) {
    warp_rows<uint16_t>(p, row0, row1);
  } else {
    warp_rows<uint8_t>(p, row0, row1);
  }
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
