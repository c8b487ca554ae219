#include "kernels/ref/convert.h"

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {
namespace {

/// Eight times the chroma at luma sample (x, y), chroma being co-sited horizontally and centred vertically. Reads no
/// chroma from outside the rect: what is there need not be part of the picture.
template <class T>
int chroma_at_luma(const ConstPlane& c, const Rect& luma, int x, int y, int grey) {
  const int left = x >> 1, right = std::min((x + 1) >> 1, (luma.x + luma.w - 1) >> 1);
  const int near = y >> 1;
  const int far = std::clamp((y & 1) != 0 ? near + 1 : near - 1, luma.y >> 1, (luma.y + luma.h - 1) >> 1);
  const int near_sum = sample_at<T>(c, left, near) + sample_at<T>(c, right, near);
  const int far_sum = sample_at<T>(c, left, far) + sample_at<T>(c, right, far);
  return 3 * near_sum + far_sum - 8 * grey;
}

template <class T>
void luma_row(const ConvertParams& p, int y) {
  const int max = max_of(p.dst.depth);
  T* out = row_of<T>(p.dst, y);
  for (int x = p.rect.x; x < p.rect.x + p.rect.w; ++x) {
    out[x] = static_cast<T>(convert_luma(p.matrix, sample_at<T>(p.y, x, y),
                                         chroma_at_luma<T>(p.u, p.rect, x, y, p.matrix.grey),
                                         chroma_at_luma<T>(p.v, p.rect, x, y, p.matrix.grey), max));
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
