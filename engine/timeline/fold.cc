#include "engine/timeline/fold.h"

#include <algorithm>
#include <map>
#include <string>

namespace tessera::timeline {
namespace {

using GuestNumbers = std::map<std::string, int>;

GuestNumbers number_guests(const spec::Job& job) {
  GuestNumbers numbers;
  for (size_t g = 0; g < job.guests.size(); ++g) numbers.emplace(job.guests[g].id, static_cast<int>(g));
  return numbers;
}

/// Turns one event into a step; anything that changes neither stage nor layout gives none.
struct StepMaker {
  const GuestNumbers& numbers;
  const spec::Event& event;
  int index;

  std::optional<Step> of_guest(Step::Kind kind, const std::string& id, bool audio = false, bool video = false) const {
    const auto found = numbers.find(id);
    if (found == numbers.end()) return std::nullopt;
    return Step{kind, Rational::from_micros(event.t), event.line, found->second, audio, video, -1};
  }
  std::optional<Step> operator()(const spec::GuestJoin& e) const { return of_guest(Step::Kind::kJoin, e.guest); }
  std::optional<Step> operator()(const spec::GuestLeave& e) const { return of_guest(Step::Kind::kLeave, e.guest); }
  std::optional<Step> operator()(const spec::GuestMute& e) const {
    return of_guest(Step::Kind::kMute, e.guest, e.audio, e.video);
  }
  std::optional<Step> operator()(const spec::GuestUnmute& e) const {
    return of_guest(Step::Kind::kUnmute, e.guest, e.audio, e.video);
  }
  std::optional<Step> operator()(const spec::GuestFocus& e) const {
    if (e.guest) return of_guest(Step::Kind::kFocus, *e.guest);
    return Step{Step::Kind::kFocus, Rational::from_micros(event.t), event.line, -1, false, false, -1};
  }
  std::optional<Step> operator()(const spec::LayoutSet&) const {
    return Step{Step::Kind::kLayout, Rational::from_micros(event.t), event.line, -1, false, false, index};
  }
  template <class Other>
  std::optional<Step> operator()(const Other&) const {
    return std::nullopt;
  }
};

/// Joins of the guests whom no guest.join names: when the first of their takes that ever run begins.
std::vector<Step> implicit_joins(const std::vector<Step>& logged, size_t guests, const std::vector<PlacedTake>& takes) {
  std::vector<bool> named(guests, false);
  for (const Step& step : logged) {
    if (step.kind == Step::Kind::kJoin) named[static_cast<size_t>(step.guest)] = true;
  }
  std::vector<std::optional<Rational>> first(guests);
  for (const PlacedTake& take : takes) {
    if (take.end() && *take.end() <= take.begin()) continue;
    std::optional<Rational>& begin = first[static_cast<size_t>(take.guest())];
    if (!begin || take.begin() < *begin) begin = take.begin();
  }
  std::vector<Step> joins;
  for (size_t g = 0; g < guests; ++g) {
    if (!named[g] && first[g])
      joins.push_back({Step::Kind::kJoin, *first[g], 0, static_cast<int>(g), false, false, -1});
  }
  return joins;
}

void set_mute(Fold::Guest& guest, const Step& step, bool muted) {
  if (step.audio && guest.audio_muted != muted) {
    guest.audio_muted = muted;
    guest.audio_line = step.line;
  }
  if (step.video && guest.video_muted != muted) {
    guest.video_muted = muted;
    guest.video_line = step.line;
  }
}

}  // namespace

std::vector<Step> make_steps(const spec::Show& show, const std::vector<PlacedTake>& takes) {
  const GuestNumbers numbers = number_guests(show.job);
  std::vector<Step> logged;
  for (size_t i = 0; i < show.events.size(); ++i) {
    const spec::Event& event = show.events[i];
    if (auto step = std::visit(StepMaker{numbers, event, static_cast<int>(i)}, event.body)) logged.push_back(*step);
  }
  std::vector<Step> steps = implicit_joins(logged, show.job.guests.size(), takes);
  steps.insert(steps.end(), logged.begin(), logged.end());
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.t < b.t; });
  return steps;
}

void Fold::apply(const Step& step) {
  switch (step.kind) {
    case Step::Kind::kJoin:
    case Step::Kind::kLeave: {
      Guest& guest = guests[static_cast<size_t>(step.guest)];
      const bool joins = step.kind == Step::Kind::kJoin;
      if (guest.on_stage == joins) return;
      guest.on_stage = joins;
      guest.stage_line = step.line;
      if (joins) guest.joined = step.t;
      return;
    }
    case Step::Kind::kMute:
    case Step::Kind::kUnmute:
      set_mute(guests[static_cast<size_t>(step.guest)], step, step.kind == Step::Kind::kMute);
      return;
    case Step::Kind::kFocus:
      focus = step.guest < 0 ? std::nullopt : std::optional<int>(step.guest);
      focus_line = step.line;
      return;
    case Step::Kind::kLayout:
      // What is replaced at its own instant was never on screen, so nothing can come from it.
      if (layout_event < 0 || layout_t != step.t) previous_event = layout_event;
      layout_event = step.event;
      layout_t = step.t;
      return;
  }
}

}  // namespace tessera::timeline
