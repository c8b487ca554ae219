#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "engine/device/vulkan/context.h"
#include "engine/media/frame.h"

namespace tessera::device::vulkan {

/// One large buffer from which surfaces and tables are cut. Addresses are offsets in it; as pointers they are counted
/// from base(), which is where the buffer is mapped or, where the host can't reach it, addresses that fault.
/// Thread-safety: all of it; blocks may be dropped on any thread and after the arena.
class Arena : public std::enable_shared_from_this<Arena> {
 public:
  /// @param bytes wanted; halved until the device has them, down to 64 MiB
  /// @param window no block crosses a multiple of it; 0: no limit
  static Result<std::shared_ptr<Arena>> create(const std::shared_ptr<Context>& context, VkDeviceSize bytes,
                                               VkBufferUsageFlags usage, Memory use, VkDeviceSize window);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Part of the arena; goes back when dropped.
  class Block {
   public:
    Block(std::shared_ptr<Arena> arena, size_t offset, size_t bytes)
        : arena_(std::move(arena)), offset_(offset), bytes_(bytes) {}
    ~Block() { arena_->give_back(offset_, bytes_); }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    size_t offset() const { return offset_; }
    size_t bytes() const { return bytes_; }

   private:
    std::shared_ptr<Arena> arena_;
    size_t offset_, bytes_;
  };

  /// Rounded up to 256 bytes. @retval kCapacity no room; the detail says how much there is in all
  Result<std::shared_ptr<Block>> take(size_t bytes);

  /// A frame in the arena, planar and not shifted whatever `format` says of that: rows 64-byte aligned, one block.
  Result<std::shared_ptr<media::Frame>> make_frame(const media::FrameFormat& format);

  const Buffer& buffer() const { return *buffer_; }
  uint8_t* base() const { return base_; }
  size_t bytes() const { return buffer_->bytes(); }
  size_t window() const { return window_; }
  bool holds(const uint8_t* data) const { return data >= base_ && data < base_ + bytes(); }
  size_t offset_of(const uint8_t* data) const { return static_cast<size_t>(data - base_); }

 private:
  Arena() = default;
  void give_back(size_t offset, size_t bytes);

  std::unique_ptr<Buffer> buffer_;
  uint8_t* base_ = nullptr;
  bool reserved_ = false;
  size_t window_ = 0;
  std::mutex mutex_;
  std::map<size_t, size_t> free_;  ///< offset -> bytes; never across a window's edge
};

/// The block a frame of an arena lies in.
const Arena::Block& block_of(const media::Frame& frame);

}  // namespace tessera::device::vulkan
