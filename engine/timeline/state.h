#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/rational.h"
#include "engine/spec/event.h"
#include "engine/spec/parse.h"
#include "engine/timeline/placement.h"

/// event log -> state(t). Pure: no clock, no I/O, the same everywhere.
namespace tessera::timeline {

/// Somebody on stage at t.
struct StageGuest {
  int guest = 0;             ///< index into Job::guests
  bool audio_muted = false;
  bool video_muted = false;
  Rational joined;           ///< show time of the join (event, or start of their first take)
  bool operator==(const StageGuest&) const = default;
};

/// A layout as asked for: what scene turns into rectangles.
struct Layout {
  spec::LayoutKind kind = spec::LayoutKind::kGrid;
  std::vector<spec::CustomRect> rects;  ///< kCustom only
};

/// The show at time t, folded from the log.
struct State {
  Rational t;
  std::vector<StageGuest> stage;   ///< in order of joining; ties in the job's order; a rejoin goes to the end
  std::optional<int> focus;        ///< index into Job::guests
  Layout layout;
  /// While a layout.set's transition runs: what it comes from, and how far it is, linear, 0 <= progress < 1.
  std::optional<Layout> previous_layout;
  Rational progress{1, 1};
  std::vector<int> causes;         ///< lines of the event log that made the layout, the focus and the stage what they are
};

/// The log compiled against the takes, ready to be asked. Immutable; any thread.
class Timeline {
 public:
  /// @param show its events sorted, as load_show() gives them
  Timeline(const spec::Show& show, std::vector<PlacedTake> takes);

  /// A guest whom no guest.join names is on stage from their first take's begin; the tile leaves by policy, in scene.
  State at(const spec::Programme& programme, const Rational& t) const;

  const spec::Show& show() const { return show_; }
  const std::vector<PlacedTake>& takes() const { return takes_; }

  /// Spans [start, end) of show time in which a guest's sound is heard (on stage and not muted), rising, disjoint.
  struct Span { Rational start; std::optional<Rational> end; };
  std::vector<Span> audible(int guest) const;

  /// Every show time at which state() can change in a way other than a transition's progress, rising, within
  /// [0, duration): what `sheet` shows one frame for.
  std::vector<Rational> changes(const Rational& duration) const;

 private:
  spec::Show show_;
  std::vector<PlacedTake> takes_;
};

}  // namespace tessera::timeline
