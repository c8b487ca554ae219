#include "kernels/ref/mask.h"

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {
namespace {

int chroma_coverage(const MaskParams& p, int cx, int cy) {
  const int left = std::min(2 * cx, p.width - 1), right = std::min(2 * cx + 1, p.width - 1);
  const int top = std::min(2 * cy, p.height - 1), bottom = std::min(2 * cy + 1, p.height - 1);
  const int sum = coverage(p.shape, left, top) + coverage(p.shape, right, top) + coverage(p.shape, left, bottom) +
                  coverage(p.shape, right, bottom);
  return (sum + 2) >> 2;
}

/// Columns [begin, end) of a row that lie wholly inside the shape, so that most samples need no look.
struct Solid {
  int begin, end;
};

Solid solid_columns(const MaskParams& p, int y) {
  const int scale = p.chroma ? 128 : 64;
  const int top = y * scale, bottom = top + scale;
  const Shape& s = p.shape;
  if (top < s.y || bottom > s.y + s.h) return {0, 0};
  const bool beside_corners = top < s.y + s.radius || bottom > s.y + s.h - s.radius;
  const int inset = beside_corners ? s.radius : 0;
  const int left = std::max(s.x + inset, 0), right = std::max(s.x + s.w - inset, 0);
  return {std::max((left + scale - 1) / scale, p.rect.x), std::min(right / scale, p.rect.x + p.rect.w)};
}

void mask_some(const MaskParams& p, uint8_t* row, int y, int begin, int end) {
  for (int x = begin; x < end; ++x) {
    row[x] = static_cast<uint8_t>(p.chroma ? chroma_coverage(p, x, y) : coverage(p.shape, x, y));
  }
}

}  // namespace

void mask(const MaskParams& p, int row0, int row1) {
  const int left = p.rect.x, right = p.rect.x + p.rect.w;
  for (int y = p.rect.y + row0; y < p.rect.y + row1; ++y) {
    uint8_t* row = row_of<uint8_t>(p.dst, y);
    const Solid solid = solid_columns(p, y);
    if (solid.begin >= solid.end) {
      mask_some(p, row, y, left, right);
      continue;
    }
    mask_some(p, row, y, left, solid.begin);
    std::fill(row + solid.begin, row + solid.end, uint8_t{255});
    mask_some(p, row, y, solid.end, right);
  }
}

}  // namespace tessera::kernels::ref
