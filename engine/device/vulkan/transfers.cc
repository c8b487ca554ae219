#include "engine/device/vulkan/transfers.h"

#include <algorithm>
#include <cstring>

namespace tessera::device::vulkan {
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

Result<void> Transfers::write(const Arena::Block& to, std::span<const uint32_t> words) {
  if (!staged()) {
    std::memcpy(arena_->base() + to.offset(), words.data(), words.size_bytes());
    return {};
  }
  TESSERA_TRY_ASSIGN(const std::shared_ptr<Arena::Block> stage, host_->take(words.size_bytes()));
  std::memcpy(host_->base() + stage->offset(), words.data(), words.size_bytes());
  copies_.push_back(
      {host_->buffer().handle(), arena_->buffer().handle(), {stage->offset(), to.offset(), words.size_bytes()}});
  kept_.push_back(stage);
  return {};
}

Result<int64_t> Transfers::write(const media::Frame& to, const media::Frame& from) {
  std::shared_ptr<media::Frame> stage;
  const media::Frame* target = &to;
  if (staged()) {
    TESSERA_TRY_ASSIGN(stage, host_->make_frame(to.format));
    target = stage.get();
  }
  int64_t bytes = 0;
  for (size_t i = 0; i < (to.format.has_alpha ? 4 : 3); ++i) {
    copy_plane(target->planes[i], from.planes[i], from.format);
    bytes += int64_t{to.planes[i].width} * to.planes[i].height * to.format.bytes_per_sample();
  }
  if (stage != nullptr) {
    const Arena::Block &src = block_of(*stage), &dst = block_of(to);
    copies_.push_back({host_->buffer().handle(), arena_->buffer().handle(), {src.offset(), dst.offset(), src.bytes()}});
    kept_.push_back(std::move(stage));
  }
  return bytes;
}

}  // namespace tessera::device::vulkan
