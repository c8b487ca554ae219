#pragma once

#include <map>
#include <memory>

#include "engine/device/frame_plan.h"
#include "engine/device/pool.h"
#include "engine/device/vulkan/transfers.h"

namespace tessera::device::vulkan {

/// Host frames on the device. A frame is taken over once and kept for as long as anybody holds it, since frames never
/// change; a sprite or a held picture crosses once however often it is drawn.
/// Thread-safety: one caller at a time.
class Uploads {
 public:
  Uploads(std::shared_ptr<Arena> arena, SurfacePool& pool) : arena_(std::move(arena)), pool_(pool) {}

  /// The frame itself where it is the arena's, else its copy there. `bytes` is added to by what had to be moved.
  /// @retval kCapacity no room
  Result<media::FrameRef> on_device(const media::FrameRef& frame, Transfers& transfers, int64_t& bytes);

  /// Drops the copies of frames that nobody holds any more.
  void forget_dead();
  void clear() { copies_.clear(); }

 private:
  struct Copy {
    std::weak_ptr<const media::Frame> of;
    media::FrameRef surface;
  };
  std::shared_ptr<Arena> arena_;
  SurfacePool& pool_;
  std::map<const media::Frame*, Copy> copies_;
};

}  // namespace tessera::device::vulkan
