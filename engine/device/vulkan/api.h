#pragma once

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include <memory>
#include <string_view>

#include "engine/base/result.h"

/// The Vulkan functions in use, looked up at run time: the same binary runs where there is no Vulkan.
namespace tessera::device::vulkan {

#define TESSERA_VK_GLOBAL(X) X(CreateInstance) X(EnumerateInstanceVersion) X(EnumerateInstanceLayerProperties)

#define TESSERA_VK_INSTANCE(X)              \
  X(DestroyInstance)                        \
  X(EnumeratePhysicalDevices)               \
  X(GetPhysicalDeviceProperties2)           \
  X(GetPhysicalDeviceFeatures2)             \
  X(GetPhysicalDeviceMemoryProperties)      \
  X(GetPhysicalDeviceQueueFamilyProperties) \
  X(CreateDevice)                           \
  X(GetDeviceProcAddr)

#define TESSERA_VK_DEVICE(X)     \
  X(DestroyDevice)               \
  X(DeviceWaitIdle)              \
  X(GetDeviceQueue)              \
  X(CreateBuffer)                \
  X(DestroyBuffer)               \
  X(GetBufferMemoryRequirements) \
  X(AllocateMemory)              \
  X(FreeMemory)                  \
  X(BindBufferMemory)            \
  X(MapMemory)                   \
  X(CreateBufferView)            \
  X(DestroyBufferView)           \
  X(CreateDescriptorSetLayout)   \
  X(DestroyDescriptorSetLayout)  \
  X(CreateDescriptorPool)        \
  X(DestroyDescriptorPool)       \
  X(AllocateDescriptorSets)      \
  X(UpdateDescriptorSets)        \
  X(CreatePipelineLayout)        \
  X(DestroyPipelineLayout)       \
  X(CreateShaderModule)          \
  X(DestroyShaderModule)         \
  X(CreateComputePipelines)      \
  X(DestroyPipeline)             \
  X(CreateCommandPool)           \
  X(DestroyCommandPool)          \
  X(AllocateCommandBuffers)      \
  X(ResetCommandPool)            \
  X(BeginCommandBuffer)          \
  X(EndCommandBuffer)            \
  X(CmdBindPipeline)             \
  X(CmdBindDescriptorSets)       \
  X(CmdPushConstants)            \
  X(CmdDispatch)                 \
  X(CmdCopyBuffer)               \
  X(CmdPipelineBarrier)          \
  X(QueueSubmit)                 \
  X(CreateSemaphore)             \
  X(DestroySemaphore)            \
  X(WaitSemaphores)

struct GlobalApi {
#define TESSERA_VK_DECLARE(name) PFN_vk##name name = nullptr;
  PFN_vkGetInstanceProcAddr GetInstanceProcAddr = nullptr;
  TESSERA_VK_GLOBAL(TESSERA_VK_DECLARE)
};

struct InstanceApi {
  TESSERA_VK_INSTANCE(TESSERA_VK_DECLARE)
  PFN_vkCreateDebugUtilsMessengerEXT CreateDebugUtilsMessengerEXT = nullptr;    ///< null without the extension
  PFN_vkDestroyDebugUtilsMessengerEXT DestroyDebugUtilsMessengerEXT = nullptr;  ///< null without the extension
};

struct DeviceApi {
  TESSERA_VK_DEVICE(TESSERA_VK_DECLARE)
#undef TESSERA_VK_DECLARE
};

/// The loader library's functions. The library stays loaded. @retval kDevice there is none; says what to install
Result<GlobalApi> load_global();
Result<InstanceApi> load_instance(const GlobalApi& global, VkInstance instance);
Result<DeviceApi> load_device(const InstanceApi& api, VkDevice device);

/// An error for anything but success. Lost devices are kDevice, missing memory kCapacity.
/// @param what what was being done: "submitting a frame"
Result<void> check(VkResult result, std::string_view what);

}  // namespace tessera::device::vulkan
