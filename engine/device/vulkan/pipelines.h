#pragma once

#include <array>
#include <compare>
#include <map>
#include <memory>

#include "engine/device/vulkan/context.h"

namespace tessera::device::vulkan {

/// The programs in shaders/.
enum class Program : uint8_t { kMove, kResample, kConvert, kBlend };

/// A program with its constants filled in: those from number 2 on, in their order in the shader.
struct PipelineKey {
  Program program = Program::kMove;
  std::array<int32_t, 6> constants{};
  auto operator<=>(const PipelineKey&) const = default;
};

/// Compiled programs, made when first asked for.
class Pipelines {
 public:
  /// @param invocations of a workgroup @param windows storage buffers that the arena is cut into
  static Result<std::unique_ptr<Pipelines>> create(std::shared_ptr<Context> context, int invocations, int windows);
  ~Pipelines();
  Pipelines(const Pipelines&) = delete;
  Pipelines& operator=(const Pipelines&) = delete;

  VkPipelineLayout layout() const { return layout_; }
  VkDescriptorSetLayout set_layout() const { return set_layout_; }
  Result<VkPipeline> get(const PipelineKey& key);

  static constexpr uint32_t kWindows = 4;  ///< storage buffers in the shaders' interface

 private:
  Pipelines() = default;
  Result<void> make_layouts();

  std::shared_ptr<Context> context_;
  int invocations_ = 0, windows_ = 0;
  std::array<VkShaderModule, 4> modules_{};
  VkDescriptorSetLayout set_layout_ = VK_NULL_HANDLE;
  VkPipelineLayout layout_ = VK_NULL_HANDLE;
  std::map<PipelineKey, VkPipeline> made_;
};

}  // namespace tessera::device::vulkan
