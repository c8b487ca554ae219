#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/tone_map.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "kernels/ref/tone.h"
#include "kernels/simd/chroma-inl.h"
#include "kernels/simd/gather-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE
namespace {

/// What samples are made from: luma and eight times the chromas, their zeros taken off.
struct Lines {
  int16_t y[kRoom] = {}, u[kRoom + 2 * kSamples] = {}, v[kRoom + 2 * kSamples] = {};
};

HWY_INLINE V32 words(const int16_t* p) { return hn::PromoteTo(D32(), hn::LoadU(hn::Rebind<int16_t, D32>(), p)); }
HWY_INLINE V32 times(V32 v, int factor) { return hn::Mul(v, hn::Set(D32(), factor)); }
HWY_INLINE V32 clipped(V32 v, int most) { return hn::Min(hn::Max(v, hn::Zero(D32())), hn::Set(D32(), most)); }

/// The steps of ref/tone.h on vectors.
class Mapper {
 public:
  explicit Mapper(const ToneMapParams& p) : table_(p.table), row_(ref::tone_row(p.plane)), depth_(p.dst.depth) {}

  template <class T>
  void line(T* out, const Lines& in, int count) const {
    int x = 0;
    for (; x + kPairs <= count; x += kPairs) store_words(value(in, x), out + x);
    if (x == count) return;
    T last[kPairs];
    store_words(value(in, x), last);
    std::memcpy(out + x, last, static_cast<size_t>(count - x) * sizeof(T));
  }

 private:
  HWY_INLINE V32 light(V32 signal) const {
    return gather(table_.light, hn::ShiftLeft<2>(clipped(hn::ShiftRight<14>(signal), ref::kToneSignal)));
  }

  static HWY_INLINE V32 primary(V32 own, V32 a, int share_a, V32 b, int share_b) {
    const V32 more = hn::Add(times(hn::Sub(own, a), share_a), times(hn::Sub(own, b), share_b));
    const V32 v = hn::Add(own, hn::ShiftRight<12>(hn::Add(more, hn::Set(D32(), 1 << 11))));
    return clipped(v, ref::kToneLight);
  }

  HWY_INLINE V32 display(V32 light) const {
    const D32 d32;
    constexpr int kBase = ref::kToneFine - (ref::kToneFine >> ref::kToneCoarseBits);
    const V32 coarse = hn::Add(hn::ShiftRight<ref::kToneCoarseBits>(light), hn::Set(d32, kBase));
    const V32 index = hn::IfThenElse(hn::Lt(light, hn::Set(d32, ref::kToneFine)), light, coarse);
    return hn::And(gather(table_.display, hn::ShiftLeft<1>(index)), hn::Set(d32, 0xffff));
  }

  HWY_INLINE V32 value(const Lines& in, int x) const {
    const D32 d32;
    const V32 u = words(in.u + x), v = words(in.v + x);
    const V32 base = hn::Add(times(words(in.y + x), ref::kToneY), hn::Set(d32, 1 << 13));
    const V32 r = light(hn::Add(base, times(v, ref::kToneRedV)));
    const V32 g = light(hn::Add(base, hn::Add(times(u, ref::kToneGreenU), times(v, ref::kToneGreenV))));
    const V32 b = light(hn::Add(base, times(u, ref::kToneBlueU)));
    const V32 red = display(primary(r, g, ref::kToneRedG, b, ref::kToneRedB));
    const V32 green = display(primary(g, r, ref::kToneGreenR, b, ref::kToneGreenB));
    const V32 blue = display(primary(b, r, ref::kToneBlueR, g, ref::kToneBlueG));
    const V32 sum = hn::Add(hn::Add(times(red, row_.r), times(green, row_.g)), times(blue, row_.b));
    const auto finish = [&](auto depth) HWY_ATTR {
      constexpr int kDepth = decltype(depth)::value, kShift = ref::tone_shift(kDepth);
      const V32 rounded = hn::ShiftRight<kShift>(hn::Add(sum, hn::Set(d32, 1 << (kShift - 1))));
      return hn::Add(rounded, hn::Set(d32, row_.zero << (kDepth - 8)));
    };
    return depth_ == 8 ? finish(std::integral_constant<int, 8>()) : finish(std::integral_constant<int, 10>());
  }

  ToneTable table_;
  ref::ToneRow row_;
  int depth_;
};

template <class T>
void luma_row(const ToneMapParams& p, int y, Lines& lines) {
  uint16_t memory[kRoom];
  const Mapper mapper(p);
  for (int x = p.rect.x; x < p.rect.x + p.rect.w; x += kPiece) {
    const int count = std::min(kPiece, p.rect.x + p.rect.w - x);
    const uint16_t* in = plain_line(memory, p.y, x, y, count);
    for (int i = 0; i < count; ++i) lines.y[i] = static_cast<int16_t>(in[i] - ref::kToneBlack);
    chroma_at_luma<uint16_t>(lines.u, p.u, p.rect, y, x, count, ref::kToneGrey);
    chroma_at_luma<uint16_t>(lines.v, p.v, p.rect, y, x, count, ref::kToneGrey);
    mapper.line(ref::row_of<T>(p.dst, y) + x, lines, count);
  }
}

template <class T>
void chroma_row(const ToneMapParams& p, int y, Lines& lines) {
  uint16_t top_memory[2 * kPiece], bottom_memory[2 * kPiece], memory[kPiece];
  const Mapper mapper(p);
  const auto chroma = [&](int16_t* out, const ConstPlane& plane, int x, int count) {
    const uint16_t* in = plain_line(memory, plane, x, y, count);
    for (int i = 0; i < count; ++i) out[i] = static_cast<int16_t>(8 * (in[i] - ref::kToneGrey));
  };
  for (int x = p.rect.x; x < p.rect.x + p.rect.w; x += kPiece) {
    const int count = std::min(kPiece, p.rect.x + p.rect.w - x), samples = 2 * count - 1;
    const uint16_t* top = plain_line(top_memory, p.y, 2 * x, 2 * y, samples);
    const uint16_t* bottom = plain_line(bottom_memory, p.y, 2 * x, std::min(2 * y + 1, p.y.height - 1), samples);
    for (int i = 0; i < count; ++i)
      lines.y[i] = static_cast<int16_t>(((top[2 * i] + bottom[2 * i] + 1) >> 1) - ref::kToneBlack);
    chroma(lines.u, p.u, x, count);
    chroma(lines.v, p.v, x, count);
    mapper.line(ref::row_of<T>(p.dst, y) + x, lines, count);
  }
}

template <class T>
void tone_map_rows(const ToneMapParams& p, int row0, int row1) {
  Lines lines;
  for (int y = p.rect.y + row0; y < p.rect.y + row1; ++y) {
    if (p.plane == 0) {
      luma_row<T>(p, y, lines);
    } else {
      chroma_row<T>(p, y, lines);
    }
  }
}

}  // namespace

void tone_map(const ToneMapParams& p, int row0, int row1) {
  if (p.dst.depth > 8) {
    tone_map_rows<uint16_t>(p, row0, row1);
  } else {
    tone_map_rows<uint8_t>(p, row0, row1);
  }
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
