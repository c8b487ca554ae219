#include "engine/scene/fit.h"

#include <algorithm>

namespace tessera::scene {
namespace {

constexpr Px64 kEven = 2 * kPixel;

/// A display aspect ratio, wide : high.
struct Aspect {
  Int128 wide = 1;
  Int128 high = 1;
};

Aspect aspect_of(const PictureShape& p) {
  return {static_cast<Int128>(p.display_width.num) * p.display_height.den,
          static_cast<Int128>(p.display_width.den) * p.display_height.num};
}

/// round(length * num / den) to a whole multiple of `step`, between step and the multiples of it within `limit`.
Px64 scaled(Int128 length, Int128 num, Int128 den, Px64 step, Px64 limit) {
  if (limit < step) return limit;
  const Int128 unit = den * step;
  const Int128 steps = (length * num * 2 + unit) / (unit * 2);
  return static_cast<Px64>(std::clamp<Int128>(steps, 1, limit / step)) * step;
}

Rect64 cover_crop(const PictureShape& picture, const Aspect& aspect, const Rect64& tile) {
  // An even number of 64ths is cut away, so that the crop is centred exactly.
  Rect64 crop{0, 0, picture.width * kPixel, picture.height * kPixel};
  const Int128 picture_side = aspect.wide * tile.h;
  const Int128 tile_side = aspect.high * tile.w;
  if (picture_side > tile_side) {
    crop.w = std::max(scaled(crop.w, tile_side, picture_side, 2, crop.w), kPixel);
    crop.x = (picture.width * kPixel - crop.w) / 2;
  } else {
    crop.h = std::max(scaled(crop.h, picture_side, tile_side, 2, crop.h), kPixel);
    crop.y = (picture.height * kPixel - crop.h) / 2;
  }
  return crop;
}

Rect64 contain_dst(const Aspect& aspect, const Rect64& tile, bool at_rest) {
  Rect64 dst = tile;
  const Px64 step = at_rest ? kEven : 1;
  if (aspect.wide * tile.h > aspect.high * tile.w) {
    dst.h = scaled(tile.w, aspect.high, aspect.wide, step, tile.h);
  } else {
    dst.w = scaled(tile.h, aspect.wide, aspect.high, step, tile.w);
  }
  if (at_rest) {
    dst.w = dst.w >= kEven ? dst.w / kEven * kEven : dst.w;
    dst.h = dst.h >= kEven ? dst.h / kEven * kEven : dst.h;
  }
  dst.x = centred(tile.x, tile.w, dst.w, at_rest);
  dst.y = centred(tile.y, tile.h, dst.h, at_rest);
  return dst;
}

}  // namespace

PictureShape shape_of(const media::VideoFormat& format) {
  const bool swaps = media::swaps_axes(format.orientation);
  return {swaps ? format.height : format.width, swaps ? format.width : format.height, format.display_width(),
          format.display_height()};
}

Px64 centred(Px64 begin, Px64 length, Px64 size, bool at_rest) {
  const Px64 exact = begin + (length - size) / 2;
  if (!at_rest) return exact;
  const Px64 even = exact - ((exact % kEven) + kEven) % kEven;
  if (even >= begin) return even;
  return even + kEven + size <= begin + length ? even + kEven : begin;
}

Fitted fit_into(const PictureShape& picture, spec::CustomRect::Fit fit, const Rect64& tile, bool at_rest) {
  const Rect64 whole{0, 0, picture.width * kPixel, picture.height * kPixel};
  const Aspect aspect = aspect_of(picture);
  switch (fit) {
    case spec::CustomRect::Fit::kFill:
      return {whole, tile};
    case spec::CustomRect::Fit::kCover:
      return {cover_crop(picture, aspect, tile), tile};
    case spec::CustomRect::Fit::kContain:
      return {whole, contain_dst(aspect, tile, at_rest)};
  }
  return {whole, tile};
}

}  // namespace tessera::scene
