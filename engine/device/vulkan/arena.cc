#include "engine/device/vulkan/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <string>

namespace tessera::device::vulkan {
namespace {

constexpr size_t kGrain = 256;
constexpr size_t kRowAlign = 64;
constexpr size_t kLeastBytes = size_t{64} << 20;
// Shaders may fetch a little before and after what they use; what they find there does not matter, but it must exist.
constexpr size_t kMargin = size_t{1} << 18;

constexpr size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

}  // namespace

Result<std::shared_ptr<Arena>> Arena::create(const std::shared_ptr<Context>& context, VkDeviceSize bytes,
                                             VkBufferUsageFlags usage, Memory use, VkDeviceSize window) {
  std::shared_ptr<Arena> arena(new Arena);
  for (;; bytes /= 2) {
    auto buffer = Buffer::create(context, bytes, usage, use);
    if (buffer) {
      arena->buffer_ = *std::move(buffer);
      break;
    }
    if (buffer.error().code != Errc::kCapacity || bytes / 2 < kLeastBytes) return tl::unexpected<Error>(buffer.error());
  }
  arena->base_ = arena->buffer_->data();
  if (arena->base_ == nullptr) {
    void* const addresses = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (addresses == MAP_FAILED) return fail(Errc::kCapacity, "device.vulkan", "no addresses for device memory", true);
    arena->base_ = static_cast<uint8_t*>(addresses);
    arena->reserved_ = true;
  }
  arena->window_ = window == 0 ? bytes : std::min<size_t>(window, bytes);
  for (size_t begin = 0; begin < bytes; begin += arena->window_) {
    const size_t first = std::max(begin, kMargin), end = std::min<size_t>(begin + arena->window_, bytes - kMargin);
    if (first < end) arena->free_.emplace(first, end - first);
  }
  return arena;
}

Arena::~Arena() {
  if (reserved_) ::munmap(base_, bytes());
}

Result<std::shared_ptr<Arena::Block>> Arena::take(size_t bytes) {
  const size_t wanted = round_up(std::max<size_t>(bytes, 1), kGrain);
  const std::lock_guard lock(mutex_);
  const auto fit = std::find_if(free_.begin(), free_.end(), [&](const auto& part) { return part.second >= wanted; });
  if (fit == free_.end()) {
    return fail(Errc::kCapacity, "device.vulkan",
                "no room for " + std::to_string(bytes) + " bytes in the device's " + std::to_string(this->bytes()),
                true);
  }
  const auto [offset, room] = *fit;
  free_.erase(fit);
  if (room > wanted) free_.emplace(offset + wanted, room - wanted);
  return std::make_shared<Block>(shared_from_this(), offset, wanted);
}

void Arena::give_back(size_t offset, size_t bytes) {
  const std::lock_guard lock(mutex_);
  auto at = free_.emplace(offset, bytes).first;
  const auto joins = [&](size_t end, size_t begin) { return end == begin && begin % window_ != 0; };
  if (const auto next = std::next(at); next != free_.end() && joins(at->first + at->second, next->first)) {
    at->second += next->second;
    free_.erase(next);
  }
  if (at == free_.begin()) return;
  if (const auto before = std::prev(at); joins(before->first + before->second, at->first)) {
    before->second += at->second;
    free_.erase(at);
  }
}

Result<std::shared_ptr<media::Frame>> Arena::make_frame(const media::FrameFormat& format) {
  auto frame = std::make_shared<media::Frame>();
  frame->format = format;
  frame->format.semi_planar = false;
  frame->format.msb_shift = 0;
  std::array<size_t, 4> offsets{};
  size_t total = 0;
  const size_t planes = format.has_alpha ? 4 : 3;
  for (size_t i = 0; i < planes; ++i) {
    const bool chroma = i == 1 || i == 2;
    media::Plane& plane = frame->planes[i];
    plane.width = chroma ? format.chroma_width() : format.width;
    plane.height = chroma ? format.chroma_height() : format.height;
    const size_t row = static_cast<size_t>(plane.width) * static_cast<size_t>(format.bytes_per_sample());
    plane.stride = static_cast<ptrdiff_t>(round_up(row, kRowAlign));
    offsets[i] = total;
    total += static_cast<size_t>(plane.stride) * static_cast<size_t>(plane.height);
  }
  TESSERA_TRY_ASSIGN(const std::shared_ptr<Block> block, take(total));
  for (size_t i = 0; i < planes; ++i) frame->planes[i].data = base_ + block->offset() + offsets[i];
  frame->owner = block;
  return frame;
}

const Arena::Block& block_of(const media::Frame& frame) { return *static_cast<const Arena::Block*>(frame.owner.get()); }

}  // namespace tessera::device::vulkan
