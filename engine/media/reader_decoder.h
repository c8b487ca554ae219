#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/media/av.h"
#include "engine/media/hw.h"
#include "engine/media/reader_hardware.h"
#include "engine/media/reader_packets.h"
#include "engine/media/reader_watch.h"

// For the .cc files of engine/media only.
namespace tessera::media {

/// What became of one picture of the take.
struct DecodedPicture {
  int64_t number = -1;
  AvFrame frame;       ///< null: lost
  std::string reason;  ///< where lost
};

/// Decodes a take's packets and decides which pictures are sound.
///
/// A picture is lost where the index says so, where the decoder reports damage (an error, or a mark on the picture), or
/// where it may refer to such a one: all that follow it in decode order up to the next random-access point. Leading
/// pictures (decoded after a random-access point, presented before it) may refer to the GOP before and are lost with
/// it; nothing else refers to them, so their own damage ends with them.
///
/// The verdict on a GOP depends on its bytes alone (and for its leading pictures on the GOP before), not on where
/// decoding began. Therefore the decoder starts from nothing where a GOP refers to nothing before it, and behind a
/// damaged GOP. Decoders mark a damaged picture only
/// when it comes out, after others that refer to it and sometimes after packets of the next GOP went in: so pictures
/// are held until all that were decoded before them are out, and those packets are kept to be decoded again.
/// Thread-safety: one caller at a time.
class GopDecoder {
 public:
  /// @param hardware not null: the codec gives surfaces of it, and its verdict of damage is a suspicion, to be looked
  ///        into by software
  GopDecoder(AvCodec codec, std::shared_ptr<const VideoIndex> video, std::shared_ptr<HwDevice> hardware = nullptr);

  /// Forgets everything; the next packet is the first of a GOP. `wanted_gop` is the first of which pictures are wanted.
  void restart(uint32_t wanted_gop);

  /// Decodes the next packet in decode order. Pictures whose fate is decided are appended to `out`, by rising number;
  /// numbers that are left out were never delivered by the decoder.
  /// @retval kCapacity no memory
  Result<void> send(TakePacket packet, std::vector<DecodedPicture>& out);

  /// The end of the stream: appends what is left.
  Result<void> finish(std::vector<DecodedPicture>& out);

  /// True where nothing is damaged and yet the picture of the wanted GOP's random-access point was not delivered: the
  /// stream is refreshed little by little, and decoding has to begin earlier.
  bool soft_start() const { return soft_start_; }

  /// Since the last call: how many pictures the hardware decoded, and how many the codec gave that are no surfaces.
  struct Decoded {
    int64_t surfaces = 0, others = 0;
  };
  Decoded take_decoded() { return {count_ ? count_->take() : 0, std::exchange(others_, 0)}; }
  /// The last error of the hardware's that was not libavcodec's; empty where there was none.
  const std::string& hardware_error() const { return hardware_error_; }

  /// As the index had it when this decoder was made.
  bool is_known_lost(int64_t number) const { return known_lost_[static_cast<size_t>(number)]; }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  /// A packet in the decoder whose picture has not come out.
  struct Sent {
    int64_t order = 0;  ///< in decode order
    int64_t number = -1;
    uint32_t gop = 0;
    bool leading = false;
  };
  struct Damage {
    int64_t main = kNever;     ///< decode order of the first damaged picture that others may refer to
    int64_t leading = kNever;  ///< of the first damaged leading picture
  };
  struct Held {
    Sent sent;
    AvFrame frame;
  };

  Result<void> send_one(TakePacket packet);
  Result<void> start_anew();
  void flush();
  Result<void> feed(const TakePacket& packet, const Sent& sent);
  Result<void> receive(const Sent* cause, uint32_t newest_gop);
  Result<void> drain(uint32_t newest_gop);
  Result<void> replay_after_damage();
  void accept(AvFrame frame, uint32_t newest_gop);
  void reach(int64_t number);
  void mark(const Sent& sent, const std::string& reason);
  void forget_after(uint32_t gop);
  bool is_known_lost(const TakePacket& packet) const;
  bool is_lost(const Sent& sent) const;
  bool is_waiting(const Sent& sent) const;
  bool is_damaged(uint32_t gop) const;
  void release(std::vector<DecodedPicture>& out);
  void trim();

  std::unique_ptr<DecoderWatch> watch_;  ///< null for H.264, which tells
  std::unique_ptr<DecodeCount> count_;   ///< null for software
  AvCodec codec_;
  std::shared_ptr<const VideoIndex> video_;
  std::vector<bool> known_lost_;  ///< as the index had it when this decoder was made
  bool is_h264_ = false;
  bool is_hevc_ = false;
  std::shared_ptr<HwDevice> hardware_;
  bool fed_ = false;  ///< something was given to the codec since it was new or flushed
  int64_t others_ = 0;
  std::string hardware_error_;
  bool may_be_unfilled_ = false;  ///< lossless codecs can hold any values

  int64_t order_ = 0;       ///< packets seen since restart()
  uint32_t gop_ = 0;        ///< of the last packet
  uint32_t first_gop_ = 0;  ///< where decoding began
  uint32_t wanted_gop_ = 0;
  bool started_ = false;
  bool reached_ = false;  ///< pictures of the wanted GOP have come out
  bool soft_start_ = false;
  uint32_t late_gop_ = UINT32_MAX;  ///< a GOP before gop_ whose damage has just been found
  std::deque<Sent> sent_;           ///< by order
  std::deque<Held> held_;           ///< by number
  std::deque<TakePacket> replay_;   ///< packets of GOPs behind one that is not decided yet
  std::map<uint32_t, Damage> damage_;
  std::map<int64_t, std::string> lost_;  ///< not yet told
};

}  // namespace tessera::media
