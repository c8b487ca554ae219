#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/rational.h"
#include "engine/base/result.h"
#include "engine/media/frame.h"

/// The take index: what planning and layout may know of a take without decoding it again (DESIGN.md section 1).
namespace tessera::media {

/// What the pictures of a run of frames look like, as coded and as displayed.
struct VideoFormat {
  int64_t first_frame = 0;  ///< presentation number of the first frame of this run
  int width = 0;            ///< coded luma samples, after the container's and codec's cropping
  int height = 0;
  Rational sample_aspect{1, 1};  ///< width : height of one coded sample; 1:1 where unknown
  Orientation orientation = 0;   ///< how to turn the coded picture to show it upright
  int depth = 8;                 ///< 8 or 10; others are converted to one of these by the reader
  bool interlaced = false;       ///< deinterlaced by the reader, one picture a frame
  Colour colour;                 ///< untagged parts are the canvas's default: BT.709 limited, SDR (no conversion)

  /// Size upright with square samples, exact: coded size turned, the wider-than-square axis stretched.
  Rational display_width() const;
  Rational display_height() const;
  bool operator==(const VideoFormat&) const = default;
};

/// One picture in presentation order. 16 bytes: a four-hour take at 30 fps has 432,000 of them.
struct IndexedFrame {
  int64_t pts = 0;    ///< stream ticks, counted from the take's time 0
  uint32_t gop = 0;   ///< which Gop it belongs to
  bool lost = false;  ///< its data is damaged or absent: it can't be shown (append-only: grows as decoding finds it)
};

/// From one random-access point to the next, in decode order.
struct Gop {
  int64_t first_frame = 0;  ///< presentation number of the random-access point's own frame
  int64_t key_dts = 0;      ///< stream ticks as the container has them: what a seek aims at
  int64_t byte_begin = 0;   ///< position in the file of its first packet
  int64_t byte_end = 0;     ///< end of its last packet
  Hash128 hash;             ///< XXH3-128 of the decoder's configuration and its packets' bytes, in decode order
};

struct VideoIndex {
  int stream = -1;          ///< stream index in the container
  std::string codec;        ///< libavcodec's name: "h264"
  Rational tick{1, 90000};  ///< seconds a stream tick
  int64_t origin = 0;       ///< the container's ticks at take time 0: a packet's own pts = IndexedFrame::pts + origin
  std::vector<VideoFormat> formats;  ///< at least one; by first_frame, rising
  std::vector<IndexedFrame> frames;  ///< by pts, rising
  std::vector<Gop> gops;             ///< in decode order; first_frame rising
  int64_t last_duration = 0;         ///< ticks the last frame lasts: its own duration, else the median interval
  int64_t median_interval = 0;       ///< ticks; 0 with fewer than two frames

  /// The format of frame k.
  const VideoFormat& format_of(int64_t frame) const;
  /// The frame a take shows at take time t: the last with pts <= t + max(one tick, 1 ms) (DESIGN.md section 6); -1
  /// before the first. Does not look at `lost`, nor at where the last frame ends.
  int64_t frame_at(const Rational& t) const;
  /// Take time when frame k is due, and when it stops being the picture to show: the next frame's time, or for the last
  /// frame its own duration. Where the next frame is later than `kGapFactor` median intervals, the picture ends after
  /// one median interval and a loss span follows.
  Rational start_of(int64_t frame) const;
  Rational end_of(int64_t frame) const;
};
/// An interval longer than max(this many median intervals, 1/2 s) is a gap in the recording, not a long frame.
inline constexpr int64_t kGapFactor = 4;

/// A span without data, in take time.
struct LossSpan {
  Micros start = 0;
  Micros end = 0;
  std::string reason;  ///< "gap", "corrupt packets", "corrupt sound", "starts without a key frame", "ends early",
                       ///< "decode error"
};

/// A place where decoding of sound can begin, so that a sample's place does not depend on where reading began.
struct AudioAnchor {
  int64_t pts = 0;     ///< of a decoded frame, stream ticks as the container has them
  int64_t sample = 0;  ///< where its first sample lies, in samples of AudioIndex::sample_rate from take time 0
  bool operator==(const AudioAnchor&) const = default;
};

struct AudioIndex {
  int stream = -1;
  std::string codec;
  Rational tick{1, 48000};  ///< seconds a stream tick
  int64_t origin = 0;       ///< the container's ticks at take time 0
  int sample_rate = 0;      ///< of the decoded sound; stretches at another rate are placed on this grid, too
  int channels = 0;
  std::vector<AudioAnchor> anchors;  ///< about one a second, rising
  Micros start = 0;                  ///< take time of the first sample
  Micros end = 0;                    ///< take time after the last sample
  std::vector<int16_t> loudness;     ///< RMS of each 20 ms from take time 0, hundredths of dBFS; silence: INT16_MIN
  Hash128 hash;                      ///< XXH3-128 of the decoder's configuration and the stream's packets
};

/// All of it. Immutable once made, but for frames' `lost` marks, which only ever go from false to true.
struct TakeIndex {
  std::string path;
  Micros duration = 0;                ///< take time of the end of the last picture or sample
  std::shared_ptr<VideoIndex> video;  ///< null: no picture in it (or none chosen)
  std::shared_ptr<AudioIndex> audio;  ///< null: no sound in it (or none chosen)
  std::vector<LossSpan> losses;
  Hash128 identity;  ///< of everything above but path and loudness (floating point): the same for a copy of the file
};

struct StreamChoice {
  int video = -2;  ///< a stream index, -1 none, -2 the container's best
  int audio = -2;
};

/// Limits on untrusted media (operations.md section 3).
struct MediaLimits {
  int max_side = 8192;
  int64_t max_pixels = 35'400'000;
  int max_streams = 32;
  int64_t max_bytes = int64_t{50} << 30;
  Micros max_duration = int64_t{6} * 3600 * kMicrosPerSecond;
};

/// Indexes a media file at disk speed: demuxes it once, decodes its sound (for loudness) and no picture.
/// With `cache_dir` not empty the index is kept there under the file's identity (path, size, modification time, inode,
/// stream choice, limits, format version) and read back the next time; a damaged cache entry is made anew.
/// @retval kBadInput not a media file, empty, or no stream of use; kLimit over a limit. Within 2 s for hopeless files.
Result<std::shared_ptr<TakeIndex>> index_take(const std::string& path, const StreamChoice& streams,
                                              const MediaLimits& limits, const std::string& cache_dir, Log& log);

/// Writes `lost` marks found since into the cache entry. Best effort: an error is logged, not returned.
void save_lost_marks(const TakeIndex& index, const StreamChoice& streams, const MediaLimits& limits,
                     const std::string& cache_dir, Log& log);

}  // namespace tessera::media
