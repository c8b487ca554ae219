#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/media/av.h"
#include "engine/media/reader_gops.h"
#include "engine/media/take_index.h"

// For the .cc files of engine/media only.
namespace tessera::media {

/// A packet of the take's picture stream and where it belongs in the index.
struct TakePacket {
  AvPacket packet;
  int64_t number = -1;  ///< presentation number; -1: not in the index (decoders may need it all the same)
  uint32_t gop = 0;
  bool leading = false;      ///< presented before the random-access point of its own GOP
  bool independent = false;  ///< the first of a GOP in which nothing refers to what was before
};

/// Demuxes the pictures of a take and seeks in them by GOP, exactly: a seek is believed only when the packet it looked
/// for has been seen, else it starts further ahead. Nothing but the file's bytes decides what comes out.
/// Thread-safety: one caller at a time.
class PacketSource {
 public:
  static Result<PacketSource> open(const std::string& path, const MediaLimits& limits,
                                   std::shared_ptr<const VideoIndex> video, std::shared_ptr<const GopMap> gops);

  /// The stream, for opening a decoder. Valid as long as this object is and no seek has reopened the file.
  const AVStream* stream() const { return input_->streams[video_->stream]; }

  /// The next packet of next() will be the first of this GOP; for GOP 0 the first of the file.
  /// @retval kUnreachable the file can't be opened again, or the GOP is no longer where the index has it
  Result<void> seek(uint32_t gop);

  /// The next packet in decode order; empty at the end.
  /// @retval kUnreachable the file can no longer be read
  Result<std::optional<TakePacket>> next();
  /// Whether the container says nowhere how long a picture is: a file of it may be cut off anywhere.
  bool is_without_table() const;

 private:
  PacketSource(std::string path, const MediaLimits& limits, std::shared_ptr<const VideoIndex> video,
               std::shared_ptr<const GopMap> gops)
      : path_(std::move(path)), limits_(limits), video_(std::move(video)), gops_(std::move(gops)) {}

  Result<void> reopen();
  bool can_seek() const;
  bool aim(uint32_t gop);
  bool starts(uint32_t gop, const AVPacket& packet) const;
  bool is_behind(uint32_t gop, const AVPacket& packet) const;
  Result<bool> scan_to(uint32_t gop, bool sought);
  Result<AvPacket> read();
  bool is_independent(const AVPacket& packet) const;
  TakePacket tag(AvPacket packet);

  std::string path_;
  MediaLimits limits_;
  std::shared_ptr<const VideoIndex> video_;
  std::shared_ptr<const GopMap> gops_;
  AvInput input_;
  uint32_t gop_ = 0;       ///< of the last packet given
  bool at_start_ = false;  ///< nothing has been read since the file was opened
  AvPacket found_;         ///< read by a seek, to be given next
};

/// The presentation number of a frame by its container pts; -1 where the index has none.
int64_t number_of(const VideoIndex& video, int64_t container_pts);

/// True where the first picture in an H.264 packet, length-prefixed or with start codes, is an IDR picture.
bool is_idr(const AVPacket& packet, const AVCodecParameters& codec);

}  // namespace tessera::media
