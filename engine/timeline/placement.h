#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/rational.h"
#include "engine/media/take_index.h"
#include "engine/spec/job.h"

/// Takes on the show's clock. Pure.
namespace tessera::timeline {

/// A take of the job, opened or lost, and where it lies in the show. Show and take times are exact rationals (exact.h
/// says where a map's slope forces a rounding to the nanosecond).
class PlacedTake {
 public:
  /// @param index null where the take could not be opened (policy.lost_take "placeholder"): it then lies in the show
  ///              with no picture and no sound, from `at` for (out - in), or to the show's end where `out` is not given
  PlacedTake(int guest, int number, const spec::Take& take, std::shared_ptr<const media::TakeIndex> index);

  int guest() const { return guest_; }    ///< index into Job::guests
  int number() const { return number_; }  ///< index into that guest's takes
  bool lost() const { return index_ == nullptr; }
  const std::shared_ptr<const media::TakeIndex>& index() const { return index_; }
  const spec::Take& take() const { return take_; }

  /// Show time [begin, end) in which it runs: from take time `in` to `out`, or to the take's end where that is earlier
  /// or `out` is not given. A lost take ends at `out`; without it, it has no end. A cut that leaves nothing never runs.
  Rational begin() const { return begin_; }
  std::optional<Rational> end() const { return end_; }
  bool runs_at(const Rational& show) const;

  /// Through `clock`, or show - at + in. Extrapolates with the slope of the nearest segment; not bounded by begin and
  /// end.
  Rational to_take(const Rational& show) const;
  Rational to_show(const Rational& take) const;

 private:
  int guest_;
  int number_;
  spec::Take take_;
  std::shared_ptr<const media::TakeIndex> index_;
  Rational begin_;
  std::optional<Rational> end_;
};

/// A "host/0" for messages: guest id and take number.
std::string take_name(const spec::Job& job, const PlacedTake& take);

/// job.duration, or the end of the last take (of those with an end), rounded to the microsecond.
/// @retval kBadInput neither is known, or it is 0
Result<Micros> show_duration(const spec::Job& job, const std::vector<PlacedTake>& takes);

/// ceil(duration x fps): a show's frames (job-format.md).
int64_t frame_count(Micros duration, const Rational& fps);

}  // namespace tessera::timeline
