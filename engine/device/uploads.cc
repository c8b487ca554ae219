#include "engine/device/uploads.h"

#include <cstring>

namespace tessera::device {
namespace {

template <class T>
void lay_out(uint8_t* to, const uint8_t* from, int count, int step, int shift) {
  auto* out = reinterpret_cast<T*>(to);
  const auto* in = reinterpret_cast<const T*>(from);
  for (int x = 0; x < count; ++x) out[x] = static_cast<T>(in[static_cast<ptrdiff_t>(x) * step] >> shift);
}

void copy_plane(const media::Plane& to, const media::Plane& from, const media::FrameFormat& format) {
  const size_t row = static_cast<size_t>(to.width) * static_cast<size_t>(format.bytes_per_sample());
  for (int y = 0; y < to.height; ++y) {
    uint8_t* out = to.data + y * to.stride;
    const uint8_t* in = from.data + y * from.stride;
    if (from.step == 1 && format.msb_shift == 0) {
      std::memcpy(out, in, row);
    } else if (format.depth > 8) {
      lay_out<uint16_t>(out, in, to.width, from.step, format.msb_shift);
    } else {
      lay_out<uint8_t>(out, in, to.width, from.step, 0);
    }
  }
}

}  // namespace

int64_t copy_picture(const media::Frame& to, const media::Frame& from) {
  int64_t bytes = 0;
  for (size_t i = 0; i < (to.format.has_alpha ? 4 : 3); ++i) {
    copy_plane(to.planes[i], from.planes[i], from.format);
    bytes += int64_t{to.planes[i].width} * to.planes[i].height * to.format.bytes_per_sample();
  }
  return bytes;
}

Result<media::FrameRef> Uploads::on_device(const media::FrameRef& frame) {
  if (frame == nullptr || holds_(*frame)) return frame;
  if (const auto known = copies_.find(frame.get()); known != copies_.end()) {
    // Another frame may have come to lie at the same address.
    const auto& of = known->second.of;
    if (!of.owner_before(frame) && !frame.owner_before(of)) return known->second.surface;
    copies_.erase(known);
  }
  media::FrameFormat format = frame->format;
  format.semi_planar = false;
  format.msb_shift = 0;
  TESSERA_TRY_ASSIGN(const std::shared_ptr<media::Frame> surface, take_(format));
  TESSERA_TRY_ASSIGN(const int64_t moved, write_(*surface, frame));
  ++pictures_;
  bytes_ += moved;
  copies_[frame.get()] = {frame, surface};
  return surface;
}

void Uploads::forget_dead() {
  std::erase_if(copies_, [](const auto& item) { return item.second.of.expired(); });
}

}  // namespace tessera::device
