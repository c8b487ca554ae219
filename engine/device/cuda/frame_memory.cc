#include "engine/device/cuda/frame_memory.h"

#include <algorithm>

namespace tessera::device::cuda {
namespace {

constexpr size_t kBlockBytes = 64 << 10;
constexpr size_t kAlign = 256;

constexpr size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

}  // namespace

Result<FrameMemory::Place> FrameMemory::take(size_t bytes) {
  auto block = std::find_if(blocks_.begin(), blocks_.end(),
                            [&](const Block& b) { return round_up(b.used, kAlign) + bytes <= b.host->bytes(); });
  if (block == blocks_.end()) {
    const size_t room = round_up(std::max(bytes, kBlockBytes), kBlockBytes);
    Block made;
    TESSERA_TRY_ASSIGN(made.host, PinnedMemory::allocate(context_, room));
    if (on_gpu_) {
      TESSERA_TRY_ASSIGN(made.device, DeviceMemory::allocate(context_, room));
    }
    blocks_.push_back(std::move(made));
    block = std::prev(blocks_.end());
  }
  const size_t at = round_up(block->used, kAlign);
  block->used = at + bytes;
  return Place{block->host->data() + at, block->device == nullptr ? 0 : block->device->address() + at};
}

Result<int64_t> FrameMemory::queue() {
  int64_t bytes = 0;
  for (const Block& block : blocks_) {
    if (block.used == 0) continue;
    TESSERA_TRY(TESSERA_CU(context_->api(), cuMemcpyHtoDAsync, block.device->address(), block.host->data(), block.used,
                           context_->stream()));
    bytes += static_cast<int64_t>(block.used);
  }
  return bytes;
}

void FrameMemory::clear() {
  for (Block& block : blocks_) block.used = 0;
}

}  // namespace tessera::device::cuda
