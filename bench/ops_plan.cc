#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <string>

#include "bench/ops_cases.h"
#include "engine/compose/compositor.h"
#include "engine/device/device.h"

namespace tessera::bench {
namespace {

constexpr int kCanvasWidth = 1080, kCanvasHeight = 1920;

/// A picture with soft noise in every plane.
media::FrameRef picture(const media::FrameFormat& format, uint32_t seed) {
  auto frame = media::allocate_frame(format).value();
  std::minstd_rand random(seed);
  for (media::Plane& plane : frame->planes) {
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x)
        plane.data[y * plane.stride + x] = static_cast<uint8_t>(random() >> 16 & 127);
    }
  }
  return frame;
}

scene::Rect64 pixels(int x, int y, int w, int h) {
  return {x * scene::kPixel, y * scene::kPixel, w * scene::kPixel, h * scene::kPixel};
}

struct Show {
  scene::DrawList list{kCanvasWidth, kCanvasHeight, 0x101014, {}};
  std::vector<media::FrameRef> pictures;

  void add(const scene::Rect64& dst, scene::Source::Kind kind, media::FrameRef shown, scene::Px64 radius) {
    scene::Layer layer;
    layer.source.kind = kind;
    layer.crop = pixels(0, 0, shown->format.width, shown->format.height);
    layer.dst = dst;
    layer.radius = radius;
    list.layers.push_back(layer);
    pictures.push_back(std::move(shown));
  }
};

/// 2, 4 or 8 guests whose tiles fill the canvas, each tile 3/4 of its source either way, so that however many there are
/// the samples are as many; with `dressed`, rounded corners and an overlay with alpha over them.
Show guests(int number, bool dressed) {
  const int columns = number > 2 ? 2 : 1, w = kCanvasWidth / columns, h = kCanvasHeight * columns / number;
  Show show;
  for (int i = 0; i < number; ++i) {
    show.add(pixels(i % columns * w, i / columns * h, w, h), scene::Source::Kind::kTake,
             picture(media::canvas_format(w * 4 / 3, h * 4 / 3, 8), static_cast<uint32_t>(i) + 1),
             dressed ? 24 * scene::kPixel : 0);
  }
  if (dressed) {
    media::FrameFormat overlay = media::canvas_format(400, 400, 8);
    overlay.chroma_shift_x = overlay.chroma_shift_y = 0;  // as pictures with alpha are kept
    overlay.has_alpha = true;
    show.add(pixels(340, 760, 400, 400), scene::Source::Kind::kImage, picture(overlay, 9), 0);
  }
  return show;
}

struct Plan {
  const char* name;
  kernels::Filter filter;
  int guests;
  bool dressed, ladder;
  int depth;
};

void run_plan(benchmark::State& state, const Plan& plan, const std::string& level) {
  const auto device = device::create_device("cpu", {level}).value();
  compose::ComposeSettings settings{media::canvas_format(kCanvasWidth, kCanvasHeight, plan.depth), {}, plan.filter};
  if (plan.ladder) settings.renditions = {{1080, 1920}, {720, 1280}, {540, 960}, {360, 640}};
  const auto compositor = compose::Compositor::create(*device, settings).value();
  const Show show = guests(plan.guests, plan.dressed);
  for (int i = 0; i < 2; ++i) benchmark::DoNotOptimize(compositor->compose(show.list, show.pictures).value());
  const int64_t before = device->counters().allocations;
  for (auto _ : state) benchmark::DoNotOptimize(compositor->compose(show.list, show.pictures).value());
  state.counters["allocations"] = static_cast<double>(device->counters().allocations - before);
}

}  // namespace

void register_plans() {
  using enum kernels::Filter;
  const Plan plans[] = {{"plan/two-guests", kLanczos3, 2, false, false, 8},
                        {"plan/four-guests", kLanczos3, 4, false, false, 8},
                        {"plan/eight-guests", kLanczos3, 8, false, false, 8},
                        {"plan/four-guests-ladder", kLanczos3, 4, false, true, 8},
                        {"plan/four-guests-ladder", kLanczos3, 4, false, true, 10},
                        {"plan/four-guests-ladder-bicubic", kCatmullRom, 4, false, true, 8},
                        {"plan/four-guests-dressed-ladder", kLanczos3, 4, true, true, 8},
                        {"plan/four-guests-dressed-ladder", kLanczos3, 4, true, true, 10}};
  for (const Plan& plan : plans) {
    for (const std::string& level : device::simd_levels()) {
      const std::string name = std::string(plan.name) + "/" + std::to_string(plan.depth) + "bit/" + level;
      benchmark::RegisterBenchmark(name.c_str(), run_plan, plan, level)->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace tessera::bench
