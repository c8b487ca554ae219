#include "engine/device/vulkan/submission.h"

#include <algorithm>
#include <cstring>

namespace tessera::device::vulkan {
namespace {

constexpr VkAccessFlags kShaders = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
constexpr VkAccessFlags kCopies = VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
constexpr VkPipelineStageFlags kCompute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
constexpr VkPipelineStageFlags kTransfer = VK_PIPELINE_STAGE_TRANSFER_BIT;
constexpr VkDeviceSize kLeastPlanBytes = 1 << 18;

}  // namespace

Result<std::unique_ptr<Submission>> Submission::create(std::shared_ptr<Context> context, std::shared_ptr<Arena> arena,
                                                       const Pipelines& pipelines) {
  std::unique_ptr<Submission> s(new Submission);
  s->context_ = std::move(context);
  s->arena_ = std::move(arena);
  const DeviceApi& api = s->context_->api();
  VkDevice device = s->context_->device();
  VkCommandPoolCreateInfo pool{};
  pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pool.flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT;
  pool.queueFamilyIndex = s->context_->physical().queue_family;
  TESSERA_TRY(check(api.CreateCommandPool(device, &pool, nullptr, &s->pool_), "making commands"));
  VkCommandBufferAllocateInfo commands{};
  commands.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  commands.commandPool = s->pool_;
  commands.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  commands.commandBufferCount = 1;
  TESSERA_TRY(check(api.AllocateCommandBuffers(device, &commands, &s->commands_), "making commands"));
  TESSERA_TRY(s->make_descriptors(pipelines));
  TESSERA_TRY(s->fill_plan({}));
  return s;
}

Submission::~Submission() {
  const DeviceApi& api = context_->api();
  if (descriptors_ != VK_NULL_HANDLE) api.DestroyDescriptorPool(context_->device(), descriptors_, nullptr);
  if (pool_ != VK_NULL_HANDLE) api.DestroyCommandPool(context_->device(), pool_, nullptr);
}

Result<void> Submission::make_descriptors(const Pipelines& pipelines) {
  const DeviceApi& api = context_->api();
  VkDevice device = context_->device();
  const std::array<VkDescriptorPoolSize, 2> sizes{
      {{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, Pipelines::kWindows}, {VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, 2}}};
  VkDescriptorPoolCreateInfo pool{};
  pool.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
  pool.maxSets = 1;
  pool.poolSizeCount = sizes.size();
  pool.pPoolSizes = sizes.data();
  TESSERA_TRY(check(api.CreateDescriptorPool(device, &pool, nullptr, &descriptors_), "making descriptors"));
  VkDescriptorSetLayout layout = pipelines.set_layout();
  VkDescriptorSetAllocateInfo set{};
  set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
  set.descriptorPool = descriptors_;
  set.descriptorSetCount = 1;
  set.pSetLayouts = &layout;
  TESSERA_TRY(check(api.AllocateDescriptorSets(device, &set, &set_), "making descriptors"));
  std::array<VkDescriptorBufferInfo, Pipelines::kWindows> windows{};
  for (size_t i = 0; i < windows.size(); ++i) {
    const size_t begin = i * arena_->window() < arena_->bytes() ? i * arena_->window() : 0;
    windows[i] = {arena_->buffer().handle(), begin, std::min(arena_->window(), arena_->bytes() - begin)};
  }
  VkBufferView view = arena_->buffer().view();
  std::array<VkWriteDescriptorSet, 2> writes{};
  for (VkWriteDescriptorSet& write : writes) {
    write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
    write.dstSet = set_;
  }
  writes[0].descriptorCount = windows.size();
  writes[0].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  writes[0].pBufferInfo = windows.data();
  writes[1].dstBinding = 1;
  writes[1].descriptorCount = 1;
  writes[1].descriptorType = VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER;
  writes[1].pTexelBufferView = &view;
  api.UpdateDescriptorSets(device, writes.size(), writes.data(), 0, nullptr);
  return {};
}

void Submission::point_at_plan() {
  VkBufferView view = plan_->view();
  VkWriteDescriptorSet write{};
  write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
  write.dstSet = set_;
  write.dstBinding = 2;
  write.descriptorCount = 1;
  write.descriptorType = VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER;
  write.pTexelBufferView = &view;
  context_->api().UpdateDescriptorSets(context_->device(), 1, &write, 0, nullptr);
}

Result<void> Submission::fill_plan(const std::vector<uint32_t>& words) {
  const VkDeviceSize bytes = words.size() * sizeof(uint32_t) + 64;  // clusters may fetch a little more
  if (plan_ == nullptr || plan_->bytes() < bytes) {
    VkDeviceSize room = kLeastPlanBytes;
    while (room < bytes) room *= 2;
    TESSERA_TRY_ASSIGN(plan_,
                       Buffer::create(context_, room, VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT, Memory::kUpload));
    point_at_plan();
  }
  if (!words.empty()) std::memcpy(plan_->data(), words.data(), words.size() * sizeof(uint32_t));
  return {};
}

void Submission::barrier(VkPipelineStageFlags from, VkAccessFlags written, VkPipelineStageFlags to,
                         VkAccessFlags used) const {
  VkMemoryBarrier memory{};
  memory.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  memory.srcAccessMask = written;
  memory.dstAccessMask = used;
  context_->api().CmdPipelineBarrier(commands_, from, to, 0, 1, &memory, 0, nullptr, 0, nullptr);
}

void Submission::copy(const std::vector<Transfers::Copy>& copies) const {
  for (const Transfers::Copy& c : copies) context_->api().CmdCopyBuffer(commands_, c.from, c.to, 1, &c.region);
}

Result<void> Submission::record(const EncodedPlan& plan, Pipelines& pipelines,
                                const std::vector<Transfers::Copy>& before, const std::vector<Transfers::Copy>& after) {
  const DeviceApi& api = context_->api();
  TESSERA_TRY(fill_plan(plan.words));
  TESSERA_TRY(check(api.ResetCommandPool(context_->device(), pool_, 0), "recording commands"));
  VkCommandBufferBeginInfo begin{};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  TESSERA_TRY(check(api.BeginCommandBuffer(commands_, &begin), "recording commands"));
  // What earlier submissions still do comes first: surfaces go from one to the next.
  barrier(kCompute | kTransfer, VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT, kCompute | kTransfer,
          kShaders | kCopies);
  copy(before);
  if (!before.empty()) barrier(kTransfer, VK_ACCESS_TRANSFER_WRITE_BIT, kCompute, kShaders);
  api.CmdBindDescriptorSets(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, pipelines.layout(), 0, 1, &set_, 0, nullptr);
  bool first = true;
  for (const Dispatch& dispatch : plan.dispatches) {
    // Dispatches of one batch could do without; but what they touch is told apart by no one below.
    if (!first) barrier(kCompute, VK_ACCESS_SHADER_WRITE_BIT, kCompute, kShaders);
    first = false;
    TESSERA_TRY_ASSIGN(VkPipeline pipeline, pipelines.get(dispatch.pipeline));
    api.CmdBindPipeline(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    api.CmdPushConstants(commands_, pipelines.layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof dispatch.items,
                         &dispatch.items);
    api.CmdDispatch(commands_, dispatch.groups_x, dispatch.groups_y, 1);
  }
  if (!after.empty()) {
    barrier(kCompute, VK_ACCESS_SHADER_WRITE_BIT, kTransfer, VK_ACCESS_TRANSFER_READ_BIT);
    copy(after);
  }
  barrier(kCompute | kTransfer, VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT, VK_PIPELINE_STAGE_HOST_BIT,
          VK_ACCESS_HOST_READ_BIT);
  return check(api.EndCommandBuffer(commands_), "recording commands");
}

Result<void> Submission::submit(VkSemaphore semaphore, uint64_t signal) {
  VkTimelineSemaphoreSubmitInfo timeline{};
  timeline.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO;
  timeline.signalSemaphoreValueCount = 1;
  timeline.pSignalSemaphoreValues = &signal;
  VkSubmitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  info.pNext = &timeline;
  info.commandBufferCount = 1;
  info.pCommandBuffers = &commands_;
  info.signalSemaphoreCount = 1;
  info.pSignalSemaphores = &semaphore;
  TESSERA_TRY(check(context_->api().QueueSubmit(context_->queue(), 1, &info, VK_NULL_HANDLE), "submitting a frame"));
  value = signal;
  return {};
}

}  // namespace tessera::device::vulkan
