#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/audio/sample_source.h"

namespace tessera::audio {

inline constexpr int64_t kRampSamples = 240;  ///< 5 ms

double db_to_gain(double db);
double gain_to_db(double gain);

/// A voice's gain over the show: 0 outside its spans, `gain` inside, with a linear ramp at both ends of a span. Both
/// ramps lie inside: up from the span's first sample on, down to 0 by its end. Immutable.
class GainCurve {
 public:
  /// @param spans in any order; those that touch or overlap become one, empty ones are dropped
  GainCurve(std::vector<SampleSpan> spans, double gain);

  /// True where a sample of [first, first + count) can be heard.
  bool any(int64_t first, int64_t count) const;
  /// One gain a sample, from show sample `first` on.
  void fill(int64_t first, std::span<double> out) const;
  const std::vector<SampleSpan>& spans() const { return spans_; }

 private:
  std::vector<SampleSpan> spans_;
  double gain_;
};

/// What of `spans` lies in [begin, end).
std::vector<SampleSpan> clip(const std::vector<SampleSpan>& spans, int64_t begin, int64_t end);

}  // namespace tessera::audio
