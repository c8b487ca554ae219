#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "engine/base/result.h"
#include "engine/media/frame.h"

namespace tessera::device {

/// Host frames on a device. A frame is taken over once and kept for as long as anybody holds it, since frames never
/// change; a sprite or a held picture crosses once however often it is drawn.
/// Thread-safety: one caller at a time.
class Uploads {
 public:
  /// Whether a frame is on the device as it is.
  using Holds = std::function<bool(const media::Frame&)>;
  using Take = std::function<Result<std::shared_ptr<media::Frame>>(const media::FrameFormat&)>;
  /// Queues the copy to a surface that no queued work uses; gives the bytes of its samples.
  using Write = std::function<Result<int64_t>(const media::Frame& to, const media::FrameRef& from)>;
  Uploads(Holds holds, Take take, Write write)
      : holds_(std::move(holds)), take_(std::move(take)), write_(std::move(write)) {}

  /// The frame itself where it is on the device, else its copy there: planar, samples not shifted.
  /// @retval kCapacity no room; what the functions given say
  Result<media::FrameRef> on_device(const media::FrameRef& frame);

  /// Drops the copies of frames that nobody holds any more.
  void forget_dead();
  void clear() { copies_.clear(); }

  int64_t pictures() const { return pictures_; }  ///< moved so far
  int64_t bytes() const { return bytes_; }        ///< of their samples

 private:
  struct Copy {
    std::weak_ptr<const media::Frame> of;
    media::FrameRef surface;
  };
  Holds holds_;
  Take take_;
  Write write_;
  std::map<const media::Frame*, Copy> copies_;
  int64_t pictures_ = 0, bytes_ = 0;
};

/// Copies a picture in host memory to one of the same size that is planar and not shifted.
/// @return the bytes of its samples
int64_t copy_picture(const media::Frame& to, const media::Frame& from);

}  // namespace tessera::device
