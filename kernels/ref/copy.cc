#include <algorithm>

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {

void copy(const CopyParams& p, int row0, int row1) {
  with_sample(p.dst.depth, [&](auto sample) {
    using T = decltype(sample);
    for (int y = row0; y < row1; ++y) {
      T* out = row_of<T>(p.dst, p.rect.y + y) + static_cast<ptrdiff_t>(p.rect.x) * p.dst.step;
      const T* in = row_of<T>(p.src, p.src_y + y) + static_cast<ptrdiff_t>(p.src_x) * p.src.step;
      if (p.src.step == 1 && p.dst.step == 1 && p.src.msb_shift == p.dst.msb_shift) {
        std::copy_n(in, p.rect.w, out);
        continue;
      }
      for (ptrdiff_t x = 0; x < p.rect.w; ++x) {
        out[x * p.dst.step] = static_cast<T>(in[x * p.src.step] >> p.src.msb_shift << p.dst.msb_shift);
      }
    }
  });
}

}  // namespace tessera::kernels::ref
