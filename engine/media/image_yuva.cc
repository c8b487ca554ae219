#include "engine/media/reader_image.h"

namespace tessera::media {
namespace {

// BT.709, times 10000: exact.
constexpr int64_t kRed = 2126, kGreen = 7152, kBlue = 722, kOne = 10000;
constexpr int64_t kBlueSpan = 18556;  // 2 (1 - 0.0722)
constexpr int64_t kRedSpan = 15748;   // 2 (1 - 0.2126)

/// round(num / den), halves up; num >= 0, den > 0. With a den known at compile time no division is left of it.
constexpr int64_t divide(int64_t num, int64_t den) {
  return static_cast<int64_t>(static_cast<uint64_t>(2 * num + den) / static_cast<uint64_t>(2 * den));
}

/// The formula's numbers: kMax is the largest input component, 0 where only the source knows it.
template <int kDepth, int kMax>
struct Levels {
  static constexpr int64_t s = 1 << (kDepth - 8);
  static constexpr int64_t largest = (1 << kDepth) - 1;
  int64_t source_max;

  constexpr int64_t max() const { return kMax > 0 ? kMax : source_max; }
  constexpr int64_t alpha(int64_t a) const { return kMax == largest ? a : divide(a * largest, max()); }
  constexpr int64_t luma(int64_t alpha, int64_t k) const {
    return 16 * s + divide(alpha * 219 * s * k, largest * max() * kOne);
  }
  /// `difference` of the colour from K, times 10000.
  constexpr int64_t chroma(int64_t alpha, int64_t difference, int64_t span) const {
    const int64_t den = largest * max() * span;
    return divide(224 * s * alpha * difference + 128 * s * den, den);  // the offset inside keeps it above zero
  }
};

template <class Sample>
Sample* row_of(const Plane& plane, int y) {
  return reinterpret_cast<Sample*>(plane.data + y * plane.stride);
}

template <class Sample, class L>
void write_row(const Frame& frame, const RgbaRow& row, int y, const L& levels) {
  Sample* const luma = row_of<Sample>(frame.planes[0], y);
  Sample* const u = row_of<Sample>(frame.planes[1], y);
  Sample* const v = row_of<Sample>(frame.planes[2], y);
  Sample* const alpha = row_of<Sample>(frame.planes[3], y);
  for (size_t x = 0; x < static_cast<size_t>(frame.format.width); ++x) {
    if (row.a[x] == 0) {  // most of an animation, so the divisions are worth leaving out
      alpha[x] = 0;
      luma[x] = 16 * L::s;
      u[x] = v[x] = 128 * L::s;
      continue;
    }
    const int64_t a = levels.alpha(row.a[x]);
    const int64_t k = kRed * row.r[x] + kGreen * row.g[x] + kBlue * row.b[x];
    alpha[x] = static_cast<Sample>(a);
    luma[x] = static_cast<Sample>(levels.luma(a, k));
    u[x] = static_cast<Sample>(levels.chroma(a, kOne * row.b[x] - k, kBlueSpan));
    v[x] = static_cast<Sample>(levels.chroma(a, kOne * row.r[x] - k, kRedSpan));
  }
}

template <class Sample, class L>
void write_all(const Frame& frame, const RgbaSource& source, const L& levels) {
  RgbaRow row;
  for (int y = 0; y < frame.format.height; ++y) {
    source.read(y, row);
    write_row<Sample>(frame, row, y, levels);
  }
}

template <class Sample, int kDepth>
void write_at_depth(const Frame& frame, const RgbaSource& source) {
  switch (source.max()) {
    case 255:
      return write_all<Sample>(frame, source, Levels<kDepth, 255>{255});
    case 65535:
      return write_all<Sample>(frame, source, Levels<kDepth, 65535>{65535});
    default:
      return write_all<Sample>(frame, source, Levels<kDepth, 0>{source.max()});
  }
}

}  // namespace

Result<FrameRef> to_premultiplied_yuva(const RgbaSource& source, int depth) {
  FrameFormat format = canvas_format(source.width(), source.height(), depth);
  format.has_alpha = true;
  format.chroma_shift_x = format.chroma_shift_y = 0;
  TESSERA_TRY_ASSIGN(const std::shared_ptr<Frame> frame, allocate_frame(format));
  if (depth == 8) {
    write_at_depth<uint8_t, 8>(*frame, source);
  } else {
    write_at_depth<uint16_t, 10>(*frame, source);
  }
  return FrameRef(frame);
}

}  // namespace tessera::media
