#include "kernels/ref/rotate.h"

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {
namespace {

// Quarter turns walk down columns of the source: in squares, so that the lines of one square stay in the cache.
constexpr int kSquare = 32;

template <class T>
void rotate_square(const RotateParams& p, int x0, int x1, int row0, int row1) {
  const bool quarter = (p.orientation & 1) != 0;
  for (int y = row0; y < row1; ++y) {
    T* out = row_of<T>(p.dst, p.rect.y + y);
    const Point at = turned_from(x0, p.rect.y + y, p.src.width, p.src.height, p.orientation);
    const Point next = turned_from(x0 + 1, p.rect.y + y, p.src.width, p.src.height, p.orientation);
    const T* in = row_of<T>(p.src, at.y) + static_cast<ptrdiff_t>(at.x) * p.src.step;
    const ptrdiff_t pitch = p.src.stride / static_cast<ptrdiff_t>(sizeof(T));
    const ptrdiff_t advance = quarter ? (next.y - at.y) * pitch : (next.x - at.x) * static_cast<ptrdiff_t>(p.src.step);
    for (int x = x0; x < x1; ++x) out[x] = static_cast<T>(in[(x - x0) * advance] >> p.src.msb_shift);
  }
}

}  // namespace

void rotate(const RotateParams& p, int row0, int row1) {
  with_sample(p.dst.depth, [&](auto sample) {
    for (int y = row0; y < row1; y += kSquare) {
      for (int x = p.rect.x; x < p.rect.x + p.rect.w; x += kSquare) {
        rotate_square<decltype(sample)>(p, x, std::min(x + kSquare, p.rect.x + p.rect.w), y,
                                        std::min(y + kSquare, row1));
      }
    }
  });
}

}  // namespace tessera::kernels::ref
