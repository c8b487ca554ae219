#include "engine/audio/ducking.h"

#include <algorithm>
#include <cmath>

#include "engine/media/audio_reader.h"

namespace tessera::audio {
namespace {

constexpr int64_t kStep = media::kMixRate / 100;
constexpr int64_t kLoudnessSamples = media::kMixRate / 50;
constexpr double kStepMs = 10;
constexpr double kAttackMs = 50;
constexpr double kReleaseMs = 400;
constexpr double kDuckDb = -12;
constexpr int32_t kSpeechCentiDb = -4000;
constexpr double kSettled = 1e-4;

}  // namespace

bool Ducker::speaking(int64_t sample) const {
  for (const SpeechPlan& plan : speech_) {
    const auto span = std::upper_bound(plan.heard.begin(), plan.heard.end(), sample,
                                       [](int64_t s, const SampleSpan& heard) { return s < heard.end; });
    if (span == plan.heard.end() || sample < span->begin) continue;
    const int64_t at = plan.clock.sample_at(sample);
    if (at < 0 || at / kLoudnessSamples >= static_cast<int64_t>(plan.index->loudness.size())) continue;
    const int32_t loudness = plan.index->loudness[static_cast<size_t>(at / kLoudnessSamples)];
    if (loudness + plan.gain_mdb / 10 > kSpeechCentiDb) return true;
  }
  return false;
}

void Ducker::next(std::span<double> out) {
  for (size_t done = 0; done < out.size(); done += kStep) {
    const double target = speaking(sample_) ? 1.0 : 0.0;
    level_ += (target - level_) * (1.0 - std::exp(-kStepMs / (target > level_ ? kAttackMs : kReleaseMs)));
    if (std::abs(target - level_) < kSettled) level_ = target;
    const double gain = level_ == 0 ? 1.0 : db_to_gain(kDuckDb * level_);
    for (int64_t n = 0; n < kStep; ++n) {
      out[done + static_cast<size_t>(n)] = gain_ + (gain - gain_) * static_cast<double>(n + 1) / kStep;
    }
    gain_ = gain;
    sample_ += kStep;
  }
}

}  // namespace tessera::audio
