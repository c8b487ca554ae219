#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/media/animation.h"
#include "engine/media/frame.h"

/// Animations of gifts and overlays, whatever they are made with.
namespace tessera::gift {

/// Makes the frames of one showing of an animation. Ascending numbers are the fast case, a step back is slow.
/// Thread-safety: one caller at a time.
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Frame `number`, 0 <= number < times().frames(): premultiplied YUVA 4:4:4 of the animation's size.
  /// @retval kBadInput it can't be made; kUnreachable the file is gone; kCapacity no memory
  virtual Result<media::FrameRef> frame(int64_t number) = 0;
};

/// An animation, before any of its frames is made: how large, how long, which frame when. Immutable; any thread.
class Animation {
 public:
  virtual ~Animation() = default;
  virtual const std::string& path() const = 0;
  virtual int width() const = 0;   ///< pixels
  virtual int height() const = 0;  ///< pixels
  /// One play from beginning to end. How often it is played is for the show to say, not for the file.
  virtual const media::AnimationTimes& times() const = 0;
  /// Of all that decides its pixels, but for the canvas's depth: the file's content.
  virtual const Sha256& identity() const = 0;
  /// @param depth of the pictures: 8 or 10
  virtual Result<std::unique_ptr<Decoder>> decoder(int depth) const = 0;
};

/// Opens an animation of any format that is drawn. No frame is decoded.
/// @param cache_dir where what is learnt of files is kept between runs; empty: nowhere
/// @retval kBadInput, kLimit as media::index_animation() has them
Result<std::shared_ptr<const Animation>> open_animation(const std::string& path, const media::MediaLimits& limits,
                                                        const std::string& cache_dir, Log& log);

}  // namespace tessera::gift
