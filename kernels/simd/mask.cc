#include "kernels/simd/mask.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "kernels/ref/mask.h"
#include "kernels/ref/plane.h"

namespace tessera::kernels::simd {
namespace {

constexpr int kPiece = 512;    ///< samples of the plane written that are worked off at a time
constexpr int kPositions = 8;  ///< along one side of a sample
constexpr int kBetween = 8;    ///< from one position to the next

/// Positions from left to right, both included, in 1/64 samples; none where left > right.
struct Span {
  int32_t left = 1, right = 0;
};

/// The largest integer whose square is at most v.
int64_t root(int64_t v) {
  auto r = static_cast<int64_t>(std::sqrt(static_cast<double>(v)));
  while (r * r > v) --r;
  while ((r + 1) * (r + 1) <= v) ++r;
  return r;
}

/// Where ref::inside() holds along a horizontal line.
Span inside_span(const Shape& s, int32_t y) {
  if (y < s.y || y >= s.y + s.h || s.w <= 0) return {};
  const int64_t dy = ref::into_corner(y, s.y, s.h, s.radius);
  Span span{s.x, s.x + s.w - 1};
  if (dy <= 0) return span;
  const int64_t r = s.radius, reach = root(r * r - dy * dy);
  span.left = static_cast<int32_t>(std::max<int64_t>(span.left, s.x + r - reach));
  span.right = static_cast<int32_t>(std::min<int64_t>(span.right, int64_t{s.x} + s.w - r + reach));
  return span;
}

/// The lines that decide about a row of samples in a corner.
struct CornerRow {
  std::array<Span, kPositions> tried;
  Span edges;  ///< inside on both the upper and the lower edge

  CornerRow(const Shape& s, int32_t y) {
    for (int j = 0; j < kPositions; ++j)
      tried[static_cast<size_t>(j)] = inside_span(s, y + kBetween / 2 + j * kBetween);
    const Span top = inside_span(s, y), bottom = inside_span(s, y + 64);
    edges = {std::max(top.left, bottom.left), std::min(top.right, bottom.right)};
  }

  uint8_t coverage(int32_t x) const {
    if (edges.left <= x && x + 64 <= edges.right) return 255;
    int count = 0;
    for (const Span& span : tried) {
      // Positions are x + 4 + 8 i: the first at or after `left` and the last at or before `right`.
      const int first = std::max((span.left - x - kBetween / 2 + kBetween - 1) >> 3, 0);
      const int last = std::min((span.right - x - kBetween / 2) >> 3, kPositions - 1);
      count += std::max(last - first + 1, 0);
    }
    return static_cast<uint8_t>((count * 255 + 32) >> 6);
  }
};

/// Coverage of the luma samples [x0, x0 + count) of a row.
void coverage_line(uint8_t* out, const Shape& s, int x0, int count, int row) {
  const int32_t y = row * 64;
  const int32_t oy = ref::overlap(y, s.y, s.h);
  const auto area = [&](int x) {
    return static_cast<uint8_t>((ref::overlap(64 * x, s.x, s.w) * oy * 255 + 2048) >> 12);
  };
  const auto clamp = [&](int64_t x) { return static_cast<int>(std::clamp<int64_t>(x, x0, x0 + count)); };
  const int64_t cy = std::max(ref::into_corner(y, s.y, s.h, s.radius), ref::into_corner(y + 64, s.y, s.h, s.radius));
  // Columns wholly between the corners, or between the straight edges where there are none.
  const bool corners = s.radius > 0 && cy > 0;
  const int inset = corners ? s.radius : 0;
  const int begin = clamp((int64_t{s.x} + inset + 63) >> 6),
            end = std::max(begin, clamp((int64_t{s.x} + s.w - inset) >> 6));
  std::memset(out + (begin - x0), static_cast<int>((64 * oy * 255 + 2048) >> 12), static_cast<size_t>(end - begin));
  // Beyond the shape's edges nothing is covered; a sample more on each side is looked at.
  const int left = std::min(clamp((int64_t{s.x} >> 6) - 1), begin),
            right = std::max(clamp(((int64_t{s.x} + s.w) >> 6) + 1), end);
  std::memset(out, 0, static_cast<size_t>(left - x0));
  std::memset(out + (right - x0), 0, static_cast<size_t>(x0 + count - right));
  const auto some = [&](const auto& value) {
    for (int x = left; x < begin; ++x) out[x - x0] = value(x);
    for (int x = end; x < right; ++x) out[x - x0] = value(x);
  };
  if (left == begin && end == right) return;
  if (!corners) return some(area);
  const CornerRow corner(s, y);
  some([&](int x) { return corner.coverage(64 * x); });
}

void chroma_line(uint8_t* out, const MaskParams& p, int x0, int count, int row) {
  std::array<uint8_t, 2 * kPiece> top, bottom;
  const int samples = std::min(2 * count, p.width - 2 * x0);
  coverage_line(top.data(), p.shape, 2 * x0, samples, std::min(2 * row, p.height - 1));
  coverage_line(bottom.data(), p.shape, 2 * x0, samples, std::min(2 * row + 1, p.height - 1));
  if (samples < 2 * count) {
    top[static_cast<size_t>(samples)] = top[static_cast<size_t>(samples - 1)];
    bottom[static_cast<size_t>(samples)] = bottom[static_cast<size_t>(samples - 1)];
  }
  const uint8_t *t = top.data(), *b = bottom.data();
  for (int x = 0; x < count; ++x)
    out[x] = static_cast<uint8_t>((t[2 * x] + t[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) >> 2);
}

}  // namespace

void mask(const MaskParams& p, int row0, int row1) {
  for (int y = p.rect.y + row0; y < p.rect.y + row1; ++y) {
    uint8_t* row = ref::row_of<uint8_t>(p.dst, y);
    for (int x = p.rect.x; x < p.rect.x + p.rect.w; x += kPiece) {
      const int count = std::min(kPiece, p.rect.x + p.rect.w - x);
      if (p.chroma) {
        chroma_line(row + x, p, x, count, y);
      } else {
        coverage_line(row + x, p.shape, x, count, y);
      }
    }
  }
}

}  // namespace tessera::kernels::simd
