#pragma once

// For the .cc files of engine/media only.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/media/av.h"

struct SwrContext;

namespace tessera::media {

struct SwrFree {
  void operator()(SwrContext* p) const;
};
using Swr = std::unique_ptr<SwrContext, SwrFree>;

/// A run of decoded sound at its place on the take's clock: sample n of a stream at `rate` is heard at take time n /
/// rate.
struct SoundBlock {
  int64_t pts = INT64_MIN;  ///< of the decoded frame, container ticks; INT64_MIN: none, or not placed by it alone
  int64_t first = 0;        ///< number of the first sample
  int rate = 0;             ///< samples a second
  int channels = 0;         ///< before the downmix
  std::span<const float> samples;  ///< interleaved stereo; valid until the sink returns
};

/// Decodes a sound stream to stereo float at its own rate and places it by its timestamps, by the rule of
/// audio_reader.h. Blocks come by rising, never overlapping, positions. What is damaged is left out or zero.
/// Thread-safety: one caller at a time.
class SoundDecoder {
 public:
  using Sink = std::function<void(const SoundBlock&)>;
  /// Take time from..to, in microseconds, that could not be decoded.
  using DamageSink = std::function<void(Micros from, Micros to)>;

  /// @param origin container ticks at take time 0
  /// @retval kBadInput no decoder for the codec
  static Result<SoundDecoder> create(const AVStream* stream, int64_t origin, const MediaLimits& limits);

  /// The next packet in order; null: no more, gives what the decoder still has.
  void decode(const AVPacket* packet, const Sink& sink);
  void on_damage(DamageSink damage) { damage_ = std::move(damage); }

  /// Drops what is decoded until the frame of this anchor comes, and places that where the anchor says.
  void resume_at(const AudioAnchor& anchor) { anchor_ = anchor; }

 private:
  SoundDecoder() = default;
  void receive(const Sink& sink);
  void place(const AVFrame& frame, const Sink& sink);
  bool reaches_anchor(const AVFrame& frame) const;
  bool configure(const AVFrame& frame);
  bool convert(const AVFrame& frame);
  void lose(int64_t ticks);
  int64_t sample_of(int64_t pts, int rate) const;

  AvCodec codec_;
  AvFrame frame_;
  Rational tick_;
  int64_t origin_ = 0;
  int64_t max_seconds_ = 0;
  DamageSink damage_;
  std::optional<AudioAnchor> anchor_;
  std::optional<int64_t> next_;  ///< number of the sample after the last one placed, at rate_
  std::optional<int64_t> leap_;  ///< where the frame before wanted to leap to
  int rate_ = 0;
  int format_ = -1;
  int channels_ = 0;
  std::vector<uint8_t> layout_;  ///< the channel layout swr_ was made for, in words
  Swr swr_;
  bool damaged_packet_ = false;
  std::vector<float> stereo_;
};

}  // namespace tessera::media
