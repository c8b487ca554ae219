#include <algorithm>

#include "engine/media/reader_image.h"

namespace tessera::media {
namespace {

// BT.709, times 10000: exact.
constexpr int64_t kRed = 2126, kGreen = 7152, kBlue = 722, kOne = 10000;
constexpr int64_t kBlueSpan = 18556;  // 2 (1 - 0.0722)
constexpr int64_t kRedSpan = 15748;   // 2 (1 - 0.2126)

/// floor(num / den + 1/2), den > 0.
int64_t divide(int64_t num, int64_t den) {
  const int64_t doubled = 2 * num + den;
  const int64_t quotient = doubled / (2 * den);
  return doubled % (2 * den) < 0 ? quotient - 1 : quotient;
}

void store(const Plane& plane, int x, int y, int bytes, int64_t value) {
  uint8_t* const at = plane.data + y * plane.stride + static_cast<ptrdiff_t>(x) * bytes;
  if (bytes == 1) {
    *at = static_cast<uint8_t>(value);
  } else {
    *reinterpret_cast<uint16_t*>(at) = static_cast<uint16_t>(value);
  }
}

struct Scale {
  int64_t s;        ///< 2^(depth-8)
  int64_t largest;  ///< of an output sample
  int64_t max;      ///< of an input component
  int bytes;

  int64_t alpha(const RgbaRow& row, size_t x) const { return divide(row.a[x] * largest, max); }
};

/// K of the formula, times 10000.
int64_t luma_of(const RgbaRow& row, size_t x) { return kRed * row.r[x] + kGreen * row.g[x] + kBlue * row.b[x]; }

void write_luma(const Frame& frame, const RgbaRow& row, int y, const Scale& scale) {
  for (int x = 0; x < frame.format.width; ++x) {
    const auto i = static_cast<size_t>(x);
    const int64_t alpha = scale.alpha(row, i);
    const int64_t luma = divide(alpha * 219 * scale.s * luma_of(row, i), scale.largest * scale.max * kOne);
    store(frame.planes[0], x, y, scale.bytes, 16 * scale.s + luma);
    store(frame.planes[3], x, y, scale.bytes, alpha);
  }
}

void write_chroma(const Frame& frame, const RgbaRow& upper, const RgbaRow& lower, int y, const Scale& scale) {
  const int last = frame.format.width - 1;
  for (int x = 0; x < frame.format.chroma_width(); ++x) {
    int64_t blue = 0;
    int64_t red = 0;
    for (const RgbaRow* row : {&upper, &lower}) {
      for (const int at : {2 * x, std::min(2 * x + 1, last)}) {
        const auto i = static_cast<size_t>(at);
        const int64_t alpha = scale.alpha(*row, i);
        const int64_t luma = luma_of(*row, i);
        blue += alpha * (kOne * row->b[i] - luma);
        red += alpha * (kOne * row->r[i] - luma);
      }
    }
    const int64_t den = 4 * scale.largest * scale.max;
    store(frame.planes[1], x, y, scale.bytes, 128 * scale.s + divide(224 * scale.s * blue, den * kBlueSpan));
    store(frame.planes[2], x, y, scale.bytes, 128 * scale.s + divide(224 * scale.s * red, den * kRedSpan));
  }
}

}  // namespace

Result<FrameRef> to_premultiplied_yuva(const RgbaSource& source, int depth) {
  FrameFormat format = canvas_format(source.width(), source.height(), depth);
  format.has_alpha = true;
  format.siting_x = format.siting_y = Siting::kCentred;
  TESSERA_TRY_ASSIGN(const std::shared_ptr<Frame> frame, allocate_frame(format));
  const Scale scale{int64_t{1} << (depth - 8), (int64_t{1} << depth) - 1, source.max(), format.bytes_per_sample()};
  RgbaRow upper;
  RgbaRow lower;
  for (int y = 0; y < format.height; y += 2) {
    source.read(y, upper);
    write_luma(*frame, upper, y, scale);
    if (y + 1 < format.height) {
      source.read(y + 1, lower);
      write_luma(*frame, lower, y + 1, scale);
    }
    write_chroma(*frame, upper, y + 1 < format.height ? lower : upper, y / 2, scale);
  }
  return FrameRef(frame);
}

}  // namespace tessera::media
