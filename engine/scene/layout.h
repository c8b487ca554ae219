#pragma once

#include <optional>
#include <vector>

#include "engine/scene/draw_list.h"
#include "engine/spec/event.h"
#include "engine/timeline/state.h"

namespace tessera::scene {

/// Where one guest's tile goes.
struct Tile {
  int guest = -1;  ///< index into Job::guests
  Rect64 rect;
  spec::CustomRect::Fit fit = spec::CustomRect::Fit::kCover;
  int z = 0;
  int opacity = kOpaque;
  Px64 radius = 0;
  Px64 border = 0;  ///< white, inside rect, whole pixels
  bool operator==(const Tile&) const = default;
};

/// Tiles of the guests in `seats` (featured first where there is one). Built-in layouts give whole even pixels; custom
/// gives exactly the rects asked for, rounded to the nearest pixel edge by edge, so that neighbours meet. Guests
/// beyond nine get no tile, nor do guests whom a custom layout gives no rect; a tile that rounds to nothing is left
/// out. See layout.cc for each layout's picture. `panel` is drawn as grid and `match` as split in this version.
/// @param has_focus seats[0] is featured: the grid then gives it a band of its own, twice as deep as the others
std::vector<Tile> arrange(const timeline::Layout& layout, const std::vector<int>& seats, bool has_focus,
                          const spec::Job& job, int canvas_width, int canvas_height);

/// The tile of a rect in fractions of the canvas: its edges at the nearest pixels, its opacity from `alpha`; no guest.
Tile fraction_tile(const spec::RectFraction& rect, spec::Millionths alpha, int canvas_width, int canvas_height);

/// Where a gift goes that lies over no guest's tile: a square of 24 grid units in the middle of the canvas, its lower
/// edge at 5/6 of the height. Whole even pixels.
Rect64 gift_place(int canvas_width, int canvas_height);

}  // namespace tessera::scene
