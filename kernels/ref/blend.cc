#include "kernels/ref/blend.h"

#include <array>

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {
namespace {

// Rows are worked off in pieces whose alphas and weights fit on the stack.
constexpr int kPiece = 512;

struct Piece {
  std::array<uint16_t, kPiece> src, alpha, weight;
};

template <class T>
void load(uint16_t* out, const ConstPlane& plane, int x0, int y, int count) {
  const T* in = row_of<T>(plane, y) + static_cast<ptrdiff_t>(x0) * plane.step;
  for (int x = 0; x < count; ++x)
    out[x] = static_cast<uint16_t>(in[static_cast<ptrdiff_t>(x) * plane.step] >> plane.msb_shift);
}

template <class T>
void load_chroma_alpha(uint16_t* out, const ConstPlane& plane, int x0, int y, int count) {
  const int top = std::min(2 * y, plane.height - 1), bottom = std::min(2 * y + 1, plane.height - 1);
  for (int x = 0; x < count; ++x) {
    const int left = std::min(2 * (x0 + x), plane.width - 1), right = std::min(2 * (x0 + x) + 1, plane.width - 1);
    const int sum = sample_at<T>(plane, left, top) + sample_at<T>(plane, right, top) +
                    sample_at<T>(plane, left, bottom) + sample_at<T>(plane, right, bottom);
    out[x] = static_cast<uint16_t>((sum + 2) >> 2);
  }
}

template <class T, int kDepth>
void blend_piece(const BlendParams& p, int x0, int y, int count, Piece& piece) {
  load<T>(piece.src.data(), p.src, x0, y, count);
  if (p.alpha.data == nullptr) {
    std::fill_n(piece.alpha.data(), count, static_cast<uint16_t>(max_of(kDepth)));
  } else if (p.chroma) {
    load_chroma_alpha<T>(piece.alpha.data(), p.alpha, x0, y, count);
  } else {
    load<T>(piece.alpha.data(), p.alpha, x0, y, count);
  }
  const auto opacity = static_cast<uint32_t>(p.opacity);
  if (p.mask.data == nullptr) {
    std::fill_n(piece.weight.data(), count, static_cast<uint16_t>(weight_of<kDepth>(opacity, 255)));
  } else {
    const uint8_t* coverage = row_of<uint8_t>(p.mask, y) + x0;
    for (int x = 0; x < count; ++x)
      piece.weight[static_cast<size_t>(x)] = static_cast<uint16_t>(weight_of<kDepth>(opacity, coverage[x]));
  }
  T* out = row_of<T>(p.dst, y) + x0;
  const auto offset = static_cast<uint32_t>(p.offset);
  const uint16_t *src = piece.src.data(), *alpha = piece.alpha.data(), *weight = piece.weight.data();
  for (int x = 0; x < count; ++x)
    out[x] = static_cast<T>(blend_sample<kDepth>(src[x], alpha[x], weight[x], out[x], offset));
}

template <class T, int kDepth>
void blend_rows(const BlendParams& p, int row0, int row1) {
  Piece piece;
  for (int y = p.rect.y + row0; y < p.rect.y + row1; ++y) {
    for (int x = 0; x < p.rect.w; x += kPiece) {
      blend_piece<T, kDepth>(p, p.rect.x + x, y, std::min(kPiece, p.rect.w - x), piece);
    }
  }
}

}  // namespace

void blend(const BlendParams& p, int row0, int row1) {
  if (p.dst.depth > 8) {
    blend_rows<uint16_t, 10>(p, row0, row1);
  } else {
    blend_rows<uint8_t, 8>(p, row0, row1);
  }
}

}  // namespace tessera::kernels::ref
