#include <algorithm>

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {

void copy(const CopyParams& p, int row0, int row1) {
  with_sample(p.dst.depth, [&](auto sample) {
    using T = decltype(sample);
    for (int y = row0; y < row1; ++y) {
      T* out = row_of<T>(p.dst, p.rect.y + y) + p.rect.x;
      const T* in = row_of<T>(p.src, p.src_y + y) + static_cast<ptrdiff_t>(p.src_x) * p.src.step;
      if (p.src.step == 1 && p.src.msb_shift == 0) {
        std::copy_n(in, p.rect.w, out);
        continue;
      }
      for (int x = 0; x < p.rect.w; ++x)
        out[x] = static_cast<T>(in[static_cast<ptrdiff_t>(x) * p.src.step] >> p.src.msb_shift);
    }
  });
}

}  // namespace tessera::kernels::ref
