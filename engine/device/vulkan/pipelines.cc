#include "engine/device/vulkan/pipelines.h"

#include <span>

#include "engine/device/vulkan/spirv.h"

namespace tessera::device::vulkan {

Result<std::unique_ptr<Pipelines>> Pipelines::create(std::shared_ptr<Context> context, int invocations, int windows) {
  std::unique_ptr<Pipelines> pipelines(new Pipelines);
  pipelines->context_ = std::move(context);
  pipelines->invocations_ = invocations;
  pipelines->windows_ = windows;
  TESSERA_TRY(pipelines->make_layouts());
  const DeviceApi& api = pipelines->context_->api();
  const std::array<std::span<const uint32_t>, 4> code{spirv::move, spirv::resample, spirv::convert, spirv::blend};
  for (size_t i = 0; i < code.size(); ++i) {
    VkShaderModuleCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
    info.codeSize = code[i].size_bytes();
    info.pCode = code[i].data();
    TESSERA_TRY(check(api.CreateShaderModule(pipelines->context_->device(), &info, nullptr, &pipelines->modules_[i]),
                      "loading a shader"));
  }
  return pipelines;
}

Result<void> Pipelines::make_layouts() {
  const DeviceApi& api = context_->api();
  const std::array<VkDescriptorSetLayoutBinding, 3> bindings{{
      {0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, kWindows, VK_SHADER_STAGE_COMPUTE_BIT, nullptr},
      {1, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr},
      {2, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr},
  }};
  VkDescriptorSetLayoutCreateInfo set{};
  set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
  set.bindingCount = bindings.size();
  set.pBindings = bindings.data();
  VkDevice device = context_->device();
  TESSERA_TRY(check(api.CreateDescriptorSetLayout(device, &set, nullptr, &set_layout_), "making a layout"));
  const VkPushConstantRange push{VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof(int32_t)};
  VkPipelineLayoutCreateInfo layout{};
  layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  layout.setLayoutCount = 1;
  layout.pSetLayouts = &set_layout_;
  layout.pushConstantRangeCount = 1;
  layout.pPushConstantRanges = &push;
  return check(api.CreatePipelineLayout(device, &layout, nullptr, &layout_), "making a layout");
}

Result<VkPipeline> Pipelines::get(const PipelineKey& key) {
  if (const auto found = made_.find(key); found != made_.end()) return found->second;
  constexpr size_t kCount = 2 + std::tuple_size_v<decltype(key.constants)>;
  std::array<int32_t, kCount> values{invocations_, windows_};
  std::array<VkSpecializationMapEntry, kCount> entries{};
  for (size_t i = 0; i < kCount; ++i) {
    if (i >= 2) values[i] = key.constants[i - 2];
    entries[i] = {static_cast<uint32_t>(i), static_cast<uint32_t>(i * sizeof(int32_t)), sizeof(int32_t)};
  }
  const VkSpecializationInfo constants{kCount, entries.data(), sizeof values, values.data()};
  VkComputePipelineCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = modules_[static_cast<size_t>(key.program)];
  info.stage.pName = "main";
  info.stage.pSpecializationInfo = &constants;
  info.layout = layout_;
  VkPipeline pipeline = VK_NULL_HANDLE;
  TESSERA_TRY(
      check(context_->api().CreateComputePipelines(context_->device(), VK_NULL_HANDLE, 1, &info, nullptr, &pipeline),
            "compiling a shader"));
  made_.emplace(key, pipeline);
  return pipeline;
}

Pipelines::~Pipelines() {
  const DeviceApi& api = context_->api();
  VkDevice device = context_->device();
  for (const auto& [key, pipeline] : made_) api.DestroyPipeline(device, pipeline, nullptr);
  for (VkShaderModule shader : modules_) {
    if (shader != VK_NULL_HANDLE) api.DestroyShaderModule(device, shader, nullptr);
  }
  if (layout_ != VK_NULL_HANDLE) api.DestroyPipelineLayout(device, layout_, nullptr);
  if (set_layout_ != VK_NULL_HANDLE) api.DestroyDescriptorSetLayout(device, set_layout_, nullptr);
}

}  // namespace tessera::device::vulkan
