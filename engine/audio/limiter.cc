#include "engine/audio/limiter.h"

#include <algorithm>
#include <cmath>

namespace tessera::audio {
namespace {

// Gains are integers, so that the running average neither drifts nor ends short of 1.
constexpr int64_t kOne = int64_t{1} << 30;
constexpr int kReleaseShift = 12;
/// 0.2 dB under -1 dBFS: what the estimate at four points a sample and the gain's own movement may miss.
constexpr double kCeiling = 0.8710;

constexpr int64_t kGuard = 8;  ///< samples on either side of a peak that shape it
constexpr int64_t kAverage = 224;
constexpr int64_t kWindow = 2 * kGuard + kAverage;
static_assert(Limiter::kDelay == TruePeak::kDelay + kWindow - kGuard - 1);

}  // namespace

Limiter::Limiter()
    : peak_(kCeiling),
      delay_(static_cast<size_t>(kDelay) * 2, 0.0F),
      candidates_(kWindow + 1),
      released_(kOne),
      averaged_(kAverage, kOne),
      average_sum_(kAverage * kOne) {}

int64_t Limiter::lowest_ahead(int64_t needed) {
  const size_t size = candidates_.size();
  if (candidate_count_ > 0 && candidates_[first_candidate_].sample <= sample_ - kWindow) {
    first_candidate_ = (first_candidate_ + 1) % size;
    --candidate_count_;
  }
  while (candidate_count_ > 0 && candidates_[(first_candidate_ + candidate_count_ - 1) % size].gain >= needed) {
    --candidate_count_;
  }
  candidates_[(first_candidate_ + candidate_count_) % size] = {sample_, needed};
  ++candidate_count_;
  return candidates_[first_candidate_].gain;
}

int64_t Limiter::smooth(int64_t lowest) {
  const int64_t rise = std::max<int64_t>(1, (kOne - released_) >> kReleaseShift);
  released_ = std::min({lowest, released_ + rise, kOne});
  int64_t& oldest = averaged_[static_cast<size_t>(sample_ % kAverage)];
  average_sum_ += released_ - oldest;
  oldest = released_;
  return average_sum_ / kAverage;
}

void Limiter::process(std::span<float> samples) {
  for (size_t i = 0; i + 1 < samples.size(); i += 2) {
    const double peak = peak_.next(samples[i], samples[i + 1]);
    const int64_t needed = peak <= kCeiling ? kOne : static_cast<int64_t>(kCeiling / peak * static_cast<double>(kOne));
    const int64_t gain = smooth(lowest_ahead(needed));
    float* delayed = delay_.data() + 2 * (sample_ % kDelay);
    std::swap(samples[i], delayed[0]);
    std::swap(samples[i + 1], delayed[1]);
    if (gain < kOne) {
      const double factor = static_cast<double>(gain) / static_cast<double>(kOne);
      samples[i] = static_cast<float>(samples[i] * factor);
      samples[i + 1] = static_cast<float>(samples[i + 1] * factor);
      if (sample_ >= kDelay) ++limited_;
    }
    ++sample_;
  }
}

}  // namespace tessera::audio
