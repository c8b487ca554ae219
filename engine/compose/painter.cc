#include "engine/compose/painter.h"

#include <algorithm>

#include "engine/compose/colour.h"

namespace tessera::compose {
namespace {

using media::FrameFormat;
using scene::kPixel;
using scene::Layer;
using scene::Rect64;

Rect64 in_64ths(const Rect& r) { return {r.x * kPixel, r.y * kPixel, r.w * kPixel, r.h * kPixel}; }

Rect whole(const FrameFormat& f) { return {0, 0, f.width, f.height}; }

/// Placeholders are blurred by throwing all detail away: one sample for about 20, then smoothly back up.
constexpr int kBlurReduction = 20;

/// Even length of a dimension reduced, at least 2 and at most what the canvas holds.
int reduced(int length64, int most) {
  const int samples = (length64 / (kPixel * kBlurReduction) + 1) / 2 * 2;
  return std::clamp(samples, 2, std::max(2, most / 2 * 2));
}

int radius_of(const Layer& layer) { return std::clamp(layer.radius, 0, std::min(layer.dst.w, layer.dst.h) / 2); }

/// The rect of that size nearest to a place.
Rect near(const Rect& place, int w, int h, const FrameFormat& canvas) {
  const int x = std::max(0, std::min(place.x, (canvas.width - w) / 2 * 2));
  const int y = std::max(0, std::min(place.y, (canvas.height - h) / 2 * 2));
  return {x, y, std::min(w, canvas.width - x), std::min(h, canvas.height - y)};
}

}  // namespace

bool place_layer(const Layer& layer, const media::FrameRef& picture, const FrameFormat& canvas, PlacedLayer& out) {
  const bool is_colour = layer.source.kind == scene::Source::Kind::kColour;
  if (layer.opacity <= 0 || layer.dst.w <= 0 || layer.dst.h <= 0) return false;
  if (!is_colour && (picture == nullptr || layer.crop.w <= 0 || layer.crop.h <= 0)) return false;
  out.layer = &layer;
  out.picture = is_colour ? nullptr : picture;
  out.rect = touched(layer.dst, canvas.width, canvas.height);
  const bool shines = layer.opacity < scene::kOpaque || (!is_colour && picture->format.has_alpha);
  out.solid = shines ? Rect{} : solid_part(layer.dst, radius_of(layer), canvas.width, canvas.height);
  return !is_empty(out.rect);
}

void Painter::background(const Rect& rect, uint32_t rgb) { fill(canvas_, rect, rgb); }

void Painter::fill(const device::SurfaceRef& to, const Rect& rect, uint32_t rgb) {
  const FrameFormat& f = canvas_->format;
  const std::array<uint16_t, 4> value = kernels::fill_value(rgb, model_of(f.colour), f.depth);
  plan_.add(Stage::kPrepare, device::Fill{to, rect, value});
}

Result<void> Painter::draw(const PlacedLayer& layer) {
  // What lies over another layer is drawn beside and blended like the rest, also where it is opaque: all layers then
  // take the same few batches, however they are stacked.
  const bool over = std::any_of(drawn_.begin(), drawn_.end(), [&](const Rect& r) { return overlaps(r, layer.rect); });
  drawn_.push_back(layer.rect);
  if (over || is_empty(layer.solid) || !(layer.opaque() || is_plain(layer))) return draw_over(layer);
  PlacedLayer part = layer;
  part.rect = layer.solid;
  TESSERA_TRY(draw_directly(part));
  for (const Rect& rim : outside(layer.rect, layer.solid)) {
    if (is_empty(rim)) continue;
    part.rect = rim;
    TESSERA_TRY(draw_over(part));
  }
  return {};
}

/// Whether parts of it can be drawn one by one: a conversion sees a rect's edges, a blur reads what was made for all.
bool Painter::is_plain(const PlacedLayer& layer) const {
  if (layer.picture == nullptr) return true;
  const kernels::ColourModel own = model_of(layer.picture->format.colour);
  return layer.layer->effect != scene::Effect::kBlur && own == model_of(canvas_->format.colour);
}

Result<void> Painter::draw_directly(const PlacedLayer& layer) {
  if (layer.picture != nullptr) return draw_picture(layer, canvas_);
  background(layer.rect, layer.layer->source.rgb);
  return {};
}

/// Draws it beside and blends it.
Result<void> Painter::draw_over(const PlacedLayer& layer) {
  const bool has_alpha = layer.picture != nullptr && layer.picture->format.has_alpha;
  TESSERA_TRY_ASSIGN(const device::SurfaceRef scratch, scratch_.place(layer.rect, has_alpha));
  if (layer.picture == nullptr) {
    fill(scratch, layer.rect, layer.layer->source.rgb);
  } else {
    TESSERA_TRY(draw_picture(layer, scratch));
  }
  return blend(layer, scratch);
}

Result<void> Painter::draw_picture(const PlacedLayer& layer, const device::SurfaceRef& to) {
  const FrameFormat& source = layer.picture->format;
  const kernels::ColourModel from = model_of(source.colour), canvas = model_of(canvas_->format.colour);
  if (from == canvas) return draw_in_own_colours(layer, to);
  TESSERA_TRY_ASSIGN(const device::SurfaceRef own, scratch_.place(layer.rect, source.has_alpha));
  TESSERA_TRY(draw_in_own_colours(layer, own));
  const int depth = canvas_->format.depth;
  plan_.add(Stage::kConvert,
            device::Convert{own, to, layer.rect, kernels::convert_matrix(from, source.depth, canvas, depth)});
  return {};
}

Result<void> Painter::draw_in_own_colours(const PlacedLayer& layer, const device::SurfaceRef& to) {
  TESSERA_TRY_ASSIGN(Picture picture, upright(layer));
  if (layer.layer->effect == scene::Effect::kBlur) {
    TESSERA_TRY_ASSIGN(picture, reduced_to_blur(layer, picture));
    resample(Stage::kScale, picture, layer.layer->dst, layer.rect, to, kernels::Filter::kBSpline);
    return {};
  }
  if (copy_if_same(picture, layer, to)) return {};
  // An overshoot would leave colour beyond an edge, where alpha is clipped.
  const bool has_alpha = picture.frame->format.has_alpha;
  const kernels::Filter filter = has_alpha ? kernels::Filter::kBilinear : scaler_;
  resample(Stage::kScale, picture, layer.layer->dst, layer.rect, to, filter);
  return {};
}

Result<Painter::Picture> Painter::upright(const PlacedLayer& layer) {
  const FrameFormat& coded = layer.picture->format;
  const media::Orientation orientation = layer.layer->orientation;
  if (orientation == 0) return Picture{layer.picture, sites_of(coded), layer.layer->crop};
  if (turned_of_ == layer.layer) return turned_;
  const Turned turn = turned(coded, orientation);
  TESSERA_TRY_ASSIGN(const device::SurfaceRef surface, device_.surface(turn.format));
  Rect needed = touched(layer.layer->crop, turn.format.width, turn.format.height);
  if (is_empty(needed)) needed = whole(turn.format);  // a crop beside the picture shows its edge
  plan_.add(Stage::kPrepare, device::Rotate{layer.picture, surface, needed, orientation});
  turned_of_ = layer.layer;
  turned_ = {surface, turn.sites, layer.layer->crop};
  return turned_;
}

Result<Painter::Picture> Painter::reduced_to_blur(const PlacedLayer& layer, const Picture& picture) {
  const FrameFormat& canvas = canvas_->format;
  const Rect64& dst = layer.layer->dst;
  const Rect rect = near(layer.rect, reduced(dst.w, canvas.width), reduced(dst.h, canvas.height), canvas);
  TESSERA_TRY_ASSIGN(const device::SurfaceRef surface, reduced_.place(rect, picture.frame->format.has_alpha));
  resample(Stage::kReduce, picture, in_64ths(rect), rect, surface, kernels::Filter::kBilinear);
  return Picture{surface, sites_of(canvas), in_64ths(rect)};
}

bool Painter::copy_if_same(const Picture& picture, const PlacedLayer& layer, const device::SurfaceRef& to) {
  const FrameFormat &from = picture.frame->format, &canvas = to->format;
  const Rect64 &crop = picture.crop, &dst = layer.layer->dst;
  const Sites sites = sites_of(canvas);
  const bool same_format = from.depth == canvas.depth && from.chroma_shift_x == canvas.chroma_shift_x &&
                           from.chroma_shift_y == canvas.chroma_shift_y && from.has_alpha == canvas.has_alpha &&
                           picture.sites.x == sites.x && picture.sites.y == sites.y;
  // One that was turned is made in the very step that copies are: it is resampled, to the same samples.
  const bool coded = picture.frame == layer.picture;
  if (!coded || !same_format || crop.w != dst.w || crop.h != dst.h) return false;
  const int dx = crop.x - dst.x, dy = crop.y - dst.y;
  if (dx % (2 * kPixel) != 0 || dy % (2 * kPixel) != 0 || !is_even(dst, canvas.width, canvas.height)) return false;
  const Rect read{layer.rect.x + dx / kPixel, layer.rect.y + dy / kPixel, layer.rect.w, layer.rect.h};
  if (read.x < 0 || read.y < 0 || read.x + read.w > from.width || read.y + read.h > from.height) return false;
  plan_.add(Stage::kPrepare, device::Copy{picture.frame, to, layer.rect, read.x, read.y});
  return true;
}

device::TapsRef Painter::taps(const Picture& picture, const Rect64& dst, const Rect& rect, const FrameFormat& to,
                              bool horizontal, bool chroma, kernels::Filter filter) {
  const FrameFormat& from = picture.frame->format;
  const media::Plane& plane = picture.frame->planes[chroma ? 1 : 0];
  const Sites sites = sites_of(to);
  kernels::AxisSpec s;
  s.filter = filter;
  if (chroma) {
    s.src_shift = horizontal ? from.chroma_shift_x : from.chroma_shift_y;
    s.dst_shift = horizontal ? to.chroma_shift_x : to.chroma_shift_y;
    s.src_site = horizontal ? picture.sites.x : picture.sites.y;
    s.dst_site = horizontal ? sites.x : sites.y;
    s.paired = from.has_alpha && s.src_shift == 0 && s.dst_shift == 1;
  }
  s.crop_start = horizontal ? picture.crop.x : picture.crop.y;
  s.crop_size = horizontal ? picture.crop.w : picture.crop.h;
  s.dst_start = horizontal ? dst.x : dst.y;
  s.dst_size = horizontal ? dst.w : dst.h;
  s.src_samples = horizontal ? plane.width : plane.height;
  const int start = horizontal ? rect.x : rect.y, end = start + (horizontal ? rect.w : rect.h);
  s.first = start >> s.dst_shift;
  s.count = ((end + (1 << s.dst_shift) - 1) >> s.dst_shift) - s.first;
  return kept_.taps.get(s);
}

void Painter::resample(Stage stage, const Picture& picture, const Rect64& dst, const Rect& rect,
                       const device::SurfaceRef& to, kernels::Filter filter) {
  const auto table = [&](bool horizontal, bool chroma) {
    return taps(picture, dst, rect, to->format, horizontal, chroma, filter);
  };
  plan_.add(stage, device::Resample{picture.frame, to, rect, table(true, false), table(false, false), table(true, true),
                                    table(false, true)});
}

Result<void> Painter::blend(const PlacedLayer& layer, const device::SurfaceRef& from) {
  const FrameFormat& f = canvas_->format;
  const Rect64& dst = layer.layer->dst;
  const int grey = 128 << (f.depth - 8);
  device::Blend blend{from,
                      canvas_,
                      nullptr,
                      layer.rect,
                      std::min(layer.layer->opacity, scene::kOpaque),
                      {kernels::black_of(model_of(f.colour), f.depth), grey, grey}};
  if (layer.layer->radius > 0 || !is_even(dst, f.width, f.height)) {
    const kernels::Shape shape{dst.x, dst.y, dst.w, dst.h, radius_of(*layer.layer)};
    TESSERA_TRY_ASSIGN(const MaskBoards::Placed placed, kept_.masks.place(shape, layer.rect));
    if (!placed.drawn) plan_.add(Stage::kPrepare, device::Mask{placed.surface, layer.rect, shape});
    blend.mask = placed.surface;
  }
  plan_.add(Stage::kBlend, std::move(blend));
  return {};
}

void Painter::rendition(const device::SurfaceRef& to) {
  const Picture canvas{canvas_, sites_of(canvas_->format), in_64ths(whole(canvas_->format))};
  resample(Stage::kRenditions, canvas, in_64ths(whole(to->format)), whole(to->format), to, scaler_);
}

void Painter::lay_out(const device::SurfaceRef& from, const device::SurfaceRef& to) {
  plan_.add(Stage::kLayOut, device::Copy{from, to, whole(to->format), 0, 0});
}

}  // namespace tessera::compose
