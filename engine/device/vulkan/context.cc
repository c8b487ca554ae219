#include "engine/device/vulkan/context.h"

#include <utility>

namespace tessera::device::vulkan {
namespace {

constexpr VkMemoryPropertyFlags kMapped = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
constexpr VkMemoryPropertyFlags kUnified =
    kMapped | VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;

bool shares_memory(VkPhysicalDeviceType type) {
  return type == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU || type == VK_PHYSICAL_DEVICE_TYPE_CPU;
}

}  // namespace

Result<std::shared_ptr<Context>> Context::create(std::shared_ptr<Instance> instance, const Physical& physical,
                                                 bool staged) {
  std::shared_ptr<Context> context(new Context);
  const InstanceApi& api = instance->api();
  const float priority = 1;
  VkDeviceQueueCreateInfo queue{};
  queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue.queueFamilyIndex = physical.queue_family;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  VkPhysicalDeviceVulkan12Features features12{};
  features12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  features12.timelineSemaphore = VK_TRUE;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &features12;
  features.features.shaderStorageBufferArrayDynamicIndexing = VK_TRUE;
  VkDeviceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.pNext = &features;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  context->instance_ = instance;
  context->physical_ = physical;
  TESSERA_TRY(check(api.CreateDevice(physical.handle, &info, nullptr, &context->device_), "opening the device"));
  TESSERA_TRY_ASSIGN(context->api_, load_device(api, context->device_));
  context->api_.GetDeviceQueue(context->device_, physical.queue_family, 0, &context->queue_);
  api.GetPhysicalDeviceMemoryProperties(physical.handle, &context->memory_);
  for (uint32_t i = 0; i < context->memory_.memoryTypeCount && !staged && shares_memory(physical.type); ++i) {
    if ((context->memory_.memoryTypes[i].propertyFlags & kUnified) == kUnified) context->unified_ = true;
  }
  return context;
}

Context::~Context() {
  if (device_ == VK_NULL_HANDLE || api_.DestroyDevice == nullptr) return;
  api_.DeviceWaitIdle(device_);
  api_.DestroyDevice(device_, nullptr);
}

VkMemoryPropertyFlags Context::properties_of(Memory use) const {
  switch (use) {
    case Memory::kUpload:
      return kMapped;
    case Memory::kDownload:
      return kMapped | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
    default:
      return unified_ ? kUnified : VkMemoryPropertyFlags{VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT};
  }
}

Result<uint32_t> Context::memory_type(Memory use, uint32_t allowed) const {
  const VkMemoryPropertyFlags best = properties_of(use);
  const VkMemoryPropertyFlags least = use == Memory::kDevice ? best : kMapped;
  for (const VkMemoryPropertyFlags wanted : {best, least}) {
    for (uint32_t i = 0; i < memory_.memoryTypeCount; ++i) {
      const bool fits = (memory_.memoryTypes[i].propertyFlags & wanted) == wanted;
      if (fits && (allowed >> i & 1) != 0) return i;
    }
  }
  return fail(Errc::kDevice, "device.vulkan", "the device has no memory of a kind that is needed");
}

Result<std::unique_ptr<Buffer>> Buffer::create(std::shared_ptr<Context> context, VkDeviceSize bytes,
                                               VkBufferUsageFlags usage, Memory use) {
  std::unique_ptr<Buffer> buffer(new Buffer);
  const DeviceApi& api = context->api();
  VkDevice device = context->device();
  buffer->context_ = context;
  buffer->bytes_ = bytes;
  VkBufferCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.size = bytes;
  info.usage = usage;
  TESSERA_TRY(check(api.CreateBuffer(device, &info, nullptr, &buffer->buffer_), "making a buffer"));
  VkMemoryRequirements needs{};
  api.GetBufferMemoryRequirements(device, buffer->buffer_, &needs);
  VkMemoryAllocateInfo memory{};
  memory.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  memory.allocationSize = needs.size;
  TESSERA_TRY_ASSIGN(memory.memoryTypeIndex, context->memory_type(use, needs.memoryTypeBits));
  TESSERA_TRY(check(api.AllocateMemory(device, &memory, nullptr, &buffer->memory_), "allocating device memory"));
  context->count_allocation();
  TESSERA_TRY(check(api.BindBufferMemory(device, buffer->buffer_, buffer->memory_, 0), "binding memory"));
  if (use != Memory::kDevice || context->unified()) {
    void* mapped = nullptr;
    TESSERA_TRY(check(api.MapMemory(device, buffer->memory_, 0, VK_WHOLE_SIZE, 0, &mapped), "mapping memory"));
    buffer->data_ = static_cast<uint8_t*>(mapped);
  }
  if ((usage & VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT) != 0) {
    VkBufferViewCreateInfo view{};
    view.sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO;
    view.buffer = buffer->buffer_;
    view.format = VK_FORMAT_R32_UINT;
    view.range = bytes;
    TESSERA_TRY(check(api.CreateBufferView(device, &view, nullptr, &buffer->view_), "viewing a buffer"));
  }
  return buffer;
}

Buffer::~Buffer() {
  const DeviceApi& api = context_->api();
  if (view_ != VK_NULL_HANDLE) api.DestroyBufferView(context_->device(), view_, nullptr);
  if (buffer_ != VK_NULL_HANDLE) api.DestroyBuffer(context_->device(), buffer_, nullptr);
  if (memory_ != VK_NULL_HANDLE) api.FreeMemory(context_->device(), memory_, nullptr);
}

}  // namespace tessera::device::vulkan
