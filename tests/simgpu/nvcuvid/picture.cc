#include "tests/simgpu/nvcuvid/picture.h"

#include <algorithm>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

namespace tessera::simgpu {
namespace {

struct Plane {
  const uint8_t* data;
  ptrdiff_t stride;
  unsigned width, height;
};

Plane plane_of(const AVFrame& frame, int index) {
  const unsigned shift = index ? 1 : 0;
  return {frame.data[index], frame.linesize[index], (static_cast<unsigned>(frame.width) + shift) >> shift,
          (static_cast<unsigned>(frame.height) + shift) >> shift};
}

template <typename T>
const T* row_of(const Plane& plane, unsigned y) {
  return reinterpret_cast<const T*>(plane.data + std::min(y, plane.height - 1) * plane.stride);
}

template <typename T>
void write(const AVFrame& frame, const SurfaceLayout& at, unsigned shift, uint8_t* to) {
  const Plane luma = plane_of(frame, 0);
  const auto sample = [shift](T value) { return static_cast<T>(value << shift); };
  for (unsigned y = 0; y < at.height; ++y, to += at.pitch) {
    const T* from = row_of<T>(luma, at.top + y);
    auto* out = reinterpret_cast<T*>(to);
    for (unsigned x = 0; x < at.width; ++x) out[x] = sample(from[std::min(at.left + x, luma.width - 1)]);
  }
  const bool grey = !frame.data[1];
  const T middle = static_cast<T>(1u << (8 * sizeof(T) - 1));
  for (unsigned y = 0; y < at.height / 2; ++y, to += at.pitch) {
    auto* out = reinterpret_cast<T*>(to);
    for (unsigned x = 0; x < at.width / 2; ++x) {
      for (int c = 0; c < 2; ++c) {
        if (grey) {
          out[2 * x + c] = middle;
          continue;
        }
        const Plane chroma = plane_of(frame, 1 + c);
        out[2 * x + c] = sample(row_of<T>(chroma, at.top / 2 + y)[std::min(at.left / 2 + x, chroma.width - 1)]);
      }
    }
  }
}

}  // namespace

void write_surface(const Picture& picture, const SurfaceLayout& layout, void* to) {
  const AVFrame& frame = *picture.frame;
  const int depth = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format))->comp[0].depth;
  auto* bytes = static_cast<uint8_t*>(to);
  if (layout.bytes_per_sample == 1)
    write<uint8_t>(frame, layout, 0, bytes);
  else
    write<uint16_t>(frame, layout, static_cast<unsigned>(16 - depth), bytes);
}

}  // namespace tessera::simgpu
