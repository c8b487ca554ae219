#include "engine/device/vulkan/instance.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>

#include "engine/device/vulkan/vulkan.h"

namespace tessera::device::vulkan {
namespace {

constexpr const char* kLayer = "VK_LAYER_KHRONOS_validation";

struct Messages {
  std::mutex mutex;
  std::string last;
  std::atomic<int64_t> count = 0;
};

Messages& messages() {
  static Messages all;
  return all;
}

VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                                          const VkDebugUtilsMessengerCallbackDataEXT* data, void*) {
  Messages& all = messages();
  const std::lock_guard lock(all.mutex);
  all.last = data->pMessage == nullptr ? "" : data->pMessage;
  ++all.count;
  return VK_FALSE;
}

VkDebugUtilsMessengerCreateInfoEXT messenger_info() {
  VkDebugUtilsMessengerCreateInfoEXT info{};
  info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
  info.messageSeverity =
      VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
  info.pfnUserCallback = on_message;
  return info;
}

Result<void> require_layer(const GlobalApi& global) {
  uint32_t count = 0;
  TESSERA_TRY(check(global.EnumerateInstanceLayerProperties(&count, nullptr), "listing layers"));
  std::vector<VkLayerProperties> layers(count);
  TESSERA_TRY(check(global.EnumerateInstanceLayerProperties(&count, layers.data()), "listing layers"));
  for (const VkLayerProperties& layer : layers) {
    if (std::strcmp(layer.layerName, kLayer) == 0) return {};
  }
  return fail(Errc::kDevice, "device.vulkan", std::string(kLayer) + " is not installed");
}

const char* type_word(VkPhysicalDeviceType type) {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return "discrete";
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return "integrated";
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return "virtual";
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return "software";
    default:
      return "other";
  }
}

int rank(VkPhysicalDeviceType type) {
  constexpr std::array kOrder{VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU, VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU,
                              VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU, VK_PHYSICAL_DEVICE_TYPE_CPU};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), type) - kOrder.begin());
}

std::string version_text(uint32_t version) {
  return std::to_string(VK_API_VERSION_MAJOR(version)) + "." + std::to_string(VK_API_VERSION_MINOR(version)) + "." +
         std::to_string(VK_API_VERSION_PATCH(version));
}

/// What shaders and buffers need of a device of version 1.2; empty where all is there.
std::string missing_of(const VkPhysicalDeviceLimits& limits, const VkPhysicalDeviceVulkan11Properties& subgroup,
                       const VkPhysicalDeviceFeatures& features, bool timeline, bool has_queue) {
  constexpr uint32_t kLeastWords = 1u << 24, kLeastRange = 1u << 26, kLeastInvocations = 64;
  constexpr VkSubgroupFeatureFlags kShuffle = VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT;
  if (!timeline) return "no timeline semaphores";
  if (!has_queue) return "no queue that computes";
  if (limits.maxTexelBufferElements < kLeastWords)
    return "texel buffers hold " + std::to_string(limits.maxTexelBufferElements) + " words: want 16777216";
  if (limits.maxStorageBufferRange < kLeastRange)
    return "storage buffers hold " + std::to_string(limits.maxStorageBufferRange) + " bytes: want 67108864";
  if (limits.maxComputeWorkGroupInvocations < kLeastInvocations) return "workgroups have fewer than 64 invocations";
  if ((subgroup.subgroupSupportedOperations & kShuffle) != kShuffle ||
      (subgroup.subgroupSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT) == 0)
    return "no shuffles in compute shaders";
  if (subgroup.subgroupSize < 8) return "subgroups of " + std::to_string(subgroup.subgroupSize) + ": want at least 8";
  if (features.shaderStorageBufferArrayDynamicIndexing == VK_FALSE) return "no indexing of storage buffers";
  return "";
}

}  // namespace

Result<std::shared_ptr<Instance>> Instance::create(bool validation) {
  std::shared_ptr<Instance> instance(new Instance);
  TESSERA_TRY_ASSIGN(instance->global_, load_global());
  uint32_t version = 0;
  TESSERA_TRY(check(instance->global_.EnumerateInstanceVersion(&version), "asking for the version"));
  if (version < VK_API_VERSION_1_2)
    return fail(Errc::kDevice, "device.vulkan",
                "the Vulkan loader is of version " + version_text(version) + ": want 1.2");
  if (validation) TESSERA_TRY(require_layer(instance->global_));

  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.pApplicationName = "tessera";
  application.apiVersion = VK_API_VERSION_1_2;
  const VkDebugUtilsMessengerCreateInfoEXT messenger = messenger_info();
  const VkValidationFeatureEnableEXT enabled = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
  VkValidationFeaturesEXT features{};
  features.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT;
  features.pNext = &messenger;
  features.enabledValidationFeatureCount = 1;
  features.pEnabledValidationFeatures = &enabled;
  const char* const extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
  VkInstanceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &application;
  if (validation) {
    info.pNext = &features;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &kLayer;
    info.enabledExtensionCount = 1;
    info.ppEnabledExtensionNames = &extension;
  }
  const VkResult made = instance->global_.CreateInstance(&info, nullptr, &instance->handle_);
  if (made == VK_ERROR_INCOMPATIBLE_DRIVER)
    return fail(Errc::kDevice, "device.vulkan", "no Vulkan driver is installed");
  TESSERA_TRY(check(made, "making an instance"));
  TESSERA_TRY_ASSIGN(instance->api_, load_instance(instance->global_, instance->handle_));
  if (validation) TESSERA_TRY(instance->watch());
  return instance;
}

Result<void> Instance::watch() {
  if (api_.CreateDebugUtilsMessengerEXT == nullptr)
    return fail(Errc::kDevice, "device.vulkan", "the Vulkan loader has no VK_EXT_debug_utils");
  const VkDebugUtilsMessengerCreateInfoEXT info = messenger_info();
  return check(api_.CreateDebugUtilsMessengerEXT(handle_, &info, nullptr, &messenger_), "watching for messages");
}

Instance::~Instance() {
  if (messenger_ != VK_NULL_HANDLE) api_.DestroyDebugUtilsMessengerEXT(handle_, messenger_, nullptr);
  if (handle_ != VK_NULL_HANDLE && api_.DestroyInstance != nullptr) api_.DestroyInstance(handle_, nullptr);
}

Physical Instance::describe_device(VkPhysicalDevice handle) const {
  VkPhysicalDeviceVulkan11Properties subgroup{};
  subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES;
  VkPhysicalDeviceVulkan12Properties driver{};
  driver.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  api_.GetPhysicalDeviceProperties2(handle, &properties);
  Physical p;
  p.handle = handle;
  p.type = properties.properties.deviceType;
  p.limits = properties.properties.limits;
  p.adapter.name = properties.properties.deviceName;
  p.adapter.type = type_word(p.type);
  p.adapter.api = version_text(properties.properties.apiVersion);
  if (properties.properties.apiVersion < VK_API_VERSION_1_2) {
    p.adapter.missing = "Vulkan " + p.adapter.api + ": want 1.2";
    return p;
  }
  subgroup.pNext = &driver;
  properties.pNext = &subgroup;
  api_.GetPhysicalDeviceProperties2(handle, &properties);
  p.adapter.driver = std::string(driver.driverName) + " " + driver.driverInfo;
  p.subgroup_size = subgroup.subgroupSize;

  VkPhysicalDeviceVulkan12Features features12{};
  features12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &features12;
  api_.GetPhysicalDeviceFeatures2(handle, &features);

  uint32_t count = 0;
  api_.GetPhysicalDeviceQueueFamilyProperties(handle, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  api_.GetPhysicalDeviceQueueFamilyProperties(handle, &count, families.data());
  const auto computes = std::find_if(families.begin(), families.end(),
                                     [](const auto& f) { return (f.queueFlags & VK_QUEUE_COMPUTE_BIT) != 0; });
  p.queue_family = static_cast<uint32_t>(computes - families.begin());
  p.adapter.missing = missing_of(p.limits, subgroup, features.features, features12.timelineSemaphore == VK_TRUE,
                                 computes != families.end());
  return p;
}

Result<std::vector<Physical>> Instance::physical_devices() const {
  uint32_t count = 0;
  TESSERA_TRY(check(api_.EnumeratePhysicalDevices(handle_, &count, nullptr), "listing devices"));
  std::vector<VkPhysicalDevice> handles(count);
  TESSERA_TRY(check(api_.EnumeratePhysicalDevices(handle_, &count, handles.data()), "listing devices"));
  std::vector<Physical> all;
  for (VkPhysicalDevice handle : handles) all.push_back(describe_device(handle));
  std::stable_sort(all.begin(), all.end(),
                   [](const Physical& a, const Physical& b) { return rank(a.type) < rank(b.type); });
  return all;
}

std::string last_validation_message() {
  const std::lock_guard lock(messages().mutex);
  return messages().last;
}

int64_t validation_messages() { return messages().count; }

Result<std::vector<Adapter>> adapters() {
  TESSERA_TRY_ASSIGN(const auto instance, Instance::create(false));
  TESSERA_TRY_ASSIGN(const auto all, instance->physical_devices());
  std::vector<Adapter> rows;
  for (const Physical& p : all) rows.push_back(p.adapter);
  return rows;
}

}  // namespace tessera::device::vulkan
