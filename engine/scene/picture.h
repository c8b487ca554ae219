#pragma once

#include <optional>
#include <string>

#include "engine/spec/job.h"
#include "engine/timeline/state.h"

/// Which picture a guest shows at t (the rules are told in scene.h). For this folder only.
namespace tessera::scene {

/// A good frame of a take, and when it stops being the picture to show.
struct Picture {
  int take = -1;  ///< index into Timeline::takes()
  int64_t frame = -1;
  Rational stopped;  ///< show time
};

struct Shown {
  enum class Kind : uint8_t { kLive, kHeld, kPlaceholder, kAbsent } kind = Kind::kAbsent;
  std::optional<Picture> picture;  ///< live and held: to show; a placeholder: the one last seen, to blur
  std::string reason;              ///< for Why
};

/// @param guest somebody on the stage of timeline.at(t)
Shown shown_at(const timeline::Timeline& timeline, const timeline::StageGuest& guest, const Rational& t);

}  // namespace tessera::scene
