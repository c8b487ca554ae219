#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/scene/draw_list.h"
#include "engine/spec/job.h"
#include "engine/timeline/state.h"

namespace tessera::scene {

/// Size of a still picture, in pixels; empty where it can't be read (it is then left out). Injected, so that scene does
/// no I/O; must be a pure function of the path.
struct ImageSize {
  int width = 0, height = 0;
};
using ImageSizes = std::function<std::optional<ImageSize>(const std::string& path)>;

/// What to draw at state.t. Pure.
///
/// For each guest on stage: the take that runs at t and its frame by VideoIndex::frame_at(), skipping frames marked
/// lost; where there is none, or the last one ended, the held picture for policy.hold, then the placeholder for
/// policy.placeholder_for, then the tile leaves and the layout closes up. A guest with muted video, or whose running
/// take has sound only, keeps a tile with the placeholder. Between a guest's takes the held picture is the last of the
/// take before. Overlays come last.
DrawList draw_list(const timeline::Timeline& timeline, const timeline::State& state, const spec::Programme& programme,
                   const ImageSizes& image_sizes);

}  // namespace tessera::scene
