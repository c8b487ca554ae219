#include "engine/audio/true_peak.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tessera::audio {
namespace {

constexpr double kKaiserBeta = 6.0;

double window_at(double x) {
  return std::cyl_bessel_i(0, kKaiserBeta * std::sqrt(std::max(0.0, 1.0 - x * x))) / std::cyl_bessel_i(0, kKaiserBeta);
}

}  // namespace

TruePeak::TruePeak(double ignore) {
  for (int point = 0; point < kPoints; ++point) {
    const double fraction = static_cast<double>(point) / kPoints;
    double sum = 0;
    for (int i = 0; i < kTaps; ++i) {
      // Tap kDelay - 1 is the sample itself, tap kDelay the next.
      const double x = static_cast<double>(i - (kDelay - 1)) - fraction;
      const double sinc = x == 0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
      const double tap = point == 0 ? (x == 0 ? 1.0 : 0.0) : sinc * window_at(x / kDelay);
      taps_[point][i] = static_cast<float>(tap);
      sum += std::abs(tap);
    }
    largest_sum_ = std::max(largest_sum_, sum);
  }
  ignore_below(ignore);
}

void TruePeak::ignore_below(double ignore) { loud_ = static_cast<float>(ignore / largest_sum_ * 0.999); }

double TruePeak::next(float left, float right) {
  history_[0][at_] = history_[0][at_ + kTaps] = left;
  history_[1][at_] = history_[1][at_ + kTaps] = right;
  at_ = (at_ + 1) % kTaps;
  quiet_ = std::max(std::abs(left), std::abs(right)) >= loud_ ? 0 : quiet_ + 1;
  if (quiet_ >= kTaps) return 0;
  float peak = 0;
  for (const auto& channel : history_) {
    const float* samples = channel.data() + at_;
    for (const auto& taps : taps_) {
      float value = 0;
      for (int i = 0; i < kTaps; ++i) value += taps[i] * samples[i];
      peak = std::max(peak, std::abs(value));
    }
  }
  return static_cast<double>(peak);
}

}  // namespace tessera::audio
