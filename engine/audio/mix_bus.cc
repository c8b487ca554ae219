#include "engine/audio/mix_bus.h"

#include <algorithm>

namespace tessera::audio {

MixBus::MixBus(const MixPlan& plan) {
  std::shared_ptr<const Resampler> resampler;
  const auto make_voice = [&](const VoicePlan& voice) {
    if (!voice.clock.constant_offset() && !resampler) resampler = std::make_shared<const Resampler>();
    return Voice(voice, resampler);
  };
  for (const VoicePlan& take : plan.takes) takes_.push_back(make_voice(take));
  for (const MixPlan::Sound& sound : plan.sounds) sounds_.push_back({make_voice(sound.voice), sound.duck});
  const bool ducks = std::any_of(sounds_.begin(), sounds_.end(), [](const Sound& sound) { return sound.duck; });
  if (ducks) ducker_.emplace(plan.speech);
}

Result<void> MixBus::next(std::span<double> out) {
  std::fill(out.begin(), out.end(), 0.0);
  for (Voice& take : takes_) TESSERA_TRY(take.add(sample_, out));
  ducked_.assign(out.size(), 0.0);
  for (Sound& sound : sounds_) TESSERA_TRY(sound.voice.add(sample_, sound.duck ? std::span(ducked_) : out));
  if (ducker_) {
    duck_gain_.resize(out.size() / 2);
    ducker_->next(duck_gain_);
    for (size_t i = 0; i < out.size(); ++i) out[i] += ducked_[i] * duck_gain_[i / 2];
  }
  sample_ += static_cast<int64_t>(out.size() / 2);
  return {};
}

}  // namespace tessera::audio
