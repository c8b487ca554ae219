#pragma once

#include <memory>
#include <span>

#include "engine/base/result.h"

namespace tessera::audio {

/// EBU R128 of a 48 kHz stereo signal, by libebur128. Memory does not grow with the signal.
/// Thread-safety: one caller at a time.
class LoudnessMeter {
 public:
  /// @retval kCapacity no memory
  static Result<LoudnessMeter> create();
  LoudnessMeter(LoudnessMeter&&) noexcept;
  LoudnessMeter& operator=(LoudnessMeter&&) noexcept;
  ~LoudnessMeter();

  /// Interleaved stereo.
  Result<void> add(std::span<const float> samples);
  /// LUFS, gated; -inf for silence and for less than 400 ms.
  double integrated() const;

 private:
  struct State;
  explicit LoudnessMeter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tessera::audio
