#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/device/device.h"
#include "engine/device/vulkan/api.h"

namespace tessera::device::vulkan {

/// What of a physical device decides how it is used.
struct Physical {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  Adapter adapter;  ///< `missing` says why it can't be used
  VkPhysicalDeviceType type = VK_PHYSICAL_DEVICE_TYPE_OTHER;
  VkPhysicalDeviceLimits limits{};
  uint32_t subgroup_size = 0;
  uint32_t queue_family = 0;
};

/// An instance, with the validation layer where asked for.
class Instance {
 public:
  static Result<std::shared_ptr<Instance>> create(bool validation);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const InstanceApi& api() const { return api_; }
  /// All devices, the most wanted first.
  Result<std::vector<Physical>> physical_devices() const;

 private:
  Instance() = default;
  Physical describe_device(VkPhysicalDevice handle) const;
  Result<void> watch();

  GlobalApi global_;
  InstanceApi api_;
  VkInstance handle_ = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
};

/// The last message of the validation layer; empty where it is silent. Any thread.
std::string last_validation_message();

}  // namespace tessera::device::vulkan
