#include "engine/scene/picture.h"

#include <algorithm>
#include <vector>

#include "engine/timeline/exact.h"

namespace tessera::scene {
namespace {

using timeline::add_times;
using timeline::PlacedTake;
using timeline::Span;
using timeline::Timeline;

constexpr Rational kFirstPictureLead{1, 2};
constexpr size_t kMaxSpans = 256;  // bounds the work a log of endless mutes can ask for

const PlacedTake& take_at(const Timeline& timeline, int index) { return timeline.takes()[static_cast<size_t>(index)]; }

const media::VideoIndex* video_of(const PlacedTake& take) { return take.lost() ? nullptr : take.index()->video.get(); }

std::optional<Rational> earlier(const std::optional<Rational>& a, const std::optional<Rational>& b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

/// The last good picture of one take that was due within `span` and not after t.
std::optional<Picture> picture_of_take(const Timeline& timeline, int index, const Span& span, const Rational& t) {
  const PlacedTake& take = take_at(timeline, index);
  const media::VideoIndex* video = video_of(take);
  if (video == nullptr || take.begin() > t) return std::nullopt;

  // Up to t; or up to where the take or the span ended before t, and then without what is due at that very instant.
  const std::optional<Rational> end = earlier(take.end(), span.end);
  const bool over = end && *end <= t;
  const Rational limit = over ? *end : t;
  int64_t k = video->frame_at(take.to_take(limit));
  while (k >= 0 &&
         (video->frames[static_cast<size_t>(k)].lost || (over && take.to_show(video->start_of(k)) >= limit))) {
    --k;
  }
  if (k < 0) return std::nullopt;

  const Rational stopped = *earlier(take.to_show(video->end_of(k)), end);
  if (stopped <= std::max(span.start, take.begin())) return std::nullopt;
  return Picture{index, k, stopped};
}

/// The picture to show at t of those due within `span`: one that is current, of the take begun last; else the one that
/// stopped last.
std::optional<Picture> picture_in(const Timeline& timeline, int guest, const Span& span, const Rational& t) {
  const std::vector<int>& takes = timeline.takes_of(guest);
  std::optional<Picture> best;
  for (auto index = takes.rbegin(); index != takes.rend(); ++index) {
    const auto picture = picture_of_take(timeline, *index, span, t);
    if (!picture) continue;
    if (picture->stopped > t) return picture;
    if (!best || picture->stopped > best->stopped) best = picture;
  }
  return best;
}

/// The first good picture of a running take that has shown none within `span`, where it is due within
/// kFirstPictureLead: recordings often start a few frames after their sound, and a placeholder for that long would only
/// flash.
std::optional<Picture> first_picture(const Timeline& timeline, int guest, const Span& span, const Rational& t) {
  const Rational horizon = add_times(t, kFirstPictureLead);
  for (const int index : timeline.takes_of(guest)) {
    const PlacedTake& take = take_at(timeline, index);
    const media::VideoIndex* video = video_of(take);
    if (video == nullptr || !take.runs_at(t) || picture_of_take(timeline, index, span, t)) continue;
    const auto count = static_cast<int64_t>(video->frames.size());
    for (int64_t k = video->frame_at(take.to_take(t)) + 1; k < count; ++k) {
      const Rational due = take.to_show(video->start_of(k));
      const std::optional<Rational> end = earlier(take.end(), span.end);
      if (due > horizon || (end && due >= *end)) break;
      if (!video->frames[static_cast<size_t>(k)].lost) return Picture{index, k, take.to_show(video->end_of(k))};
    }
  }
  return std::nullopt;
}

/// How many of a guest's visible spans begin at or before t.
size_t spans_begun(const std::vector<Span>& spans, const Rational& t) {
  const auto after = std::upper_bound(spans.begin(), spans.end(), t,
                                      [](const Rational& x, const Span& span) { return x < span.start; });
  return static_cast<size_t>(after - spans.begin());
}

/// The picture last seen in the first `count` of a guest's visible spans, looking back over kMaxSpans of them.
std::optional<Picture> last_seen(const Timeline& timeline, int guest, size_t count, const Rational& t) {
  const std::vector<Span>& spans = timeline.visible(guest);
  for (size_t k = count; k > 0 && k + kMaxSpans > count; --k) {
    if (auto picture = picture_in(timeline, guest, spans[k - 1], t)) return picture;
  }
  return std::nullopt;
}

/// What a guest's takes without pictures say about the placeholder at t.
struct Pictureless {
  bool sound_only = false;          ///< one with sound only runs
  bool lost = false;                ///< one that is lost runs
  std::optional<Rational> counted;  ///< the last end of the former or begin of the latter
};

Pictureless pictureless_at(const Timeline& timeline, int guest, const Rational& t) {
  Pictureless result;
  for (const int index : timeline.takes_of(guest)) {
    const PlacedTake& take = take_at(timeline, index);
    if (take.begin() > t || video_of(take) != nullptr) continue;
    const bool runs = take.runs_at(t);
    (take.lost() ? result.lost : result.sound_only) |= runs;
    if (take.lost()) {
      result.counted = std::max(result.counted.value_or(take.begin()), take.begin());
    } else if (!runs) {
      result.counted = std::max(result.counted.value_or(*take.end()), *take.end());
    }
  }
  return result;
}

Shown placeholder(const std::string& why, std::optional<Picture> seen) {
  return {Shown::Kind::kPlaceholder, std::move(seen), "placeholder: " + why};
}

}  // namespace

Shown shown_at(const Timeline& timeline, const timeline::StageGuest& guest, const Rational& t) {
  const size_t spans = spans_begun(timeline.visible(guest.guest), t);
  const auto seen = [&](size_t count) { return last_seen(timeline, guest.guest, count, t); };
  if (guest.video_muted || spans == 0) return placeholder("video muted", seen(spans));

  const spec::Policy& policy = timeline.show().job.policy;
  const Span& span = timeline.visible(guest.guest)[spans - 1];
  const std::optional<Picture> picture = picture_in(timeline, guest.guest, span, t);
  if (picture && picture->stopped > t) return {Shown::Kind::kLive, picture, "live"};

  Rational counted = span.start;
  if (picture) {
    const Rational hold_ends = add_times(picture->stopped, Rational::from_micros(policy.hold));
    if (t < hold_ends) return {Shown::Kind::kHeld, picture, "held"};
    counted = hold_ends;
  }
  const Pictureless other = pictureless_at(timeline, guest.guest, t);
  counted = std::max(counted, other.counted.value_or(counted));
  if (!other.sound_only && t >= add_times(counted, Rational::from_micros(policy.placeholder_for))) return {};

  if (const auto first = first_picture(timeline, guest.guest, span, t)) {
    return {Shown::Kind::kHeld, first, "first picture, early"};
  }
  return placeholder(other.sound_only ? "sound only" : (other.lost ? "take lost" : "no picture"),
                     picture ? picture : seen(spans - 1));
}

}  // namespace tessera::scene
