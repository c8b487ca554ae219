#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/audio/clock_map.h"
#include "engine/audio/gain.h"
#include "engine/audio/resampler.h"
#include "engine/audio/sample_window.h"

namespace tessera::audio {

/// A take in the mix: where its samples lie in the show and how loud they are there. Values; can be copied for a second
/// pass.
struct VoicePlan {
  OpenSource open;
  ClockMap clock;
  GainCurve gain;
};

/// Plays a VoicePlan from the show's beginning to its end. Holds its source and memory only while it can be heard.
/// Thread-safety: one caller at a time.
class Voice {
 public:
  /// @param resampler null where the plan's clock runs at the show's speed
  Voice(const VoicePlan& plan, std::shared_ptr<const Resampler> resampler);

  /// Adds show samples [first, first + size / 2) to `sum` (interleaved). Ascending calls of at most kBlockSamples.
  Result<void> add(int64_t first, std::span<double> sum);

 private:
  void close();
  Result<void> copy(int64_t first, int64_t count);
  Result<void> resample(int64_t first, int64_t count);

  ClockMap clock_;
  GainCurve gain_;
  SampleWindow window_;
  std::shared_ptr<const Resampler> resampler_;
  std::vector<SamplePosition> positions_;
  std::vector<float> samples_;
  std::vector<double> gains_;
};

}  // namespace tessera::audio
