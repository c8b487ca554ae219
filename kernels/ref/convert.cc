#include "kernels/ref/convert.h"

#include <array>

#include "kernels/ref/chroma.h"
#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {
namespace {

template <class T, int kMax>
void luma_piece(T* __restrict out, const T* __restrict in, const ConstPlane& plane, const int16_t* __restrict u,
                const int16_t* __restrict v, int count, const ConvertMatrix& matrix) {
  // Coefficients are below 2, so 16 bits hold them and the products are of 16 bits by 16.
  const auto y_y = static_cast<int16_t>(matrix.y_y), y_u = static_cast<int16_t>(matrix.y_u),
             y_v = static_cast<int16_t>(matrix.y_v);
  const auto src_black = static_cast<int16_t>(matrix.src_black);
  const int step = plane.step, shift = plane.msb_shift, dst_black = matrix.dst_black;
  if (step == 1 && shift == 0) {
    for (int x = 0; x < count; ++x) {
      const auto y = static_cast<int16_t>(in[x] - src_black);
      out[x] = static_cast<T>(convert_luma(y_y, y_u, y_v, y, u[x], v[x], dst_black, kMax));
    }
    return;
  }
  for (int x = 0; x < count; ++x) {
    const auto y = static_cast<int16_t>((in[static_cast<ptrdiff_t>(x) * step] >> shift) - src_black);
    out[x] = static_cast<T>(convert_luma(y_y, y_u, y_v, y, u[x], v[x], dst_black, kMax));
  }
}

template <class T>
void luma_row(const ConvertParams& p, int y) {
  constexpr int kMax = sizeof(T) == 1 ? 255 : 1023;
  std::array<int16_t, kChromaPiece + 2> u, v;
  const ChromaRows rows = chroma_rows(p.rect, y);
  for (int x = p.rect.x; x < p.rect.x + p.rect.w; x += kChromaPiece) {
    const int count = std::min(kChromaPiece, p.rect.x + p.rect.w - x);
    chroma_at_luma<T>(u.data(), p.u, p.rect, rows, x, count, p.matrix.grey);
    chroma_at_luma<T>(v.data(), p.v, p.rect, rows, x, count, p.matrix.grey);
    luma_piece<T, kMax>(row_of<T>(p.dst, y) + x, row_of<T>(p.y, y) + static_cast<ptrdiff_t>(x) * p.y.step, p.y,
                        u.data(), v.data(), count, p.matrix);
  }
}

template <class T>
void chroma_row(const ConvertParams& p, int y) {
  const bool is_u = p.plane == 1;
  const ConstPlane &own = is_u ? p.u : p.v, &other = is_u ? p.v : p.u;
  const int c_own = is_u ? p.matrix.u_u : p.matrix.v_v, c_other = is_u ? p.matrix.u_v : p.matrix.v_u;
  const int max = max_of(p.dst.depth), grey = p.matrix.grey;
  T* out = row_of<T>(p.dst, y);
  for (int x = p.rect.x; x < p.rect.x + p.rect.w; ++x) {
    out[x] = static_cast<T>(
        convert_chroma(sample_at<T>(own, x, y) - grey, sample_at<T>(other, x, y) - grey, c_own, c_other, grey, max));
  }
}

}  // namespace

void convert(const ConvertParams& p, int row0, int row1) {
  with_sample(p.dst.depth, [&](auto sample) {
    using T = decltype(sample);
    for (int y = p.rect.y + row0; y < p.rect.y + row1; ++y) {
      if (p.plane == 0) {
        luma_row<T>(p, y);
      } else {
        chroma_row<T>(p, y);
      }
    }
  });
}

}  // namespace tessera::kernels::ref
