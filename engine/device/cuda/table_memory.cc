#include "engine/device/cuda/table_memory.h"

#include <algorithm>
#include <cstring>

namespace tessera::device::cuda {
namespace {

constexpr size_t kSlabBytes = 1 << 20;
constexpr size_t kAlign = 256;

constexpr size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

}  // namespace

Result<TableMemory::Part> TableMemory::take(size_t bytes) {
  const size_t wanted = round_up(std::max<size_t>(bytes, 1), kAlign);
  auto fit = std::find_if(free_.begin(), free_.end(), [&](const auto& part) { return part.second >= wanted; });
  if (fit == free_.end()) {
    TESSERA_TRY_ASSIGN(auto slab, DeviceMemory::allocate(context_, round_up(wanted, kSlabBytes)));
    fit = free_.emplace(slab->address(), slab->bytes()).first;
    slabs_.push_back(std::move(slab));
  }
  const auto [address, room] = *fit;
  free_.erase(fit);
  if (room > wanted) free_.emplace(address + wanted, room - wanted);
  return Part{address, wanted};
}

void TableMemory::give_back(const Part& part) {
  const auto begins_slab = [&](uint64_t address) {
    return std::any_of(slabs_.begin(), slabs_.end(), [&](const auto& slab) { return slab->address() == address; });
  };
  const auto at = free_.emplace(part.address, part.bytes).first;
  if (const auto next = std::next(at);
      next != free_.end() && at->first + at->second == next->first && !begins_slab(next->first)) {
    at->second += next->second;
    free_.erase(next);
  }
  if (at == free_.begin() || begins_slab(at->first)) return;
  if (const auto before = std::prev(at); before->first + before->second == at->first) {
    before->second += at->second;
    free_.erase(at);
  }
}

Result<DeviceTable> TableUploads::upload(std::span<const uint32_t> words) {
  TESSERA_TRY_ASSIGN(const FrameMemory::Place stage, staging_->take(words.size_bytes()));
  TESSERA_TRY_ASSIGN(const TableMemory::Part part, memory_->take(words.size_bytes()));
  std::shared_ptr<void> owner(nullptr, [memory = memory_, part](void*) { memory->give_back(part); });
  std::memcpy(stage.host, words.data(), words.size_bytes());
  TESSERA_TRY(
      TESSERA_CU(context_->api(), cuMemcpyHtoDAsync, part.address, stage.host, words.size_bytes(), context_->stream()));
  bytes_ += static_cast<int64_t>(words.size_bytes());
  return DeviceTable{part.address, std::move(owner)};
}

}  // namespace tessera::device::cuda
