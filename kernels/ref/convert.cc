#include "kernels/ref/convert.h"

#include <array>

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {
namespace {

// Luma samples worked off at a time: their chroma fits on the stack.
constexpr int kPiece = 512;

/// The two chroma rows a luma row lies between, kept to the rect: what is outside need not be part of the picture.
struct Rows {
  int near, far;
};

Rows rows_of(const Rect& luma, int y) {
  const int far = (y & 1) != 0 ? (y >> 1) + 1 : (y >> 1) - 1;
  return {y >> 1, std::clamp(far, luma.y >> 1, (luma.y + luma.h - 1) >> 1)};
}

/// Eight times the chroma, its zero taken off, at `count` luma samples from x0 (even): chroma is co-sited horizontally
/// and centred vertically.
template <class T>
void chroma_at_luma(int16_t* __restrict out, const ConstPlane& c, const Rect& luma, Rows rows, int x0, int count,
                    int grey) {
  std::array<int16_t, kPiece / 2 + 1> sums;
  const int first = x0 >> 1, last = (luma.x + luma.w - 1) >> 1, pairs = (count + 1) / 2;
  const T *near = row_of<T>(c, rows.near), *far = row_of<T>(c, rows.far);
  for (int i = 0; i <= pairs; ++i) {
    const ptrdiff_t at = static_cast<ptrdiff_t>(std::min(first + i, last)) * c.step;
    const int sum = 3 * ((near[at] >> c.msb_shift) - grey) + ((far[at] >> c.msb_shift) - grey);
    sums[static_cast<size_t>(i)] = static_cast<int16_t>(sum);
  }
  const int16_t* __restrict s = sums.data();
  for (int i = 0; i < pairs; ++i) {
    out[2 * i] = static_cast<int16_t>(2 * s[i]);
    out[2 * i + 1] = static_cast<int16_t>(s[i] + s[i + 1]);
  }
}

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
  std::array<int16_t, kPiece + 2> u, v;
  const Rows rows = rows_of(p.rect, y);
  for (int x = p.rect.x; x < p.rect.x + p.rect.w; x += kPiece) {
    const int count = std::min(kPiece, p.rect.x + p.rect.w - x);
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
