#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/audio/clock_map.h"

namespace tessera::audio {

/// Reads between samples: sinc of 32 taps under a Kaiser window, 512 phases with linear interpolation between them. For
/// speeds close to 1, the drift of clocks: it has no filter against the aliases of faster ones. Immutable.
class Resampler {
 public:
  static constexpr int64_t kBefore = 15;  ///< samples needed before a position's sample
  static constexpr int64_t kAfter = 16;   ///< samples needed after it

  Resampler();

  /// out (interleaved stereo) = the signal at `positions`. @param samples interleaved, from number `first` on; holds
  /// kBefore samples before the first position and kAfter after the last.
  void read(const float* samples, int64_t first, std::span<const SamplePosition> positions, std::span<float> out) const;

 private:
  std::vector<float> taps_;  ///< phase by phase
};

}  // namespace tessera::audio
