#pragma once

#include <memory>

#include "engine/device/vulkan/api.h"
#include "engine/device/vulkan/instance.h"

namespace tessera::device::vulkan {

/// Kinds of memory by who uses it.
enum class Memory {
  kDevice,    ///< the device's own, out of the host's reach unless it shares memory with the host
  kUpload,    ///< written by the host, read by the device
  kDownload,  ///< written by the device, read by the host
};

/// A logical device with its one queue. Lives until the last buffer, surface and pipeline is gone.
class Context {
 public:
  /// @param staged pretend that kDevice memory is out of the host's reach
  static Result<std::shared_ptr<Context>> create(std::shared_ptr<Instance> instance, const Physical& physical,
                                                 bool staged);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const DeviceApi& api() const { return api_; }
  VkDevice device() const { return device_; }
  VkQueue queue() const { return queue_; }
  const Physical& physical() const { return physical_; }
  /// The host may read and write kDevice memory, so nothing need be copied.
  bool unified() const { return unified_; }
  int64_t memory_allocations() const { return memory_allocations_; }

  /// A type of memory for a use out of those `allowed` (a bit each). @retval kDevice none
  Result<uint32_t> memory_type(Memory use, uint32_t allowed) const;
  /// One more allocation of device memory was made.
  void count_allocation() { ++memory_allocations_; }

 private:
  Context() = default;
  VkMemoryPropertyFlags properties_of(Memory use) const;

  std::shared_ptr<Instance> instance_;
  Physical physical_;
  DeviceApi api_;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  VkPhysicalDeviceMemoryProperties memory_{};
  bool unified_ = false;
  int64_t memory_allocations_ = 0;
};

/// A buffer with memory of its own, mapped where the host may reach it.
class Buffer {
 public:
  static Result<std::unique_ptr<Buffer>> create(std::shared_ptr<Context> context, VkDeviceSize bytes,
                                                VkBufferUsageFlags usage, Memory use);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  VkBuffer handle() const { return buffer_; }
  /// All of it as words for shaders to fetch. Null where the usage has no texel buffer.
  VkBufferView view() const { return view_; }
  VkDeviceSize bytes() const { return bytes_; }
  /// Null where the host can't reach it.
  uint8_t* data() const { return data_; }

 private:
  Buffer() = default;

  std::shared_ptr<Context> context_;
  VkBuffer buffer_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  VkBufferView view_ = VK_NULL_HANDLE;
  VkDeviceSize bytes_ = 0;
  uint8_t* data_ = nullptr;
};

}  // namespace tessera::device::vulkan
