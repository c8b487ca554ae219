#include "engine/audio/mix_chain.h"

#include <algorithm>
#include <cmath>

#include "engine/audio/gain.h"
#include "engine/media/audio_reader.h"

namespace tessera::audio {
namespace {

constexpr int kChannels = media::kMixChannels;
constexpr double kMostGainDb = 20;
constexpr size_t kBlockValues = static_cast<size_t>(kBlockSamples) * kChannels;

void to_float(std::span<const double> sum, double gain, std::vector<float>& out) {
  out.resize(sum.size());
  for (size_t i = 0; i < sum.size(); ++i) out[i] = static_cast<float>(sum[i] * gain);
}

/// The measuring pass: the one gain that brings the mix to its loudness. 0 dB for silence.
Result<double> measure_gain_db(const MixPlan& plan, int64_t samples, double target_lufs) {
  TESSERA_TRY_ASSIGN(LoudnessMeter meter, LoudnessMeter::create());
  MixBus bus(plan);
  std::vector<double> sum(kBlockValues);
  std::vector<float> block;
  for (int64_t done = 0; done < samples; done += kBlockSamples) {
    TESSERA_TRY(bus.next(sum));
    to_float(sum, 1.0, block);
    block.resize(static_cast<size_t>(std::min(kBlockSamples, samples - done)) * kChannels);
    TESSERA_TRY(meter.add(block));
  }
  const double measured = meter.integrated();
  return std::isfinite(measured) ? std::min(target_lufs - measured, kMostGainDb) : 0.0;
}

}  // namespace

Result<std::unique_ptr<Mixer>> MixChain::create(const MixPlan& plan, int64_t samples, double target_lufs) {
  TESSERA_TRY_ASSIGN(const double gain_db, measure_gain_db(plan, samples, target_lufs));
  TESSERA_TRY_ASSIGN(LoudnessMeter meter, LoudnessMeter::create());
  return std::unique_ptr<Mixer>(new MixChain(plan, samples, gain_db, std::move(meter)));
}

MixChain::MixChain(const MixPlan& plan, int64_t samples, double gain_db, LoudnessMeter meter)
    : bus_(plan),
      samples_(samples),
      gain_db_(gain_db),
      gain_(db_to_gain(gain_db)),
      meter_(std::move(meter)),
      unread_(samples),
      sum_(kBlockValues) {}

Result<void> MixChain::refill() {
  // The limiter is fed to the sample, so that its count covers the show and nothing else.
  const int64_t count = std::min(kBlockSamples, samples_ + Limiter::kDelay - mixed_);
  TESSERA_TRY(bus_.next(sum_));
  to_float(sum_, gain_, block_);
  block_.resize(static_cast<size_t>(count * kChannels));
  limiter_.process(block_);
  block_at_ = static_cast<size_t>(std::clamp(Limiter::kDelay - mixed_, int64_t{0}, count) * kChannels);
  mixed_ += count;
  return measure(std::span(block_).subspan(block_at_));
}

Result<void> MixChain::measure(std::span<const float> samples) {
  for (size_t i = 0; i + 1 < samples.size(); i += kChannels) {
    const double peak = peak_meter_.next(samples[i], samples[i + 1]);
    if (peak <= peak_) continue;
    peak_ = peak;
    peak_meter_.ignore_below(peak);
  }
  return meter_.add(samples);
}

Result<void> MixChain::read(std::span<float> out) {
  while (!out.empty() && unread_ > 0) {
    if (block_at_ == block_.size()) {
      TESSERA_TRY(refill());
      continue;
    }
    const size_t count = std::min({out.size(), block_.size() - block_at_, static_cast<size_t>(unread_) * kChannels});
    std::copy_n(block_.begin() + static_cast<int64_t>(block_at_), count, out.begin());
    block_at_ += count;
    unread_ -= static_cast<int64_t>(count) / kChannels;
    out = out.subspan(count);
  }
  std::fill(out.begin(), out.end(), 0.0F);
  return {};
}

MixReport MixChain::report() const {
  return {meter_.integrated(), gain_to_db(peak_), gain_db_, limiter_.limited_samples()};
}

}  // namespace tessera::audio
