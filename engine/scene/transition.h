#pragma once

#include <vector>

#include "engine/scene/layout.h"
#include "engine/timeline/state.h"

/// Tiles between two layouts. For this folder only.
namespace tessera::scene {

struct MovingTile {
  Tile tile;
  bool at_rest = true;  ///< its rect and border are the same in both layouts
};

/// Ease-in-out of a progress 0..1, as 0..65536: round down to 1/65536, 3p^2 - 2p^3, round down.
int64_t ease(const Rational& progress);

/// The tiles at `eased` (0..65536) on the way from one arrangement to another, back to front before sorting by z. A
/// guest's k-th tile of `from` moves to their k-th tile of `to`; fit and z are those of `to` at once. Tiles of `from`
/// alone fade out where they are, below; tiles of `to` alone fade in.
std::vector<MovingTile> between(const std::vector<Tile>& from, const std::vector<Tile>& to, int64_t eased);

/// The tiles that `state` asks for, for those in `seats`.
std::vector<MovingTile> tiles_at(const timeline::State& state, const std::vector<int>& seats, bool has_focus,
                                 const spec::Job& job, int canvas_width, int canvas_height);

}  // namespace tessera::scene
