#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/device/device.h"
#include "engine/media/frame.h"
#include "engine/scene/draw_list.h"
#include "kernels/taps.h"

namespace tessera::compose {

/// One encoded size.
struct RenditionSize {
  int width = 0;   ///< even
  int height = 0;  ///< even
  /// Stays on the device, for an encoder there, in 10 bits as P010; else it will be downloaded.
  bool stays = false;
};

struct ComposeSettings {
  media::FrameFormat canvas;  ///< media::canvas_format(...)
  std::vector<RenditionSize> renditions;
  kernels::Filter scaler = kernels::Filter::kLanczos3;  ///< of pictures and of the ladder; not of blurs
  bool canvas_stays = false;  ///< the canvas will not be downloaded, unless a rendition of its size is
};

/// One show frame, before encoding: surfaces of the device, to be downloaded before the host reads them. They go back
/// to the device's pool when dropped.
struct ComposedFrame {
  media::FrameRef canvas;
  std::vector<media::FrameRef>
      renditions;  ///< in the settings' order; one of the canvas's size and layout is the canvas itself
};

/// Draw list -> frame plan -> device. Keeps taps and masks between frames; no other state, so any frame may be composed
/// after any other with the same result.
/// Thread-safety: one caller at a time.
class Compositor {
 public:
  static Result<std::unique_ptr<Compositor>> create(device::Device& device, const ComposeSettings& settings);
  virtual ~Compositor() = default;

  /// @param pictures one per layer of `list`: the decoded picture of a kTake, the YUVA picture of a kImage, null for a
  ///                 kColour. A null picture of a kTake or kImage leaves the layer out.
  /// @retval kBadInput a source this engine can't show (HDR transfer): the detail says so
  virtual Result<ComposedFrame> compose(const scene::DrawList& list, std::span<const media::FrameRef> pictures) = 0;
};

}  // namespace tessera::compose
