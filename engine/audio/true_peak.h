#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::audio {

/// The highest level of a stereo signal between its samples, estimated at four points a sample (as ITU-R BS.1770 does).
/// Thread-safety: one caller at a time.
class TruePeak {
 public:
  static constexpr int64_t kDelay = 12;  ///< samples that must follow before a sample's peak is known

  /// @param ignore peaks that are surely below this are given as 0: most samples then cost nothing
  explicit TruePeak(double ignore);

  /// From now on, ignores peaks below this.
  void ignore_below(double ignore);
  /// Takes the next sample; gives the peak between the sample kDelay before it and that one's next: |x(t)|,
  /// t in [n - kDelay, n - kDelay + 1).
  double next(float left, float right);

 private:
  static constexpr int kTaps = 2 * static_cast<int>(kDelay);
  static constexpr int kPoints = 4;

  std::array<std::array<float, kTaps>, kPoints> taps_{};
  /// The last kTaps samples, written twice so that they always lie in one piece.
  std::array<std::array<float, 2 * kTaps>, 2> history_{};
  size_t at_ = 0;
  float loud_ = 0;          ///< a sample below this can't make a peak of `ignore`
  double largest_sum_ = 1;  ///< of a filter's taps: no peak exceeds the samples by more
  int64_t quiet_ = kTaps;   ///< samples since the last that could
};

}  // namespace tessera::audio
