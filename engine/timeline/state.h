#pragma once

#include <map>
#include <memory>
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
  bool audio_muted = false;  ///< mutes belong to the guest: they outlast a leave and may come before a join
  bool video_muted = false;
  Rational joined;          ///< show time of the join (event, or start of their first take)
  std::vector<int> causes;  ///< lines of the event log that put them on stage and set their mutes, rising
  bool operator==(const StageGuest&) const = default;
};

/// A layout as asked for: what scene turns into rectangles.
struct Layout {
  spec::LayoutKind kind = spec::LayoutKind::kGrid;
  std::vector<spec::CustomRect> rects;  ///< kCustom only
  int line = 0;                         ///< line of its layout.set in the log; 0: the programme's own layout
};

/// Half-open, in show time; without `end` it goes on for ever.
struct Span {
  Rational start;
  std::optional<Rational> end;
  bool operator==(const Span&) const = default;
};

/// A gift that is being played.
struct PlayedGift {
  int event = -1;  ///< index into Show::events
  Rational start;  ///< show time of its begin
  bool operator==(const PlayedGift&) const = default;
};

/// How long each asset that can be drawn plays as a gift, by the asset's name; > 0.
using GiftLengths = std::map<std::string, Rational>;

/// The show at time t, folded from the log. An event at e is in force for every t >= e; equal times keep the file's
/// order.
struct State {
  Rational t;
  std::vector<StageGuest> stage;  ///< in order of joining; ties in the job's order; a rejoin goes to the end
  std::optional<int> focus;       ///< index into Job::guests; only while they are on stage (remembered meanwhile)
  int focus_line = 0;             ///< line of the guest.focus that `focus` comes from
  Layout layout;
  /// While a layout.set's transition runs: what it comes from, and how far it is, linear, 0 <= progress < 1. A
  /// layout.set that interrupts a transition comes from the layout that was being moved to; of several at one time only
  /// the last counts; one at or before the show's start cuts, as there is nothing to come from.
  std::optional<Layout> previous_layout;
  Rational progress{1, 1};
  /// Gifts with start <= t < start + length of their asset, by start, equal ones in the log's order. Each gift event
  /// plays its asset once.
  std::vector<PlayedGift> gifts;
  /// Lines of the event log that made the layout, the focus and the stage what they are, rising.
  std::vector<int> causes;
};

/// The log compiled against the takes, ready to be asked. Immutable, cheap to copy; any thread.
class Timeline {
 public:
  /// @param show its events sorted, as load_show() gives them
  /// @param gift_lengths gifts with an asset that is not in it are never played
  Timeline(const spec::Show& show, std::vector<PlacedTake> takes, GiftLengths gift_lengths = {});

  /// A guest whom no guest.join names is on stage from their first take's begin; the tile leaves by policy, in scene.
  /// guest.leave takes anybody off; a guest.join of somebody on stage changes nothing.
  State at(const spec::Programme& programme, const Rational& t) const;

  const spec::Show& show() const;
  const std::vector<PlacedTake>& takes() const;
  const GiftLengths& gift_lengths() const;
  /// A guest's takes that ever run, as indices into takes(), by begin, ties by number.
  const std::vector<int>& takes_of(int guest) const;

  using Span = timeline::Span;
  /// Spans of show time in which a guest's sound is heard (on stage and not muted), rising, disjoint, none touching
  /// the next; cut at exactly the event times.
  std::vector<Span> audible(int guest) const;
  /// As audible(), for the picture: on stage and video not muted.
  const std::vector<Span>& visible(int guest) const;

  /// Every show time at which state() can change in a way other than a transition's progress, rising, within
  /// [0, duration), beginning with 0: what `sheet` shows one frame for.
  std::vector<Rational> changes(const Rational& duration) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace tessera::timeline
