#pragma once

#include <memory>
#include <vector>

#include "engine/base/result.h"
#include "engine/compose/boards.h"
#include "engine/compose/plan_builder.h"
#include "engine/compose/tap_cache.h"
#include "engine/compose/turn.h"
#include "engine/device/device.h"
#include "engine/scene/draw_list.h"

namespace tessera::compose {

/// What stays between frames.
struct Kept {
  TapCache taps;
  MaskBoards masks;
};

/// A layer with where it lands.
struct PlacedLayer {
  const scene::Layer* layer = nullptr;
  media::FrameRef picture;  ///< null for a colour
  Rect rect;                ///< the canvas samples it touches, on the chroma grid, not empty
  Rect solid;               ///< part of `rect` that it covers and through which nothing shines; may be empty

  bool opaque() const { return solid == rect; }
};

/// @return whether any of the layer can be seen on a canvas of that format
bool place_layer(const scene::Layer& layer, const media::FrameRef& picture, const media::FrameFormat& canvas,
                 PlacedLayer& out);

/// Turns layers into the operations that draw them on one canvas. Made anew for each frame.
class Painter {
 public:
  /// @param scaler the filter of all scaling but that of blurs and of pictures with alpha, which have their own
  Painter(device::Device& device, Kept& kept, device::SurfaceRef canvas, kernels::Filter scaler)
      : device_(device),
        kept_(kept),
        canvas_(std::move(canvas)),
        scaler_(scaler),
        scratch_(device, canvas_->format),
        reduced_(device, canvas_->format) {}

  void background(const Rect& rect, uint32_t rgb);
  Result<void> draw(const PlacedLayer& layer);
  /// The whole canvas at another size.
  void rendition(const device::SurfaceRef& to);
  /// A surface of this plan in another layout.
  void lay_out(const device::SurfaceRef& from, const device::SurfaceRef& to);
  device::FramePlan take() { return plan_.take(); }

 private:
  /// What a resample reads.
  struct Picture {
    media::FrameRef frame;
    Sites sites;
    scene::Rect64 crop;
  };

  void fill(const device::SurfaceRef& to, const Rect& rect, uint32_t rgb);
  Result<void> draw_directly(const PlacedLayer& layer);
  Result<void> draw_over(const PlacedLayer& layer);
  bool is_plain(const PlacedLayer& layer) const;
  Result<Picture> upright(const PlacedLayer& layer);
  Result<void> draw_picture(const PlacedLayer& layer, const device::SurfaceRef& to);
  Result<void> draw_in_own_colours(const PlacedLayer& layer, const device::SurfaceRef& to);
  /// The picture made so small that no detail is left.
  Result<Picture> reduced_to_blur(const PlacedLayer& layer, const Picture& picture);
  Result<void> blend(const PlacedLayer& layer, const device::SurfaceRef& from);
  void resample(Stage stage, const Picture& picture, const scene::Rect64& dst, const Rect& rect,
                const device::SurfaceRef& to, kernels::Filter filter);
  bool copy_if_same(const Picture& picture, const PlacedLayer& layer, const device::SurfaceRef& to);
  device::TapsRef taps(const Picture& picture, const scene::Rect64& dst, const Rect& rect, const media::FrameFormat& to,
                       bool horizontal, bool chroma, kernels::Filter filter);

  device::Device& device_;
  Kept& kept_;
  device::SurfaceRef canvas_;
  kernels::Filter scaler_;
  ScratchBoards scratch_;
  ScratchBoards reduced_;  ///< apart, for what one blur reads is then never beside what is written meanwhile
  PlanBuilder plan_;
  const scene::Layer* turned_of_ = nullptr;  ///< the layer that was turned last, whose parts share
  Picture turned_;                           ///< this
  std::vector<Rect> drawn_;                  ///< of the layers so far
};

}  // namespace tessera::compose
