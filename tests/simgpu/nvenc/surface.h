#pragma once
// How NVENC's input formats lie in memory.
#include <cstddef>

#include "tests/simgpu/nvenc/codec.h"

namespace tessera::simgpu {

struct InputLayout {
  NV_ENC_BUFFER_FORMAT format = NV_ENC_BUFFER_FORMAT_UNDEFINED;
  unsigned width = 0, height = 0, pitch = 0;

  bool known() const;  ///< NV12, YV12, IYUV or P010
  unsigned bit_depth() const { return format == NV_ENC_BUFFER_FORMAT_YUV420_10BIT ? 10 : 8; }
  /// From the first byte to the last that belongs to a sample.
  size_t bytes() const;
};

/// The upper left `width` x `height` samples; where the layout is smaller, its edge is repeated.
RawPicture read_surface(const void* from, const InputLayout& layout, unsigned width, unsigned height);

}  // namespace tessera::simgpu
