#include "engine/device/vulkan/transfers.h"

#include <cstring>

#include "engine/device/uploads.h"

namespace tessera::device::vulkan {

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
  const int64_t bytes = copy_picture(*target, from);
  if (stage != nullptr) {
    const Arena::Block &src = block_of(*stage), &dst = block_of(to);
    copies_.push_back({host_->buffer().handle(), arena_->buffer().handle(), {src.offset(), dst.offset(), src.bytes()}});
    kept_.push_back(std::move(stage));
  }
  return bytes;
}

}  // namespace tessera::device::vulkan
