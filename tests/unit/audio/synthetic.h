#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <numbers>
#include <random>
#include <vector>

#include "engine/audio/mix_bus.h"

/// Sources that are functions of the sample's number: no file, no decoder, any length.
namespace tessera::audio::testing {

/// Both channels' value of one sample.
using Signal = std::function<double(int64_t)>;

/// How often sources were opened, and how many are open.
struct OpenCount {
  int opened = 0;
  int open = 0;
  int most = 0;
};

class SignalSource : public SampleSource {
 public:
  SignalSource(Signal signal, OpenCount* count) : signal_(std::move(signal)), count_(count) {
    if (count_ == nullptr) return;
    ++count_->opened;
    count_->most = std::max(count_->most, ++count_->open);
  }
  ~SignalSource() override {
    if (count_ != nullptr) --count_->open;
  }
  Result<void> read(int64_t first, std::span<float> out) override {
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<float>(signal_(first + static_cast<int64_t>(i / 2)));
    }
    return {};
  }

 private:
  Signal signal_;
  OpenCount* count_;
};

inline OpenSource source(Signal signal, OpenCount* count = nullptr) {
  return [=]() -> Result<std::unique_ptr<SampleSource>> { return std::make_unique<SignalSource>(signal, count); };
}

inline Signal sine(double hertz, double amplitude) {
  return
      [=](int64_t n) { return amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(n) / 48000.0); };
}

inline Signal constant(double value) {
  return [=](int64_t) { return value; };
}

/// Syllables of noise, 4 a second; every third second is a pause.
inline Signal speech_like(double amplitude, uint64_t seed) {
  return [=](int64_t n) {
    const int64_t second = n / 48000;
    if (second % 3 == 2) return 0.0;
    // SplitMix64's finaliser: noise that is a function of the sample's number.
    uint64_t x = seed * 0x9e3779b97f4a7c15U + static_cast<uint64_t>(n);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    const double noise = static_cast<double>(x >> 40) / 8388608.0 - 1.0;
    return amplitude * noise * (0.55 + 0.45 * std::sin(2 * std::numbers::pi * 4 * static_cast<double>(n) / 48000.0));
  };
}

/// A take at `at` microseconds, heard in `spans` with gain 1.
inline VoicePlan voice(OpenSource open, Micros at, std::vector<SampleSpan> spans) {
  spec::Take take;
  take.at = at;
  return {std::move(open), ClockMap(take), GainCurve(std::move(spans), 1.0)};
}

/// All of a bus, interleaved; `blocks` blocks.
inline std::vector<double> run(const MixPlan& plan, int64_t blocks) {
  MixBus bus(plan);
  std::vector<double> all(static_cast<size_t>(blocks * kBlockSamples * 2));
  for (int64_t b = 0; b < blocks; ++b) {
    const auto block = std::span(all).subspan(static_cast<size_t>(b * kBlockSamples * 2), kBlockSamples * 2);
    if (!bus.next(block)) return {};
  }
  return all;
}

}  // namespace tessera::audio::testing
