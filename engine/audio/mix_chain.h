#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/audio/limiter.h"
#include "engine/audio/loudness.h"
#include "engine/audio/mix_bus.h"
#include "engine/audio/mixer.h"
#include "engine/audio/true_peak.h"

namespace tessera::audio {

/// The whole chain over a MixPlan: voices, static gain, limiter, meter. What Mixer::create gives once the timeline has
/// become a plan.
class MixChain : public Mixer {
 public:
  /// Runs the measuring pass. @param samples the show's length @param target_lufs what the static gain aims at
  static Result<std::unique_ptr<Mixer>> create(const MixPlan& plan, int64_t samples, double target_lufs);

  Result<void> read(std::span<float> out) override;
  MixReport report() const override;

 private:
  MixChain(const MixPlan& plan, int64_t samples, double gain_db, LoudnessMeter meter);
  Result<void> refill();
  Result<void> measure(std::span<const float> samples);

  MixBus bus_;
  int64_t samples_;
  double gain_db_;
  double gain_;
  Limiter limiter_;
  LoudnessMeter meter_;
  TruePeak peak_meter_{0};
  double peak_ = 0;
  int64_t mixed_ = 0;   ///< samples that went into the limiter
  int64_t unread_ = 0;  ///< samples not yet given out
  std::vector<double> sum_;
  std::vector<float> block_;
  size_t block_at_ = 0;  ///< values of block_ already given out
};

}  // namespace tessera::audio
