#include "engine/timeline/state.h"

#include <algorithm>
#include <utility>

#include "engine/timeline/exact.h"
#include "engine/timeline/fold.h"
#include "engine/timeline/gifts.h"

namespace tessera::timeline {
namespace {

/// A fold is kept for every so many steps: at() replays fewer than that.
constexpr size_t kCheckpointSteps = 64;

void add_line(std::vector<int>& lines, int line) {
  if (line > 0) lines.push_back(line);
}

void sort_unique(std::vector<int>& lines) {
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
}

/// Opens or closes the last span of `spans` at t, so that it tells `on` from there.
void mark(std::vector<Span>& spans, const Rational& t, bool on) {
  const bool open = !spans.empty() && !spans.back().end;
  if (open == on) return;
  if (!on) {
    spans.back().end = t;
    if (spans.back().start == t) spans.pop_back();
  } else if (!spans.empty() && *spans.back().end == t) {
    spans.back().end.reset();
  } else {
    spans.push_back({t, std::nullopt});
  }
}

const spec::LayoutSet& layout_set(const spec::Show& show, int event) {
  return std::get<spec::LayoutSet>(show.events[static_cast<size_t>(event)].body);
}

Layout layout_of(const spec::Show& show, const spec::Programme& programme, int event) {
  if (event < 0) return {programme.layout, {}, 0};
  const spec::LayoutSet& set = layout_set(show, event);
  return {set.layout, set.rects, show.events[static_cast<size_t>(event)].line};
}

/// When the transition to fold's layout ends; nothing where it is a cut.
std::optional<Rational> transition_end(const spec::Show& show, const Fold& fold) {
  if (fold.layout_event < 0 || fold.layout_t <= Rational{0, 1}) return std::nullopt;
  const Micros length = layout_set(show, fold.layout_event).transition;
  if (length <= 0) return std::nullopt;
  return add_times(fold.layout_t, Rational::from_micros(length));
}

/// How much of [start, end) is over at t, 0 <= result < 1; both ends are whole microseconds.
Rational progress_of(const Rational& t, const Rational& start, const Rational& end) {
  const Rational length = sub_times(end, start);
  const Micros length_us = muldiv_round(length.num, kMicrosPerSecond, length.den);
  const Rational progress = map_time(sub_times(t, start), 0, length_us, 0, kMicrosPerSecond);
  return std::min(progress, Rational{999'999'999, 1'000'000'000});
}

std::vector<StageGuest> stage_of(const Fold& fold) {
  std::vector<StageGuest> stage;
  for (size_t g = 0; g < fold.guests.size(); ++g) {
    const Fold::Guest& guest = fold.guests[g];
    if (!guest.on_stage) continue;
    StageGuest on{static_cast<int>(g), guest.audio_muted, guest.video_muted, guest.joined, {}};
    for (const int line : {guest.stage_line, guest.audio_line, guest.video_line}) add_line(on.causes, line);
    sort_unique(on.causes);
    stage.push_back(std::move(on));
  }
  std::stable_sort(stage.begin(), stage.end(),
                   [](const StageGuest& a, const StageGuest& b) { return a.joined < b.joined; });
  return stage;
}

std::vector<int> causes_of(const Fold& fold, const State& state) {
  std::vector<int> lines;
  add_line(lines, state.layout.line);
  add_line(lines, fold.focus_line);
  for (const Fold::Guest& guest : fold.guests) {
    add_line(lines, guest.stage_line);
    add_line(lines, guest.audio_line);
    add_line(lines, guest.video_line);
  }
  sort_unique(lines);
  return lines;
}

}  // namespace

struct Timeline::Compiled {
  spec::Show show;
  std::vector<PlacedTake> takes;
  std::vector<std::vector<int>> takes_of;  ///< by guest
  std::vector<Step> steps;
  std::vector<Fold> checkpoints;                    ///< before step 0, kCheckpointSteps, 2 * kCheckpointSteps ...
  std::vector<std::vector<Span>> audible, visible;  ///< by guest
  GiftLengths gift_lengths;
  GiftPlays gifts;

  void sort_takes() {
    takes_of.resize(show.job.guests.size());
    for (size_t i = 0; i < takes.size(); ++i) {
      if (takes[i].end() && *takes[i].end() <= takes[i].begin()) continue;
      takes_of[static_cast<size_t>(takes[i].guest())].push_back(static_cast<int>(i));
    }
    for (std::vector<int>& of_guest : takes_of) {
      std::sort(of_guest.begin(), of_guest.end(), [&](int a, int b) {
        const PlacedTake& x = takes[static_cast<size_t>(a)];
        const PlacedTake& y = takes[static_cast<size_t>(b)];
        return x.begin() != y.begin() ? x.begin() < y.begin() : x.number() < y.number();
      });
    }
  }

  void fold_steps() {
    audible.resize(show.job.guests.size());
    visible.resize(show.job.guests.size());
    Fold fold;
    fold.guests.resize(show.job.guests.size());
    checkpoints.push_back(fold);
    for (size_t i = 0; i < steps.size(); ++i) {
      fold.apply(steps[i]);
      if (const int g = steps[i].guest; g >= 0) {
        const Fold::Guest& guest = fold.guests[static_cast<size_t>(g)];
        mark(audible[static_cast<size_t>(g)], steps[i].t, guest.on_stage && !guest.audio_muted);
        mark(visible[static_cast<size_t>(g)], steps[i].t, guest.on_stage && !guest.video_muted);
      }
      if ((i + 1) % kCheckpointSteps == 0) checkpoints.push_back(fold);
    }
  }

  Fold fold_at(const Rational& t) const {
    const auto after =
        std::upper_bound(steps.begin(), steps.end(), t, [](const Rational& x, const Step& step) { return x < step.t; });
    const size_t count = static_cast<size_t>(after - steps.begin());
    Fold fold = checkpoints[count / kCheckpointSteps];
    for (size_t i = count / kCheckpointSteps * kCheckpointSteps; i < count; ++i) fold.apply(steps[i]);
    return fold;
  }
};

Timeline::Timeline(const spec::Show& show, std::vector<PlacedTake> takes, GiftLengths gift_lengths) {
  auto compiled = std::make_shared<Compiled>();
  compiled->show = show;
  compiled->takes = std::move(takes);
  compiled->sort_takes();
  compiled->steps = make_steps(compiled->show, compiled->takes);
  compiled->fold_steps();
  compiled->gift_lengths = std::move(gift_lengths);
  compiled->gifts = GiftPlays(compiled->show, compiled->gift_lengths);
  compiled_ = std::move(compiled);
}

const spec::Show& Timeline::show() const { return compiled_->show; }
const std::vector<PlacedTake>& Timeline::takes() const { return compiled_->takes; }
const GiftLengths& Timeline::gift_lengths() const { return compiled_->gift_lengths; }
const std::vector<int>& Timeline::takes_of(int guest) const { return compiled_->takes_of[static_cast<size_t>(guest)]; }
std::vector<Span> Timeline::audible(int guest) const { return compiled_->audible[static_cast<size_t>(guest)]; }
const std::vector<Span>& Timeline::visible(int guest) const { return compiled_->visible[static_cast<size_t>(guest)]; }

State Timeline::at(const spec::Programme& programme, const Rational& t) const {
  const Fold fold = compiled_->fold_at(t);
  State state;
  state.t = t;
  state.stage = stage_of(fold);
  if (fold.focus && fold.guests[static_cast<size_t>(*fold.focus)].on_stage) {
    state.focus = fold.focus;
    state.focus_line = fold.focus_line;
  }
  state.layout = layout_of(show(), programme, fold.layout_event);
  if (const auto end = transition_end(show(), fold); end && t < *end) {
    state.previous_layout = layout_of(show(), programme, fold.previous_event);
    state.progress = progress_of(t, fold.layout_t, *end);
  }
  state.gifts = compiled_->gifts.at(t);
  state.causes = causes_of(fold, state);
  return state;
}

std::vector<Rational> Timeline::changes(const Rational& duration) const {
  std::vector<Rational> times = compiled_->gifts.changes();
  times.push_back({0, 1});
  Fold fold = compiled_->checkpoints.front();
  for (const Step& step : compiled_->steps) {
    fold.apply(step);
    times.push_back(step.t);
    if (step.kind != Step::Kind::kLayout) continue;
    if (const auto end = transition_end(show(), fold)) times.push_back(*end);
  }
  times.erase(std::remove_if(times.begin(), times.end(),
                             [&](const Rational& t) {
                               return t < Rational{0, 1} || t >= duration;
                             }),
              times.end());
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

}  // namespace tessera::timeline
