#include "engine/compose/compositor.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "engine/compose/colour.h"
#include "engine/compose/painter.h"

namespace tessera::compose {
namespace {

using media::FrameFormat;

std::string size_text(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

/// A canvas is what media::canvas_format() makes, in any SDR colour.
Result<void> check_settings(const ComposeSettings& settings, const device::Limits& limits) {
  const FrameFormat& canvas = settings.canvas;
  FrameFormat plain = media::canvas_format(canvas.width, canvas.height, canvas.depth);
  plain.colour = canvas.colour;
  if (!(canvas == plain) || canvas.colour.transfer != media::Transfer::kSdr ||
      (canvas.depth != 8 && canvas.depth != 10)) {
    return fail(Errc::kInternal, "compose.create", "the canvas is not planar 4:2:0, left-sited, SDR, of 8 or 10 bits");
  }
  if (canvas.depth == 10 && !limits.depth10)
    return fail(Errc::kDevice, "compose.create", "this device has no 10 bit surfaces");
  const auto in_limits = [&](int side) { return side >= 2 && side <= limits.max_side; };
  if (!in_limits(canvas.width) || !in_limits(canvas.height)) {
    return fail(
        Errc::kLimit, "compose.create",
        "canvas " + size_text(canvas.width, canvas.height) + ": want sides of 2 to " + std::to_string(limits.max_side));
  }
  for (const RenditionSize& r : settings.renditions) {
    if (in_limits(r.width) && in_limits(r.height) && r.width % 2 == 0 && r.height % 2 == 0) continue;
    return fail(
        Errc::kLimit, "compose.create",
        "rendition " + size_text(r.width, r.height) + ": want even sides of 2 to " + std::to_string(limits.max_side));
  }
  return {};
}

/// Positions far outside any canvas would overflow the arithmetic of phases.
Result<void> check_layer(const scene::Layer& layer) {
  constexpr int kFar = 1 << 22;
  for (const scene::Rect64& r : {layer.dst, layer.crop}) {
    for (const int v : {r.x, r.y, r.w, r.h}) {
      if (v < -kFar || v > kFar) {
        return fail(Errc::kBadInput, "compose.layer",
                    "a position of " + std::to_string(v / scene::kPixel) + " pixels: want at most " +
                        std::to_string(kFar / scene::kPixel));
      }
    }
  }
  return {};
}

class CompositorImpl final : public Compositor {
 public:
  CompositorImpl(device::Device& device, const ComposeSettings& settings)
      : device_(device), settings_(settings), kept_{{}, {device, settings.canvas.width, settings.canvas.height}} {}

  Result<ComposedFrame> compose(const scene::DrawList& list, std::span<const media::FrameRef> pictures) override {
    const FrameFormat& f = settings_.canvas;
    if (list.canvas_width != f.width || list.canvas_height != f.height || pictures.size() != list.layers.size()) {
      return fail(Errc::kInternal, "compose",
                  "a draw list for " + size_text(list.canvas_width, list.canvas_height) + " with " +
                      std::to_string(pictures.size()) + " pictures for " + std::to_string(list.layers.size()) +
                      " layers: want " + size_text(f.width, f.height) + " and one picture a layer");
    }
    kept_.masks.begin_frame();
    Result<ComposedFrame> frame = compose_checked(list, pictures);
    if (!frame) kept_.masks.forget();
    return frame;
  }

 private:
  Result<ComposedFrame> compose_checked(const scene::DrawList& list, std::span<const media::FrameRef> pictures) {
    TESSERA_TRY_ASSIGN(const device::SurfaceRef canvas, device_.surface(settings_.canvas));
    Painter painter(device_, kept_, canvas, settings_.scaler);
    TESSERA_TRY(paint(list, pictures, painter));
    ComposedFrame frame{canvas, {}};
    for (const RenditionSize& size : settings_.renditions) {
      TESSERA_TRY_ASSIGN(auto rendition, rendition_of(canvas, size, painter));
      frame.renditions.push_back(std::move(rendition));
    }
    device::FramePlan plan = painter.take();
    plan.results = results_of(frame);
    TESSERA_TRY(device_.execute(plan));
    return frame;
  }

  Result<device::SurfaceRef> rendition_of(const device::SurfaceRef& canvas, const RenditionSize& size,
                                          Painter& painter) {
    device::SurfaceRef rendition = canvas;
    FrameFormat format = settings_.canvas;
    if (size.width != format.width || size.height != format.height) {
      format.width = size.width;
      format.height = size.height;
      TESSERA_TRY_ASSIGN(rendition, device_.surface(format));
      painter.rendition(rendition);
    }
    if (!size.stays || format.depth == 8) return rendition;
    constexpr uint8_t kP010Shift = 6;
    format.semi_planar = true;
    format.msb_shift = kP010Shift;
    TESSERA_TRY_ASSIGN(const device::SurfaceRef laid_out, device_.surface(format));
    painter.lay_out(rendition, laid_out);
    return laid_out;
  }

  /// What will be downloaded, each once.
  std::vector<media::FrameRef> results_of(const ComposedFrame& frame) const {
    std::vector<media::FrameRef> results;
    for (size_t i = 0; i < frame.renditions.size(); ++i) {
      if (!settings_.renditions[i].stays) results.push_back(frame.renditions[i]);
    }
    const bool has_canvas = std::find(results.begin(), results.end(), frame.canvas) != results.end();
    if (!settings_.canvas_stays && !has_canvas) results.push_back(frame.canvas);
    return results;
  }

  Result<void> paint(const scene::DrawList& list, std::span<const media::FrameRef> pictures, Painter& painter) {
    Uncovered uncovered(settings_.canvas.width, settings_.canvas.height);
    std::vector<PlacedLayer> seen;  // front to back
    for (size_t i = list.layers.size(); i-- > 0;) {
      PlacedLayer placed;
      TESSERA_TRY(check_layer(list.layers[i]));
      if (!place_layer(list.layers[i], pictures[i], settings_.canvas, placed)) continue;
      if (placed.picture != nullptr) TESSERA_TRY(check_shown(placed.picture->format.colour));
      if (!uncovered.meets(placed.rect)) continue;
      if (!is_empty(placed.solid)) uncovered.cover(placed.solid);
      seen.push_back(std::move(placed));
    }
    for (const Rect& rect : uncovered.rects()) painter.background(rect, list.background_rgb);
    for (size_t i = seen.size(); i-- > 0;) TESSERA_TRY(painter.draw(seen[i]));
    return {};
  }

  device::Device& device_;
  ComposeSettings settings_;
  Kept kept_;
};

}  // namespace

Result<std::unique_ptr<Compositor>> Compositor::create(device::Device& device, const ComposeSettings& settings) {
  TESSERA_TRY(check_settings(settings, device.limits()));
  return std::make_unique<CompositorImpl>(device, settings);
}

}  // namespace tessera::compose
