#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "engine/base/result.h"
#include "engine/media/take_index.h"

namespace tessera::media {

inline constexpr int kMixRate = 48'000;  ///< samples a second of everything after the readers
inline constexpr int kMixChannels = 2;   ///< interleaved left, right

/// Decodes a take's sound as 48 kHz stereo float (-1..1, may exceed), on the take's own clock: sample n is heard at
/// take time n / 48000. Before the stream starts, in its gaps and after its end there is silence, so that sound can't
/// drift from its timestamps: a stretch whose timestamps disagree with the running count by more than 10 ms is moved to
/// where its timestamps say; smaller disagreement is left alone (it is jitter, not drift).
/// Thread-safety: one caller at a time.
class AudioReader {
 public:
  static Result<std::unique_ptr<AudioReader>> open(std::shared_ptr<const TakeIndex> index, const MediaLimits& limits);
  virtual ~AudioReader() = default;

  /// Fills `out` (interleaved stereo, size a multiple of 2) with the samples from number `first` on. Any order;
  /// ascending calls without holes are fast, others seek. Damaged packets are silence.
  virtual Result<void> read(int64_t first, std::span<float> out) = 0;
};

}  // namespace tessera::media
