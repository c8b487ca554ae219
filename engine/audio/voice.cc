#include "engine/audio/voice.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "engine/media/audio_reader.h"

namespace tessera::audio {
namespace {

/// A clock that runs this much faster than the show is no drift but a mistake; it must not become memory.
constexpr int64_t kFastest = 8;
constexpr int64_t kFarthest = int64_t{1} << 40;  ///< samples; no take is so long

}  // namespace

Voice::Voice(const VoicePlan& plan, std::shared_ptr<const Resampler> resampler)
    : clock_(plan.clock), gain_(plan.gain), window_(plan.open), resampler_(std::move(resampler)) {
  assert(clock_.constant_offset() || resampler_);
}

Result<void> Voice::add(int64_t first, std::span<double> sum) {
  const auto count = static_cast<int64_t>(sum.size() / 2);
  if (!gain_.any(first, count)) {
    // Closed once it can't be heard any more, and across long mutes; the next sample opens it again.
    if (!gain_.any(first, count + media::kMixRate)) close();
    return {};
  }
  samples_.resize(sum.size());
  gains_.resize(static_cast<size_t>(count));
  TESSERA_TRY(clock_.constant_offset() ? copy(first, count) : resample(first, count));
  gain_.fill(first, gains_);
  for (size_t n = 0; n < gains_.size(); ++n) {
    sum[2 * n] += gains_[n] * static_cast<double>(samples_[2 * n]);
    sum[2 * n + 1] += gains_[n] * static_cast<double>(samples_[2 * n + 1]);
  }
  return {};
}

// Assigning {} would keep the memory.
void Voice::close() {
  window_.close();
  positions_ = std::vector<SamplePosition>();
  samples_ = std::vector<float>();
  gains_ = std::vector<double>();
}

Result<void> Voice::copy(int64_t first, int64_t count) {
  TESSERA_TRY_ASSIGN(const float* samples, window_.at(first + *clock_.constant_offset(), count));
  std::copy_n(samples, samples_.size(), samples_.begin());
  return {};
}

Result<void> Voice::resample(int64_t first, int64_t count) {
  positions_.resize(static_cast<size_t>(count));
  clock_.positions(first, positions_);
  const int64_t begin = positions_.front().sample - Resampler::kBefore;
  const int64_t end = positions_.back().sample + Resampler::kAfter + 1;
  if (end - begin > kFastest * kBlockSamples || std::abs(begin) > kFarthest) {
    std::fill(samples_.begin(), samples_.end(), 0.0F);
    return {};
  }
  TESSERA_TRY_ASSIGN(const float* samples, window_.at(begin, end - begin));
  resampler_->read(samples, begin, positions_, samples_);
  return {};
}

}  // namespace tessera::audio
