#pragma once

#include "engine/media/av.h"
#include "engine/media/frame.h"

struct SwsContext;

// For the .cc files of engine/media only.
namespace tessera::media {

/// Makes a Frame of a decoder's picture. Formats that FrameFormat can describe (4:2:0, 4:2:2, 4:4:4 of 8 or 10 bits,
/// NV12, P010, and surfaces of a CUDA device that hold these) are not copied: the Frame refers to the decoder's memory.
/// All others go through swscale: RGB becomes 4:4:4 BT.709 limited (8 or 10 bits), other YUV keeps its colour and
/// becomes the next format that can be described, grey gets neutral chroma. Alpha is dropped. Thread-safety: one caller
/// at a time.
class FrameConverter {
 public:
  /// @param clamp words of 10-bit samples may hold more than 10 bits, as raw video's may: they become 1023
  explicit FrameConverter(bool clamp = false) : clamp_(clamp) {}
  ~FrameConverter();
  FrameConverter(const FrameConverter&) = delete;
  FrameConverter& operator=(const FrameConverter&) = delete;

  /// @retval kLimit a side over FrameFormat's; kDevice a pixel format swscale can't read; kCapacity no memory
  Result<FrameRef> convert(AvFrame picture);

 private:
  Result<FrameRef> scale(const AVFrame& picture);

  bool clamp_;
  SwsContext* scaler_ = nullptr;
};

}  // namespace tessera::media
