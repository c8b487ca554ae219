#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/device/vulkan/arena.h"

namespace tessera::device::vulkan {

/// What is to be moved between host memory and the arena with the next submission. Where the host shares the arena's
/// memory bytes are written in place and nothing is recorded.
class Transfers {
 public:
  /// @param host null where the host shares the arena's memory
  Transfers(std::shared_ptr<Arena> arena, std::shared_ptr<Arena> host)
      : arena_(std::move(arena)), host_(std::move(host)) {}

  bool staged() const { return host_ != nullptr; }

  /// Bytes to a block that no queued work uses. @retval kCapacity no room to stage them
  Result<void> write(const Arena::Block& to, std::span<const uint32_t> words);
  /// A picture to a surface that no queued work uses, of the same size; semi-planar and shifted sources are laid out
  /// anew. Gives the bytes of its samples. @retval kCapacity as write()
  Result<int64_t> write(const media::Frame& to, const media::Frame& from);

  struct Copy {
    VkBuffer from = VK_NULL_HANDLE, to = VK_NULL_HANDLE;
    VkBufferCopy region{};
  };
  /// What was recorded since the last call, and what has to stay alive until it is done.
  std::vector<Copy> take_copies() { return std::exchange(copies_, {}); }
  std::vector<std::shared_ptr<const void>> take_kept() { return std::exchange(kept_, {}); }

 private:
  std::shared_ptr<Arena> arena_, host_;
  std::vector<Copy> copies_;
  std::vector<std::shared_ptr<const void>> kept_;
};

}  // namespace tessera::device::vulkan
