#include "tests/simgpu/nvenc/surface.h"

#include <algorithm>
#include <cstring>

namespace tessera::simgpu {
namespace {

unsigned half(unsigned value) { return (value + 1) / 2; }

bool planar(NV_ENC_BUFFER_FORMAT format) {
  return format == NV_ENC_BUFFER_FORMAT_YV12 || format == NV_ENC_BUFFER_FORMAT_IYUV;
}

/// Every `step`-th sample of a plane, shifted right.
template <typename T>
std::vector<uint8_t> gather(const uint8_t* from, size_t pitch, unsigned from_width, unsigned from_height, unsigned step,
                            unsigned shift, unsigned width, unsigned height) {
  std::vector<uint8_t> out(size_t{width} * height * sizeof(T));
  auto* to = reinterpret_cast<T*>(out.data());
  for (unsigned y = 0; y < height; ++y, to += width) {
    const auto* row = reinterpret_cast<const T*>(from + std::min(y, from_height - 1) * pitch);
    if (step == 1 && shift == 0 && from_width >= width) {
      std::memcpy(to, row, width * sizeof(T));
      continue;
    }
    for (unsigned x = 0; x < width; ++x) to[x] = static_cast<T>(row[std::min(x, from_width - 1) * step] >> shift);
  }
  return out;
}

template <typename T>
RawPicture read(const uint8_t* luma, const InputLayout& at, unsigned shift, unsigned width, unsigned height) {
  RawPicture out;
  out.planes[0] = gather<T>(luma, at.pitch, at.width, at.height, 1, shift, width, height);
  const uint8_t* chroma = luma + size_t{at.pitch} * at.height;
  for (unsigned c = 0; c < 2; ++c) {
    const bool is_planar = planar(at.format);
    const unsigned place = at.format == NV_ENC_BUFFER_FORMAT_YV12 ? 1 - c : c;
    const size_t pitch = is_planar ? at.pitch / 2 : at.pitch;
    const uint8_t* from = chroma + (is_planar ? place * pitch * half(at.height) : c * sizeof(T));
    out.planes[1 + c] =
        gather<T>(from, pitch, half(at.width), half(at.height), is_planar ? 1 : 2, shift, half(width), half(height));
  }
  return out;
}

}  // namespace

bool InputLayout::known() const {
  return format == NV_ENC_BUFFER_FORMAT_NV12 || planar(format) || format == NV_ENC_BUFFER_FORMAT_YUV420_10BIT;
}

size_t InputLayout::bytes() const {
  const unsigned sample = bit_depth() > 8 ? 2 : 1;
  const size_t luma = size_t{pitch} * height;
  if (planar(format)) return luma + size_t{pitch / 2} * (2 * half(height) - 1) + half(width);
  return luma + size_t{pitch} * (half(height) - 1) + size_t{half(width)} * 2 * sample;
}

RawPicture read_surface(const void* from, const InputLayout& layout, unsigned width, unsigned height) {
  const auto* bytes = static_cast<const uint8_t*>(from);
  return layout.bit_depth() > 8 ? read<uint16_t>(bytes, layout, 6, width, height)
                                : read<uint8_t>(bytes, layout, 0, width, height);
}

}  // namespace tessera::simgpu
