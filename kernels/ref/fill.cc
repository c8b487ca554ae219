#include <algorithm>

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {

void fill(const FillParams& p, int row0, int row1) {
  with_sample(p.dst.depth, [&](auto sample) {
    using T = decltype(sample);
    for (int y = row0; y < row1; ++y) {
      std::fill_n(row_of<T>(p.dst, p.rect.y + y) + p.rect.x, p.rect.w, static_cast<T>(p.value));
    }
  });
}

}  // namespace tessera::kernels::ref
