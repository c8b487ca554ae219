#pragma once

// For the .cc files of engine/media only.

#include <vector>

#include "engine/media/index_format.h"

namespace tessera::media {

/// Makes the index of a video stream out of its packets, in decode order.
class VideoIndexer {
 public:
  /// `origin` is the container's ticks at take time 0.
  VideoIndexer(AVFormatContext* input, AVStream* stream, int64_t origin, const MediaLimits& limits);

  /// @retval kLimit more pictures or a longer recording than allowed
  Result<void> add(const AVPacket& packet);

  /// What was found; null where no packet gave a picture. Appends what is missing to `losses`.
  /// @param file_bytes the file's size: where the last GOP ends in containers that don't say
  /// @param declared_end ticks from take time 0 where the container says the stream ends; INT64_MIN: it doesn't say
  Result<std::shared_ptr<VideoIndex>> finish(int64_t file_bytes, int64_t declared_end, std::vector<LossSpan>& losses);

  /// Packets whose timestamps made no sense, and whose pictures are not in the index.
  int64_t wild_packets() const { return wild_; }

 private:
  struct FormatChange {
    int64_t pts = 0;
    VideoFormat format;
  };

  bool leaps(const AVPacket& packet) const;
  bool is_too_late(const AVPacket& packet) const;
  bool is_wild(const AVPacket& packet) const;
  Result<void> take(const AVPacket& packet, bool wild);
  Result<void> add_frame(const AVPacket& packet, int64_t pts, bool damaged);
  bool is_damaged(const AVPacket& packet);
  void drop_overlap(int64_t key_pts);
  void begin_gop(const AVPacket& packet, int64_t pts);
  void end_gop(int64_t next_begin);
  void add_to_gop(const AVPacket& packet);
  void number_frames();
  void number_gops();
  Result<void> number_formats();
  void measure_intervals();
  void find_losses(int64_t declared_end, std::vector<LossSpan>& losses) const;

  AVStream* stream_;
  MediaLimits limits_;
  FormatProbe probe_;
  bool all_keys_ = false;  ///< every picture is a random-access point
  bool sizes_tell_ends_;   ///< a packet ends in the file at its position + size
  std::shared_ptr<VideoIndex> index_;
  std::vector<int64_t> key_pts_;  ///< by GOP
  std::vector<FormatChange> changes_;
  std::optional<VideoFormat> pending_change_;  ///< seen on a packet without a time of its own
  Hash128Hasher gop_hasher_;
  AvPacket held_;              ///< leapt ahead of the clock; the next packet tells whether it was damage
  int64_t clock_ = INT64_MIN;  ///< dts of the last packet with sane timestamps
  bool starts_with_key_ = false;
  bool flagged_before_ = false;  ///< the packet before was flagged as damaged
  int64_t wild_ = 0;
  int64_t too_late_ = 0;          ///< of them, behind the longest duration allowed
  int64_t last_pts_ = INT64_MIN;  ///< greatest so far, and
  int64_t its_duration_ = 0;      ///< how long that packet says it lasts
};

}  // namespace tessera::media
