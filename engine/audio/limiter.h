#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/audio/true_peak.h"

namespace tessera::audio {

/// A look-ahead limiter: keeps the true peak of a stereo signal under -1 dBFS. One gain for both channels; it is down
/// 5 ms before a peak and comes back with a time constant of 85 ms. Where nothing comes near the ceiling, samples pass
/// unchanged, bit by bit.
/// Thread-safety: one caller at a time.
class Limiter {
 public:
  static constexpr int64_t kDelay = 243;  ///< samples from in to out: 5 ms

  Limiter();

  /// In place, interleaved; what comes out is kDelay samples late. Any sizes, the same samples.
  void process(std::span<float> samples);
  /// Samples (of both channels) given out with a gain below 1.
  int64_t limited_samples() const { return limited_; }

 private:
  int64_t lowest_ahead(int64_t needed);
  int64_t smooth(int64_t lowest);

  struct Candidate {
    int64_t sample = 0;
    int64_t gain = 0;
  };
  TruePeak peak_;
  std::vector<float> delay_;           ///< ring of stereo samples
  std::vector<Candidate> candidates_;  ///< ring: rising gains, the first is the lowest of the window
  size_t first_candidate_ = 0;
  size_t candidate_count_ = 0;
  int64_t released_;               ///< gain after the release, 2^30 = 1
  std::vector<int64_t> averaged_;  ///< ring of released gains
  int64_t average_sum_;
  int64_t sample_ = 0;
  int64_t limited_ = 0;
};

}  // namespace tessera::audio
