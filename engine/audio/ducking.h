#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/audio/clock_map.h"
#include "engine/audio/gain.h"
#include "engine/media/take_index.h"

namespace tessera::audio {

/// A take as the ducker hears it: from its index, not from its samples.
struct SpeechPlan {
  std::shared_ptr<const media::AudioIndex> index;
  ClockMap clock;
  std::vector<SampleSpan> heard;  ///< where in the show, rising, disjoint
  int32_t gain_mdb = 0;           ///< what the take's gain adds to its loudness
};

/// The gain of ducked sounds: lowered by 12 dB while a guest who is heard is louder than -40 dBFS RMS in 20 ms, and
/// back when nobody is. The decibels follow with a time constant of 50 ms down and 400 ms up. Decided every 10 ms of
/// the show, the gain is linear between. Thread-safety: one caller at a time.
class Ducker {
 public:
  explicit Ducker(std::vector<SpeechPlan> speech) : speech_(std::move(speech)) {}

  /// One gain a sample for the next out.size() samples of the show; a multiple of 480.
  void next(std::span<double> out);

 private:
  bool speaking(int64_t sample) const;

  std::vector<SpeechPlan> speech_;
  int64_t sample_ = 0;
  double level_ = 0;  ///< 0: not lowered, 1: lowered fully
  double gain_ = 1;
};

}  // namespace tessera::audio
