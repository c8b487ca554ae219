#pragma once

#include <optional>
#include <vector>

#include "engine/spec/parse.h"
#include "engine/timeline/placement.h"

/// The fold behind Timeline: the log as steps, and what is known after each. For this folder only.
namespace tessera::timeline {

/// One change of the stage or the layout.
struct Step {
  enum class Kind : uint8_t { kJoin, kLeave, kMute, kUnmute, kFocus, kLayout } kind = Kind::kJoin;
  Rational t;
  int line = 0;                       ///< in the log; 0: a take's begin put its guest on stage
  int guest = -1;                     ///< index into Job::guests; -1: none (kLayout, a focus that is cleared)
  bool audio = false, video = false;  ///< kMute, kUnmute: what is meant
  int event = -1;                     ///< kLayout: index into Show::events
};

/// Every step of a show, by time; equal times in the log's order, after those that takes make.
std::vector<Step> make_steps(const spec::Show& show, const std::vector<PlacedTake>& takes);

/// What the steps so far come to.
struct Fold {
  struct Guest {
    bool on_stage = false, audio_muted = false, video_muted = false;
    Rational joined;
    /// Lines of the last join or leave, and of the last mute or unmute that changed sound and picture; 0: none.
    int stage_line = 0, audio_line = 0, video_line = 0;
  };
  std::vector<Guest> guests;  ///< as Job::guests
  std::optional<int> focus;
  int focus_line = 0;
  int layout_event = -1;    ///< index into Show::events; -1: the programme's own
  int previous_event = -1;  ///< the layout before that one
  Rational layout_t;

  void apply(const Step& step);
};

}  // namespace tessera::timeline
