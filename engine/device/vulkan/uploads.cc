#include "engine/device/vulkan/uploads.h"

namespace tessera::device::vulkan {

Result<media::FrameRef> Uploads::on_device(const media::FrameRef& frame, Transfers& transfers, int64_t& bytes) {
  if (frame == nullptr || arena_->holds(frame->planes[0].data)) return frame;
  Copy& copy = copies_[frame.get()];
  // Another frame may have come to lie at the same address.
  const bool known = copy.surface != nullptr && !copy.of.owner_before(frame) && !frame.owner_before(copy.of);
  if (known) return copy.surface;
  copy = {};
  media::FrameFormat format = frame->format;
  format.semi_planar = false;
  format.msb_shift = 0;
  TESSERA_TRY_ASSIGN(const std::shared_ptr<media::Frame> surface, pool_.take(format));
  TESSERA_TRY_ASSIGN(const int64_t moved, transfers.write(*surface, *frame));
  bytes += moved;
  copy = {frame, surface};
  return copy.surface;
}

void Uploads::forget_dead() {
  std::erase_if(copies_, [](const auto& item) { return item.second.of.expired(); });
}

}  // namespace tessera::device::vulkan
