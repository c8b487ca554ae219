#pragma once

#include <map>
#include <span>
#include <vector>

#include "engine/device/expand.h"
#include "engine/device/frame_plan.h"
#include "engine/device/vulkan/arena.h"
#include "engine/device/vulkan/pipelines.h"
#include "engine/device/vulkan/tables.h"

namespace tessera::device::vulkan {

/// Some workgroups of one program.
struct Dispatch {
  PipelineKey pipeline;
  int items = 0;  ///< where in the plan's words the work list begins
  uint32_t groups_x = 0, groups_y = 0;
};

/// A frame plan as the shaders read it: parameters and work lists in one array of words, and the dispatches.
struct EncodedPlan {
  std::vector<uint32_t> words;
  std::vector<Dispatch> dispatches;               ///< in order: each begins when the one before is done
  std::vector<std::shared_ptr<const void>> kept;  ///< tables in use
  void clear();
};

/// Turns frame plans into words and dispatches. All surfaces are the arena's.
/// Thread-safety: one caller at a time.
class Encoder {
 public:
  /// @param invocations of a workgroup: a multiple of eight
  /// @param columns that an invocation resamples at once: many where registers are cheap
  Encoder(std::shared_ptr<Arena> arena, int invocations, int columns)
      : arena_(std::move(arena)), clusters_(invocations / 8), columns_(columns) {}

  /// @retval kInternal an operation that breaks its rules; kCapacity no room for tables
  Result<void> encode(const FramePlan& plan, Tables& tables, Transfers& transfers, EncodedPlan& out);

 private:
  /// Parameters in `words`, and how many clusters of eight invocations work on them.
  struct Job {
    int words = 0;
    int clusters = 0;
  };
  /// Where a plane's rect is written.
  struct Target;
  /// A resample with its tables.
  struct Resampling;

  Result<void> encode_batch(const Batch& batch, Tables& tables, Transfers& transfers);
  void add(const kernels::FillParams& p);
  void add(const kernels::CopyParams& p);
  void add(const kernels::RotateParams& p);
  void add(const kernels::MaskParams& p);
  void add(const kernels::ConvertParams& p);
  void add_move(int kind, const Target& target, std::initializer_list<int> rest);
  Job add_blends(std::span<const kernels::BlendParams* const> blends);
  int add_blend(const kernels::BlendParams& p);
  void encode_blends(bool wide);
  void encode_some(std::span<const kernels::BlendParams*> all);
  Result<void> encode_resamples(const Batch& batch, Tables& tables, Transfers& transfers);
  static int64_t cost_of(std::span<const Resampling> all);
  static size_t best_split(std::span<const Resampling> all);
  void encode_sorted(std::span<Resampling> all);
  void encode_split(std::span<const Resampling> all);
  void encode_class(std::span<const Resampling> all);

  Target target_of(const kernels::Plane& plane, const Rect& rect) const;
  int word_of(const uint8_t* data) const { return static_cast<int>(arena_->offset_of(data) / 4); }
  int begin_job();
  void put(int value) { out_->words.push_back(static_cast<uint32_t>(value)); }
  void dispatch(const PipelineKey& pipeline);

  std::shared_ptr<Arena> arena_;
  int clusters_;  ///< of a workgroup
  int columns_;
  EncodedPlan* out_ = nullptr;
  int spare_ = 0;  ///< dispatches that may be added without going over the goal
  std::vector<PlaneJob> planes_;
  std::vector<Job> jobs_;
  bool edges_ = false;  ///< whether any of jobs_ begins or ends within a word
  int kinds_ = 0;       ///< bits of the kinds of move in jobs_
};

}  // namespace tessera::device::vulkan
