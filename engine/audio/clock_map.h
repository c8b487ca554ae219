#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/rational.h"
#include "engine/spec/job.h"

namespace tessera::audio {

/// A place between two samples of a source.
struct SamplePosition {
  int64_t sample = 0;   ///< the sample before it, or at it
  double fraction = 0;  ///< 0 <= fraction < 1, of the way to the next sample
};

/// From samples of the show to samples of a take, both at 48 kHz: PlacedTake::to_take for sound. It has arithmetic of
/// its own because it is asked 48,000 times a second: integers, exact at any distance, nothing accumulates. Immutable.
class ClockMap {
 public:
  /// Through `take.clock` where it has two points or more (the first and last segments go on beyond their ends), else
  /// through `at` and `in`.
  explicit ClockMap(const spec::Take& take);

  /// Where the take runs at the show's speed throughout: what to add to a show sample, rounded to the nearest sample.
  std::optional<int64_t> constant_offset() const { return offset_; }
  /// The positions of show samples first, first + 1, ...: continuous over the segments' joints.
  void positions(int64_t first, std::span<SamplePosition> out) const;
  /// The take's sample at a show sample, rounded down.
  int64_t sample_at(int64_t show_sample) const;

 private:
  /// Take time = take + (show time - show) * rise / run; microseconds.
  struct Segment {
    Micros show = 0;
    Micros take = 0;
    int64_t run = 1;
    int64_t rise = 1;
  };
  const Segment& segment_at(int64_t show_sample) const;
  int64_t end_of(const Segment& segment) const;

  std::vector<Segment> segments_;
  std::optional<int64_t> offset_;
};

/// The first sample at or after a show time.
int64_t first_sample_from(const Rational& time);

}  // namespace tessera::audio
