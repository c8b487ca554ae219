#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/media/encode.h"

namespace tessera::media {

/// Media time of show time 0 in every CMAF track: one second. So AAC priming and B-frame delay never give a negative
/// decode time (notes: packaging, section 3). DASH says so in presentationTimeOffset.
inline constexpr int kTimelineOriginSeconds = 1;

/// Boxes one track as CMAF with libavformat's mp4 muxer, into memory. A chunk has a boxer of its own; fragments are
/// numbered and timed absolutely, so chunks made anywhere join to one track.
/// Thread-safety: one caller at a time.
class CmafBoxer {
 public:
  /// @param first_segment number of the first segment it will cut, 0-based in the whole track (mfhd and styp follow it)
  static Result<std::unique_ptr<CmafBoxer>> create(const StreamInfo& info, int64_t first_segment);
  virtual ~CmafBoxer() = default;

  /// The init segment (ftyp + moov): the same bytes for every chunk of a track.
  virtual const std::vector<uint8_t>& init() const = 0;
  /// Adds a packet; pts and dts in info.tick from show time 0 (the boxer adds the timeline's origin).
  virtual Result<void> add(const Packet& packet) = 0;
  /// Ends the segment: styp + moof + mdat of all packets since the last cut.
  virtual Result<std::vector<uint8_t>> cut() = 0;
};

/// One input of a progressive MP4.
struct Mp4Track {
  StreamInfo info;
  std::string lang;  ///< BCP 47, may be empty
};

/// Writes one progressive MP4 (moov first, edit lists for priming), interleaved by time.
class Mp4Writer {
 public:
  static Result<std::unique_ptr<Mp4Writer>> create(const std::string& path, const std::vector<Mp4Track>& tracks);
  virtual ~Mp4Writer() = default;
  /// Packets in decode order in each track; the caller interleaves roughly by dts.
  virtual Result<void> add(int track, const Packet& packet) = 0;
  virtual Result<void> finish() = 0;
};

/// What stream an init segment made by CmafBoxer describes: codec, extradata, tick, size or sample rate and channels.
/// @retval kBadInput it can't be read
Result<StreamInfo> stream_info(const std::vector<uint8_t>& init);

/// Reads the packets back out of CMAF segments (init + segments in order), for the MP4 archive.
Result<std::vector<Packet>> unbox(const std::vector<uint8_t>& init, const std::vector<uint8_t>& segment);

}  // namespace tessera::media
