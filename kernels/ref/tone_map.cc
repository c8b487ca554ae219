#include <array>

#include "kernels/ref/chroma.h"
#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"
#include "kernels/ref/tone.h"

namespace tessera::kernels::ref {
namespace {

template <class T>
void luma_row(const ToneMapParams& p, int y) {
  std::array<int16_t, kChromaPiece + 2> u, v;
  const ChromaRows rows = chroma_rows(p.rect, y);
  T* out = row_of<T>(p.dst, y);
  for (int x0 = p.rect.x; x0 < p.rect.x + p.rect.w; x0 += kChromaPiece) {
    const int count = std::min(kChromaPiece, p.rect.x + p.rect.w - x0);
    chroma_at_luma<uint16_t>(u.data(), p.u, p.rect, rows, x0, count, kToneGrey);
    chroma_at_luma<uint16_t>(v.data(), p.v, p.rect, rows, x0, count, kToneGrey);
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<size_t>(i);
      const int luma = sample_at<uint16_t>(p.y, x0 + i, y) - kToneBlack;
      out[x0 + i] = static_cast<T>(tone_sample(p.table, tone_row(0), luma, u[at], v[at], p.dst.depth));
    }
  }
}

template <class T>
void chroma_row(const ToneMapParams& p, int y) {
  T* out = row_of<T>(p.dst, y);
  const int bottom = std::min(2 * y + 1, p.y.height - 1);
  for (int x = p.rect.x; x < p.rect.x + p.rect.w; ++x) {
    const int luma = (sample_at<uint16_t>(p.y, 2 * x, 2 * y) + sample_at<uint16_t>(p.y, 2 * x, bottom) + 1) >> 1;
    const int u8 = 8 * (sample_at<uint16_t>(p.u, x, y) - kToneGrey),
              v8 = 8 * (sample_at<uint16_t>(p.v, x, y) - kToneGrey);
    out[x] = static_cast<T>(tone_sample(p.table, tone_row(p.plane), luma - kToneBlack, u8, v8, p.dst.depth));
  }
}

}  // namespace

void tone_map(const ToneMapParams& p, int row0, int row1) {
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
