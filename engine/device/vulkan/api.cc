#include "engine/device/vulkan/api.h"

#include <dlfcn.h>

#include <string>

namespace tessera::device::vulkan {
namespace {

constexpr const char* kLibrary = "libvulkan.so.1";

template <class Function>
bool find(Function& function, PFN_vkVoidFunction found) {
  function = reinterpret_cast<Function>(found);
  return found != nullptr;
}

tl::unexpected<Error> lacks(const char* name) {
  return fail(Errc::kDevice, "device.vulkan", std::string("the Vulkan driver has no function vk") + name);
}

}  // namespace

Result<GlobalApi> load_global() {
  static void* const library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(Errc::kDevice, "device.vulkan",
                std::string("there is no ") + kLibrary + " on this machine: install the Vulkan loader and a driver");
  }
  GlobalApi api;
  api.GetInstanceProcAddr = reinterpret_cast<PFN_vkGetInstanceProcAddr>(::dlsym(library, "vkGetInstanceProcAddr"));
  if (api.GetInstanceProcAddr == nullptr) return lacks("GetInstanceProcAddr");
#define TESSERA_VK_FIND(name) \
  if (!find(api.name, api.GetInstanceProcAddr(nullptr, "vk" #name))) return lacks(#name);
  TESSERA_VK_GLOBAL(TESSERA_VK_FIND)
#undef TESSERA_VK_FIND
  return api;
}

Result<InstanceApi> load_instance(const GlobalApi& global, VkInstance instance) {
  InstanceApi api;
#define TESSERA_VK_FIND(name) \
  if (!find(api.name, global.GetInstanceProcAddr(instance, "vk" #name))) return lacks(#name);
  TESSERA_VK_INSTANCE(TESSERA_VK_FIND)
#undef TESSERA_VK_FIND
  find(api.CreateDebugUtilsMessengerEXT, global.GetInstanceProcAddr(instance, "vkCreateDebugUtilsMessengerEXT"));
  find(api.DestroyDebugUtilsMessengerEXT, global.GetInstanceProcAddr(instance, "vkDestroyDebugUtilsMessengerEXT"));
  return api;
}

Result<DeviceApi> load_device(const InstanceApi& instance, VkDevice device) {
  DeviceApi api;
#define TESSERA_VK_FIND(name) \
  if (!find(api.name, instance.GetDeviceProcAddr(device, "vk" #name))) return lacks(#name);
  TESSERA_VK_DEVICE(TESSERA_VK_FIND)
#undef TESSERA_VK_FIND
  return api;
}

Result<void> check(VkResult result, std::string_view what) {
  const std::string doing(what);
  switch (result) {
    case VK_SUCCESS:
      return {};
    case VK_ERROR_OUT_OF_HOST_MEMORY:
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_OUT_OF_POOL_MEMORY:
    case VK_ERROR_TOO_MANY_OBJECTS:
      return fail(Errc::kCapacity, "device.vulkan", doing + ": no memory left on the device or the host", true);
    case VK_ERROR_DEVICE_LOST:
      return fail(Errc::kDevice, "device.vulkan", doing + ": the device was lost", true);
    case VK_TIMEOUT:
      return fail(Errc::kDevice, "device.vulkan", doing + ": the device did not answer in time", true);
    default:
      return fail(Errc::kDevice, "device.vulkan", doing + ": Vulkan result " + std::to_string(result));
  }
}

}  // namespace tessera::device::vulkan
