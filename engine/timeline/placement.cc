#include "engine/timeline/placement.h"

#include <algorithm>
#include <utility>

#include "engine/timeline/exact.h"

namespace tessera::timeline {
namespace {

using ClockPoint = std::pair<Micros, Micros>;

/// The segment [result, result + 1] whose column `key` holds x, or the nearest one.
template <Micros ClockPoint::*key>
size_t segment_of(const std::vector<ClockPoint>& clock, const Rational& x) {
  size_t segment = 0;
  while (segment + 2 < clock.size() && x >= Rational::from_micros(clock[segment + 1].*key)) ++segment;
  return segment;
}

std::optional<Rational> end_of_use(const PlacedTake& take) {
  std::optional<Micros> end = take.take().out;
  if (!take.lost()) end = std::min(end.value_or(take.index()->duration), take.index()->duration);
  if (!end) return std::nullopt;
  return take.to_show(Rational::from_micros(*end));
}

}  // namespace

PlacedTake::PlacedTake(int guest, int number, const spec::Take& take, std::shared_ptr<const media::TakeIndex> index)
    : guest_(guest), number_(number), take_(take), index_(std::move(index)) {
  begin_ = to_show(Rational::from_micros(take_.in));
  end_ = end_of_use(*this);
}

bool PlacedTake::runs_at(const Rational& show) const { return begin_ <= show && (!end_ || show < *end_); }

Rational PlacedTake::to_take(const Rational& show) const {
  if (take_.clock.size() < 2) {
    return add_times(sub_times(show, Rational::from_micros(take_.at)), Rational::from_micros(take_.in));
  }
  const size_t k = segment_of<&ClockPoint::second>(take_.clock, show);
  const ClockPoint& a = take_.clock[k];
  const ClockPoint& b = take_.clock[k + 1];
  return map_time(show, a.second, b.second, a.first, b.first);
}

Rational PlacedTake::to_show(const Rational& take) const {
  if (take_.clock.size() < 2) {
    return add_times(sub_times(take, Rational::from_micros(take_.in)), Rational::from_micros(take_.at));
  }
  const size_t k = segment_of<&ClockPoint::first>(take_.clock, take);
  const ClockPoint& a = take_.clock[k];
  const ClockPoint& b = take_.clock[k + 1];
  return map_time(take, a.first, b.first, a.second, b.second);
}

std::string take_name(const spec::Job& job, const PlacedTake& take) {
  return job.guests[static_cast<size_t>(take.guest())].id + "/" + std::to_string(take.number());
}

Result<Micros> show_duration(const spec::Job& job, const std::vector<PlacedTake>& takes) {
  Micros duration = job.duration.value_or(0);
  if (!job.duration) {
    for (const PlacedTake& take : takes) {
      if (!take.end() || *take.end() <= take.begin()) continue;
      duration = std::max(duration, muldiv_round(take.end()->num, kMicrosPerSecond, take.end()->den));
    }
  }
  if (duration > 0) return duration;
  return fail(Errc::kBadInput, "job:/duration",
              job.duration ? "is " + format_time(Rational::from_micros(duration)) + "; wanted a positive time"
                           : "is not given and no take with an end after 0 tells it; wanted a positive time");
}

int64_t frame_count(Micros duration, const Rational& fps) {
  return muldiv_ceil(duration, fps.num, kMicrosPerSecond * fps.den);
}

}  // namespace tessera::timeline
