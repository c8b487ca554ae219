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
#include "engine/media/take_index.h"

/// Short clips with alpha: what libavcodec decodes of QuickTime Animation, ProRes 4444, APNG, GIF and WebM with alpha.
namespace tessera::media {

/// When the frames of an animation are due. Plain values; made without decoding.
struct AnimationTimes {
  Rational tick{1, 1};          ///< seconds a tick
  std::vector<int64_t> starts;  ///< ticks, not falling, the first is 0; at least one
  int64_t duration = 0;         ///< ticks, > starts.back(): the last frame lasts its own duration

  int64_t frames() const { return static_cast<int64_t>(starts.size()); }
  /// Seconds of one play.
  Rational length() const { return Rational{duration, 1} * tick; }
  /// Seconds from a play's begin until the frame is due, 0 <= frame < frames().
  Rational start_of(int64_t frame) const { return Rational{starts[static_cast<size_t>(frame)], 1} * tick; }
  /// The frame at media time t >= 0 of an animation that starts again whenever it is over, exactly: the last one due.
  int64_t frame_at(const Rational& t) const;
};

/// Limits on animations besides MediaLimits.
inline constexpr int64_t kMaxAnimationFrames = 20'000;
inline constexpr int64_t kMaxAnimationBytes = int64_t{1} << 30;

/// What is known of an animation file before any of it is decoded. Immutable once made.
struct AnimationIndex {
  std::string path;
  int width = 0;   ///< pixels
  int height = 0;  ///< pixels
  AnimationTimes times;
  Sha256 file;  ///< of the file's bytes

  /// One packet, in the file's order: what AnimationReader goes by.
  struct Packet {
    int64_t dts = 0;    ///< container ticks
    int32_t frame = 0;  ///< number in presentation order; -1: gives no picture
    bool key = false;   ///< decoding can begin here
  };
  std::vector<Packet> packets;
  int stream = 0;
  bool can_seek = false;  ///< the container finds a packet by its time
};

/// Whether the file's first bytes are those of something that may move: GIF, APNG, QuickTime or MP4, Matroska or WebM.
/// False for other pictures, PNG without animation among them, and for files that can't be read.
bool may_be_animation(const std::string& path);

/// Reads an animation's frame times from its container; decodes nothing. Delays of APNG are exact. As browsers do, GIF
/// delays below 20 ms, and APNG delays of 0, are 100 ms. Matroska rounds its times to the millisecond, so a frame there
/// is due one millisecond before it. An animation that says it lasts no time at all gets 100 ms a
/// frame. Loop counts of the container are not looked at.
/// With `cache_dir` not empty the index is kept there under the file's identity, as index_take() keeps those of takes.
/// @retval kBadInput unreadable, without pictures, or ends too early; kLimit over the limits (sizes are checked before
///         any pixels are allocated)
Result<std::shared_ptr<const AnimationIndex>> index_animation(const std::string& path, const MediaLimits& limits,
                                                              const std::string& cache_dir, Log& log);

/// Decodes the frames of an animation by number.
///
/// Memory: the decoder's own, no frame is kept. Ascending numbers decode once from start to end; a step back starts at
/// the last key frame before, in containers that can't seek (GIF, APNG, WebM) at the beginning.
/// Thread-safety: one caller at a time.
class AnimationReader {
 public:
  /// @param depth of the pictures: 8 or 10
  static Result<std::unique_ptr<AnimationReader>> open(std::shared_ptr<const AnimationIndex> index, int depth,
                                                       const MediaLimits& limits);
  virtual ~AnimationReader() = default;

  /// Frame `number`, 0 <= number < times.frames(), as read_image() gives pictures: premultiplied YUVA 4:4:4, BT.709.
  /// @retval kBadInput it can't be decoded, or has another size than the first; kUnreachable the file is gone
  virtual Result<FrameRef> frame(int64_t number) = 0;
};

}  // namespace tessera::media
