#include "engine/audio/resampler.h"

#include <array>
#include <cmath>
#include <numbers>

namespace tessera::audio {
namespace {

constexpr int kTaps = static_cast<int>(Resampler::kBefore + 1 + Resampler::kAfter);
constexpr int kPhases = 512;
constexpr double kKaiserBeta = 9.0;

double window_at(double x) {
  const double inside = 1.0 - x * x;
  return inside <= 0 ? 0 : std::cyl_bessel_i(0, kKaiserBeta * std::sqrt(inside)) / std::cyl_bessel_i(0, kKaiserBeta);
}

std::array<double, kTaps> taps_of(double fraction) {
  std::array<double, kTaps> taps{};
  double sum = 0;
  for (int i = 0; i < kTaps; ++i) {
    const double x = static_cast<double>(i - Resampler::kBefore) - fraction;
    const double sinc = x == 0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
    taps[i] = sinc * window_at(x / (kTaps / 2.0));
    sum += taps[i];
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

}  // namespace

Resampler::Resampler() {
  taps_.reserve(static_cast<size_t>(kTaps) * (kPhases + 1));
  for (int phase = 0; phase <= kPhases; ++phase) {
    for (const double tap : taps_of(static_cast<double>(phase) / kPhases)) taps_.push_back(static_cast<float>(tap));
  }
}

void Resampler::read(const float* samples, int64_t first, std::span<const SamplePosition> positions,
                     std::span<float> out) const {
  for (size_t n = 0; n < positions.size(); ++n) {
    const double phase = positions[n].fraction * kPhases;
    const auto whole = static_cast<size_t>(phase);
    const float mix = static_cast<float>(phase - static_cast<double>(whole));
    const float* low = taps_.data() + whole * kTaps;
    const float* high = low + kTaps;
    const float* in = samples + (positions[n].sample - kBefore - first) * 2;
    float left = 0;
    float right = 0;
    for (int i = 0; i < kTaps; ++i) {
      const float tap = low[i] + mix * (high[i] - low[i]);
      left += tap * in[2 * i];
      right += tap * in[2 * i + 1];
    }
    out[2 * n] = left;
    out[2 * n + 1] = right;
  }
}

}  // namespace tessera::audio
