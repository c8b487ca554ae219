#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/compose/geometry.h"
#include "engine/device/device.h"

/// Canvas-sized surfaces on which layers are prepared at the place where they will be drawn. Layers that do not overlap
/// share one, so there are as many as layers lie over one another.
namespace tessera::compose {

/// Scratch for one frame. The surfaces go back to the device's pool with it (and with the plan that uses them).
class ScratchBoards {
 public:
  ScratchBoards(device::Device& device, const media::FrameFormat& canvas) : device_(device), canvas_(canvas) {}

  /// A surface of the canvas's format (with alpha where asked) on which nothing else of this frame is at `rect`.
  Result<device::SurfaceRef> place(const Rect& rect, bool has_alpha);

 private:
  struct Board {
    device::SurfaceRef surface;
    std::vector<Rect> taken;
  };

  device::Device& device_;
  media::FrameFormat canvas_;
  std::vector<Board> boards_;
};

/// Coverage masks, kept from frame to frame.
class MaskBoards {
 public:
  MaskBoards(device::Device& device, int width, int height) : device_(device), width_(width), height_(height) {}

  struct Placed {
    device::SurfaceRef surface;
    bool drawn = false;  ///< false: the caller draws it in this frame's plan
  };

  /// Call before the first mask of each frame: masks of earlier frames may be drawn over from now on.
  void begin_frame() { ++frame_; }
  Result<Placed> place(const kernels::Shape& shape, const Rect& rect);
  /// Drops all masks: what was to be drawn may not have been.
  void forget() { boards_.clear(); }

 private:
  struct Entry {
    kernels::Shape shape;
    Rect rect;
    int64_t frame = 0;
  };
  struct Board {
    device::SurfaceRef surface;
    std::vector<Entry> entries;
  };
  bool find(const kernels::Shape& shape, const Rect& rect, Placed& out);

  device::Device& device_;
  int width_, height_;
  std::vector<Board> boards_;
  int64_t frame_ = 0;
};

}  // namespace tessera::compose
