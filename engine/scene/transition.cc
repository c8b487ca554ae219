#include "engine/scene/transition.h"

#include <algorithm>

namespace tessera::scene {
namespace {

constexpr int64_t kWhole = 65536;

/// a + (b - a) * eased / kWhole, rounded half up.
int mix(int a, int b, int64_t eased) { return a + static_cast<int>(muldiv_round(int64_t{b} - a, eased, kWhole)); }

MovingTile move(const Tile& from, const Tile& to, int64_t eased) {
  MovingTile moving{to, from.rect == to.rect && from.border == to.border};
  moving.tile.rect = {mix(from.rect.x, to.rect.x, eased), mix(from.rect.y, to.rect.y, eased),
                      mix(from.rect.w, to.rect.w, eased), mix(from.rect.h, to.rect.h, eased)};
  moving.tile.opacity = mix(from.opacity, to.opacity, eased);
  moving.tile.radius = mix(from.radius, to.radius, eased);
  moving.tile.border = mix(from.border, to.border, eased);
  return moving;
}

}  // namespace

int64_t ease(const Rational& progress) {
  const int64_t p = std::clamp<int64_t>(muldiv_floor(progress.num, kWhole, progress.den), 0, kWhole);
  return (3 * kWhole * p * p - 2 * p * p * p) / (kWhole * kWhole);
}

std::vector<MovingTile> between(const std::vector<Tile>& from, const std::vector<Tile>& to, int64_t eased) {
  std::vector<bool> matched(from.size(), false);
  std::vector<MovingTile> ends;
  for (const Tile& tile : to) {
    size_t k = 0;
    while (k < from.size() && (matched[k] || from[k].guest != tile.guest)) ++k;
    if (k < from.size()) {
      matched[k] = true;
      ends.push_back(move(from[k], tile, eased));
    } else {
      ends.push_back({tile, true});
      ends.back().tile.opacity = mix(0, tile.opacity, eased);
    }
  }
  std::vector<MovingTile> tiles;
  for (size_t k = 0; k < from.size(); ++k) {
    if (matched[k]) continue;
    tiles.push_back({from[k], true});
    tiles.back().tile.opacity = mix(from[k].opacity, 0, eased);
  }
  tiles.insert(tiles.end(), ends.begin(), ends.end());
  return tiles;
}

std::vector<MovingTile> tiles_at(const timeline::State& state, const std::vector<int>& seats, bool has_focus,
                                 const spec::Job& job, int canvas_width, int canvas_height) {
  const auto to = arrange(state.layout, seats, has_focus, job, canvas_width, canvas_height);
  if (!state.previous_layout) return between(to, to, kWhole);
  const auto from = arrange(*state.previous_layout, seats, has_focus, job, canvas_width, canvas_height);
  return between(from, to, ease(state.progress));
}

}  // namespace tessera::scene
