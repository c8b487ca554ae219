#pragma once

#include <memory>
#include <vector>

#include "engine/device/downloads.h"
#include "engine/device/vulkan/encoder.h"
#include "engine/device/vulkan/pipelines.h"
#include "engine/device/vulkan/transfers.h"

namespace tessera::device::vulkan {

/// What one submission needs for itself: commands, the plan's words, and all that stays alive until it is done.
class Submission {
 public:
  static Result<std::unique_ptr<Submission>> create(std::shared_ptr<Context> context, std::shared_ptr<Arena> arena,
                                                    const Pipelines& pipelines);
  ~Submission();
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;

  /// Records the copies, then the plan, then the copies after it. Not while it is running.
  Result<void> record(const EncodedPlan& plan, Pipelines& pipelines, const std::vector<Transfers::Copy>& before,
                      const std::vector<Transfers::Copy>& after);
  /// Hands it to the queue; `semaphore` gets `value` when all is done.
  Result<void> submit(VkSemaphore semaphore, uint64_t value);

  uint64_t value = 0;                             ///< 0: was never submitted
  std::vector<std::shared_ptr<const void>> kept;  ///< dropped once it is done
  Downloads downloads;                            ///< cleared by the owner: they outlive what is kept

 private:
  Submission() = default;
  Result<void> make_descriptors(const Pipelines& pipelines);
  Result<void> fill_plan(const std::vector<uint32_t>& words);
  void point_at_plan();
  void barrier(VkPipelineStageFlags from, VkAccessFlags written, VkPipelineStageFlags to, VkAccessFlags used) const;
  void copy(const std::vector<Transfers::Copy>& copies) const;

  std::shared_ptr<Context> context_;
  std::shared_ptr<Arena> arena_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  VkCommandBuffer commands_ = VK_NULL_HANDLE;
  VkDescriptorPool descriptors_ = VK_NULL_HANDLE;
  VkDescriptorSet set_ = VK_NULL_HANDLE;
  std::unique_ptr<Buffer> plan_;
};

}  // namespace tessera::device::vulkan
