#include "engine/audio/loudness.h"

#include <ebur128.h>

#include <limits>

#include "engine/media/audio_reader.h"

namespace tessera::audio {

struct LoudnessMeter::State {
  ebur128_state* meter = nullptr;
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (meter != nullptr) ebur128_destroy(&meter);
  }
};

LoudnessMeter::LoudnessMeter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;
LoudnessMeter::~LoudnessMeter() = default;

Result<LoudnessMeter> LoudnessMeter::create() {
  auto state = std::make_unique<State>();
  // The histogram bounds the memory; it costs at most 0.05 LU.
  const int mode = EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM;
  state->meter = ebur128_init(media::kMixChannels, media::kMixRate, mode);
  if (state->meter == nullptr) return fail(Errc::kCapacity, "audio.loudness", "no memory for the loudness meter");
  return LoudnessMeter(std::move(state));
}

Result<void> LoudnessMeter::add(std::span<const float> samples) {
  const int status = ebur128_add_frames_float(state_->meter, samples.data(), samples.size() / media::kMixChannels);
  if (status != EBUR128_SUCCESS) return fail(Errc::kCapacity, "audio.loudness", "no memory for the loudness meter");
  return {};
}

double LoudnessMeter::integrated() const {
  double lufs = 0;
  if (ebur128_loudness_global(state_->meter, &lufs) != EBUR128_SUCCESS) return -std::numeric_limits<double>::infinity();
  return lufs;
}

}  // namespace tessera::audio
