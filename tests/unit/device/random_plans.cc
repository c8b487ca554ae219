#include "random_plans.h"

#include <algorithm>
#include <cstring>

namespace tessera::device {
namespace {

using media::FrameFormat;
using media::FrameRef;

int sample(const media::Plane& p, const FrameFormat& f, int x, int y) {
  const uint8_t* row = p.data + y * p.stride;
  const ptrdiff_t at = static_cast<ptrdiff_t>(x) * p.step;
  return f.depth > 8 ? reinterpret_cast<const uint16_t*>(row)[at] >> f.msb_shift : row[at];
}

void fill_noise(media::Frame& frame, std::mt19937& random) {
  const FrameFormat& f = frame.format;
  // Some planes of extremes, where sums are largest.
  const bool extreme = random() % 4 == 0;
  const uint32_t max = (1u << f.depth) - 1;
  for (const media::Plane& p : frame.planes) {
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        const auto bits = static_cast<uint32_t>(random());
        const uint32_t v = extreme ? (bits & 64) != 0 ? max : 0 : bits >> 8 & max;
        uint8_t* row = p.data + y * p.stride;
        const ptrdiff_t at = static_cast<ptrdiff_t>(x) * p.step;
        if (f.depth > 8) {
          reinterpret_cast<uint16_t*>(row)[at] = static_cast<uint16_t>(v << f.msb_shift);
        } else {
          row[at] = static_cast<uint8_t>(v);
        }
      }
    }
  }
}

int even(int v) { return v / 2 * 2; }

}  // namespace

std::string difference(const media::Frame& want, const media::Frame& got) {
  for (size_t i = 0; i < want.planes.size(); ++i) {
    const media::Plane &a = want.planes[i], &b = got.planes[i];
    if (a.width != b.width || a.height != b.height) return "plane " + std::to_string(i) + " has another size";
    for (int y = 0; y < a.height; ++y) {
      for (int x = 0; x < a.width; ++x) {
        const int v = sample(a, want.format, x, y), w = sample(b, got.format, x, y);
        if (v != w) {
          return "plane " + std::to_string(i) + " at " + std::to_string(x) + "," + std::to_string(y) + " of " +
                 std::to_string(a.width) + "x" + std::to_string(a.height) + ": " + std::to_string(w) + ", want " +
                 std::to_string(v);
        }
      }
    }
  }
  return "";
}

RandomShow::RandomShow(uint32_t seed) : random_(seed), seed_(seed) {
  depth_ = chance(50) ? 8 : 10;
  width_ = chance(15) ? pick(1, 12) : pick(13, 420);
  height_ = chance(15) ? pick(1, 12) : pick(13, 420);
}

std::string RandomShow::describe() const {
  return "seed " + std::to_string(seed_) + ": " + std::to_string(width_) + "x" + std::to_string(height_) + ", " +
         std::to_string(depth_) + " bit";
}

FrameRef RandomShow::noise(const FrameFormat& format) {
  auto frame = media::allocate_frame(format).value();
  fill_noise(*frame, random_);
  return frame;
}

FrameRef RandomShow::source(bool alpha) {
  FrameFormat f = media::canvas_format(pick(1, 300), pick(1, 300), chance(50) ? 8 : 10);
  f.chroma_shift_x = chance(70) ? 1 : 0;
  f.chroma_shift_y = f.chroma_shift_x == 1 && chance(80) ? 1 : 0;
  f.has_alpha = alpha;
  if (!alpha && chance(40)) {
    f.semi_planar = true;
    f.msb_shift = f.depth > 8 && chance(60) ? 6 : 0;
  }
  return noise(f);
}

/// On the chroma grid, not empty.
Rect RandomShow::rect_in(int width, int height) {
  const int x = even(pick(0, width - 1)), y = even(pick(0, height - 1));
  int w = pick(1, width - x), h = pick(1, height - y);
  if (w % 2 != 0 && x + w != width) ++w;
  if (h % 2 != 0 && y + h != height) ++h;
  return {x, y, w, h};
}

/// Rects that do not overlap, side by side and one over the other.
std::vector<Rect> RandomShow::tiles_in(int width, int height) {
  std::vector<Rect> tiles;
  for (int x = 0; x < width;) {
    const int end = width - x < 8 ? width : std::min(width, x + even(pick(2, width)) + 2);
    for (int y = 0; y < height;) {
      const int bottom = height - y < 8 ? height : std::min(height, y + even(pick(2, height)) + 2);
      if (chance(80)) tiles.push_back({x, y, end - x, bottom - y});
      y = bottom;
    }
    x = end;
  }
  if (tiles.empty()) tiles.push_back({0, 0, width, height});
  return tiles;
}

TapsRef RandomShow::taps(const media::Frame& from, int crop, int crop_size, int dst, int dst_size, int first, int end,
                         bool horizontal, bool chroma, kernels::Filter filter) {
  const FrameFormat& f = from.format;
  kernels::AxisSpec s;
  s.crop_start = crop;
  s.crop_size = crop_size;
  s.dst_start = dst;
  s.dst_size = dst_size;
  s.filter = filter;
  const media::Plane& plane = from.planes[chroma ? 1 : 0];
  s.src_samples = horizontal ? plane.width : plane.height;
  if (chroma) {
    s.src_shift = horizontal ? f.chroma_shift_x : f.chroma_shift_y;
    s.dst_shift = 1;
    s.src_site = s.src_shift == 0 || horizontal ? 32 : 64;
    s.dst_site = horizontal ? 32 : 64;
  }
  s.first = first >> s.dst_shift;
  s.count = ((end + (1 << s.dst_shift) - 1) >> s.dst_shift) - s.first;
  return std::make_shared<const kernels::Taps>(kernels::make_taps(s));
}

Resample RandomShow::resample(const FrameRef& from, const SurfaceRef& to, const Rect& rect) {
  const FrameFormat& f = from->format;
  const auto filter = static_cast<kernels::Filter>(pick(0, 2));
  const auto crop = [&](int length) {
    const int begin = chance(50) ? 0 : pick(0, length * 32);
    return std::pair(begin, chance(50) ? length * 64 - begin : pick(1, length * 64 - begin));
  };
  const auto [cx, cw] = crop(f.width);
  const auto [cy, ch] = crop(f.height);
  const auto place = [&](int at, int size) {
    return chance(50) ? std::pair(at * 64, size * 64) : std::pair(at * 64 - pick(0, 300), size * 64 + pick(1, 900));
  };
  const auto [dx, dw] = place(rect.x, rect.w);
  const auto [dy, dh] = place(rect.y, rect.h);
  const auto axis = [&](bool horizontal, bool chroma) {
    return horizontal ? taps(*from, cx, cw, dx, dw, rect.x, rect.x + rect.w, true, chroma, filter)
                      : taps(*from, cy, ch, dy, dh, rect.y, rect.y + rect.h, false, chroma, filter);
  };
  return {from, to, rect, axis(true, false), axis(false, false), axis(true, true), axis(false, true)};
}

Batch RandomShow::moves() {
  Batch batch;
  const auto value = [&] { return static_cast<uint16_t>(pick(0, (1 << depth_) - 1)); };
  for (const Rect& rect : tiles_in(width_, height_)) {
    batch.operations.emplace_back(Fill{canvas_, rect, {value(), value(), value(), 0}});
  }
  const FrameRef picture = source(false);
  FrameFormat turned = picture->format;
  const auto orientation = static_cast<media::Orientation>(pick(0, 7));
  if (media::swaps_axes(orientation)) {
    std::swap(turned.width, turned.height);
    std::swap(turned.chroma_shift_x, turned.chroma_shift_y);
  }
  turned.semi_planar = false;
  turned.msb_shift = 0;
  const SurfaceRef upright = device_->surface(turned).value();
  batch.operations.emplace_back(Rotate{picture, upright, {0, 0, turned.width, turned.height}, orientation});
  written_.push_back(upright);

  const FrameRef still = noise(media::canvas_format(pick(1, 200) + width_, pick(1, 200) + height_, depth_));
  for (const Rect& rect : tiles_in(width_, height_)) {
    const int dx = even(pick(0, still->format.width - width_)), dy = even(pick(0, still->format.height - height_));
    batch.operations.emplace_back(Copy{still, other_, rect, rect.x + dx, rect.y + dy});
  }
  for (const Rect& rect : tiles_in(width_, height_)) {
    kernels::Shape shape{pick(-2000, width_ * 64), pick(-2000, height_ * 64), pick(1, width_ * 64 + 3000),
                         pick(1, height_ * 64 + 3000), 0};
    shape.radius = pick(0, std::min(shape.w, shape.h) / 2);
    batch.operations.emplace_back(Mask{mask_, rect, shape});
  }
  return batch;
}

Batch RandomShow::resamples() {
  Batch batch;
  for (const Rect& rect : tiles_in(width_, height_))
    batch.operations.emplace_back(resample(source(false), canvas_, rect));
  for (const Rect& rect : tiles_in(width_, height_))
    batch.operations.emplace_back(resample(source(true), layer_, rect));
  return batch;
}

Batch RandomShow::blends() {
  Batch batch;
  const int grey = 128 << (depth_ - 8), black = 16 << (depth_ - 8);
  for (int i = pick(1, 6); i > 0; --i) {
    const bool with_layer = chance(60);
    batch.operations.emplace_back(Blend{with_layer ? layer_ : other_,
                                        canvas_,
                                        chance(50) ? mask_ : nullptr,
                                        rect_in(width_, height_),
                                        chance(40) ? 1024 : pick(0, 1024),
                                        {black, grey, grey}});
  }
  return batch;
}

Result<std::vector<FrameRef>> RandomShow::run(Device& device) {
  device_ = &device;
  random_.seed(seed_);
  written_.clear();
  FrameFormat canvas = media::canvas_format(width_, height_, depth_), with_alpha = canvas;
  with_alpha.has_alpha = true;
  const auto prepared = [&](const FrameFormat& format, FramePlan& plan) {
    const SurfaceRef surface = device.surface(format).value();
    plan.batches.front().operations.emplace_back(
        Copy{noise(format), surface, {0, 0, format.width, format.height}, 0, 0});
    written_.push_back(surface);
    return surface;
  };
  FramePlan setup;
  setup.batches.emplace_back();
  canvas_ = prepared(canvas, setup);
  other_ = prepared(canvas, setup);
  result_ = prepared(canvas, setup);
  layer_ = prepared(with_alpha, setup);
  mask_ = prepared(media::canvas_format(width_, height_, 8), setup);
  TESSERA_TRY(device.execute(setup));

  FramePlan plan;
  plan.batches.push_back(moves());
  plan.batches.push_back(resamples());
  plan.batches.push_back(blends());
  kernels::ConvertMatrix matrix{pick(9000, 20000), pick(-4000, 4000), pick(-4000, 4000), pick(14000, 18000),
                                pick(-2000, 2000), pick(-2000, 2000), pick(14000, 18000)};
  matrix.src_black = chance(50) ? 0 : 16 << (depth_ - 8);
  matrix.dst_black = 16 << (depth_ - 8);
  matrix.grey = 128 << (depth_ - 8);
  plan.batches.push_back({{Convert{canvas_, result_, rect_in(width_, height_), matrix}}});
  Batch ladder;
  for (int i = pick(1, 3); i > 0; --i) {
    const SurfaceRef rendition = device.surface(media::canvas_format(pick(1, 300), pick(1, 300), depth_)).value();
    const Rect whole{0, 0, rendition->format.width, rendition->format.height};
    ladder.operations.emplace_back(resample(result_, rendition, whole));
    written_.push_back(rendition);
  }
  plan.batches.push_back(std::move(ladder));
  plan.results = {canvas_, result_, written_.back()};
  TESSERA_TRY(device.execute(plan));

  std::vector<FrameRef> frames;
  for (const SurfaceRef& surface : written_) {
    TESSERA_TRY_ASSIGN(FrameRef frame, device.download(surface));
    frames.push_back(std::move(frame));
  }
  return frames;
}

TapsRef taps(int from, int to) {
  kernels::AxisSpec s;
  s.crop_size = from * 64;
  s.dst_size = to * 64;
  s.src_samples = from;
  s.count = to;
  return std::make_shared<const kernels::Taps>(kernels::make_taps(s));
}

}  // namespace tessera::device
