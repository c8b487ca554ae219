#pragma once

// For the .cc files of engine/media only.

#include <thread>
#include <vector>

#include "engine/base/channel.h"
#include "engine/media/index_sound.h"

namespace tessera::media {

/// Makes the index of a sound stream: decodes its packets, on a thread of its own so that the disk need not wait.
/// Thread-safety: one caller at a time.
class AudioIndexer {
 public:
  /// @retval kBadInput no decoder for the codec
  static Result<std::unique_ptr<AudioIndexer>> create(const AVStream* stream, int64_t origin,
                                                      const MediaLimits& limits);
  ~AudioIndexer();

  /// The next packet in order. Waits where the decoder is far behind.
  void add(AvPacket packet) { packets_.push(std::move(packet)); }

  /// What was found; null where nothing could be decoded. Appends what was damaged to `losses`. Once.
  /// @param declared_end take time where the container says the stream ends; where decoded sound is up to a packet
  /// longer,
  ///        the rest is the encoder's padding. INT64_MAX: it doesn't say
  std::shared_ptr<AudioIndex> finish(Micros declared_end, std::vector<LossSpan>& losses);

 private:
  AudioIndexer(SoundDecoder decoder, const AVStream* stream, int64_t origin);
  void run();
  void take(const SoundBlock& block);
  void measure(const SoundBlock& block);
  void note_damage(Micros from, Micros to);

  static constexpr size_t kPacketsAhead = 512;
  SoundDecoder decoder_;
  std::shared_ptr<AudioIndex> index_;
  Hash128Hasher hasher_;
  std::vector<double> energy_;  ///< sum of squares by 20 ms
  std::vector<LossSpan> damage_;
  bool any_ = false;
  int64_t next_anchor_ = INT64_MIN;
  Channel<AvPacket> packets_;
  std::jthread thread_;
};

}  // namespace tessera::media
