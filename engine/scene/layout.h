#pragma once

#include <optional>
#include <vector>

#include "engine/scene/draw_list.h"
#include "engine/spec/event.h"
#include "engine/timeline/state.h"

namespace tessera::scene {

/// Where one guest's tile goes.
struct Tile {
  int guest = 0;  ///< index into Job::guests
  Rect64 rect;
  spec::CustomRect::Fit fit = spec::CustomRect::Fit::kCover;
  int z = 0;
  int opacity = kOpaque;
  Px64 radius = 0;
  Px64 border = 0;
};

/// Tiles of the guests in `seats` (featured first where there is one). Built-in layouts give whole even pixels; custom
/// gives exactly the rects asked for, rounded to the nearest pixel edge by edge, so that neighbours meet. Guests
/// beyond nine get no tile. See layout.cc for each layout's picture.
std::vector<Tile> arrange(const timeline::Layout& layout, const std::vector<int>& seats, bool has_focus,
                          const spec::Job& job, int canvas_width, int canvas_height);

}  // namespace tessera::scene
