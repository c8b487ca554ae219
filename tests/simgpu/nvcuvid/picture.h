#pragma once
// A picture in the decoder's own memory, and how it becomes a surface that a client can map.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "tests/simgpu/nvcuvid/cuvid.h"

struct AVFrame;

namespace tessera::simgpu {

/// Begun by libavcodec, whole once the call that decodes its last slice has returned.
struct Picture {
  std::shared_ptr<AVFrame> frame;      ///< coded size, without cropping
  std::atomic<bool> released = false;  ///< libavcodec will neither show nor refer to it again
  bool intra = false;
  uint64_t id = 0;
};

/// Where a decoder's output lies in device memory: luma rows, then interleaved chroma rows.
struct SurfaceLayout {
  unsigned width, height;  ///< luma samples, both even
  unsigned left, top;      ///< of the shown area within the coded picture
  unsigned bytes_per_sample;
  unsigned pitch;

  size_t bytes() const { return size_t{pitch} * (height + height / 2); }
};

/// NV12, or P016 with the sample in the high bits. Rows and columns past the picture repeat its edge.
void write_surface(const Picture& picture, const SurfaceLayout& layout, void* to);

}  // namespace tessera::simgpu
