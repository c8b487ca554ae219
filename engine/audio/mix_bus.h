#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <vector>

#include "engine/audio/ducking.h"
#include "engine/audio/voice.h"

namespace tessera::audio {

/// What is mixed: everything a pass over the show needs. Values.
struct MixPlan {
  struct Sound {
    VoicePlan voice;
    bool duck = false;
  };
  std::vector<VoicePlan> takes;    ///< in the order they are added
  std::vector<Sound> sounds;       ///< after the takes
  std::vector<SpeechPlan> speech;  ///< what ducked sounds give way to
};

/// One pass over the show: the sum of all voices before the static gain and the limiter.
/// Thread-safety: one caller at a time.
class MixBus {
 public:
  explicit MixBus(const MixPlan& plan);

  /// The next kBlockSamples samples, interleaved stereo.
  Result<void> next(std::span<double> out);

 private:
  struct Sound {
    Voice voice;
    bool duck = false;
  };
  std::list<Voice> takes_;
  std::list<Sound> sounds_;
  std::optional<Ducker> ducker_;
  std::vector<double> ducked_;
  std::vector<double> duck_gain_;
  int64_t sample_ = 0;
};

}  // namespace tessera::audio
