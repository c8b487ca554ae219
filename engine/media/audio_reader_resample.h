#pragma once

// For the .cc files of engine/media only.

#include <functional>

#include "engine/media/index_sound.h"

namespace tessera::media {

/// Brings placed sound to kMixRate. The input is one endless signal, zero where there is no block; the filter's phase
/// follows from a sample's number alone, so the output does not depend on where feeding began.
/// Thread-safety: one caller at a time.
class SoundResampler {
 public:
  /// Interleaved stereo at kMixRate from sample number `first` on. Outputs overlap where sound is interrupted: they
  /// add.
  using Sink = std::function<void(int64_t first, std::vector<float> samples)>;

  /// Blocks by rising positions.
  /// @retval kCapacity libswresample has no memory for the rate
  Result<void> feed(const SoundBlock& block, const Sink& sink);
  /// What is still in the filter; the next feed() begins anew.
  void flush(const Sink& sink);

 private:
  Result<void> restart(int64_t first, int rate, const Sink& sink);
  void convert(std::span<const float> stereo, const Sink& sink);

  Swr swr_;
  int rate_ = 0;
  int64_t next_in_ = 0;
  int64_t next_out_ = 0;
};

}  // namespace tessera::media
