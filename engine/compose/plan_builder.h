#pragma once

#include <array>
#include <cstdint>

#include "engine/device/frame_plan.h"

namespace tessera::compose {

/// The steps in which a frame is made, in their order. What one step needs was made in an earlier one; within a step,
/// operations need nothing of one another, but for blends, which apply in the order in which they were added.
enum class Stage : uint8_t {
  kPrepare,     ///< backgrounds, colours, masks; sources turned or copied
  kReduce,      ///< sources that are blurred, made small
  kScale,       ///< sources to where they are drawn
  kConvert,     ///< ... to the canvas's colours
  kBlend,       ///< what is not opaque or lies over another layer
  kRenditions,  ///< the canvas at other sizes
  kLayOut,      ///< results for an encoder that wants other planes
};

/// Sorts operations by stage: each stage that has any is a batch, so a frame has at most one batch a stage however
/// many layers there are.
class PlanBuilder {
 public:
  void add(Stage stage, device::Operation operation);
  device::FramePlan take();

 private:
  std::array<device::Batch, static_cast<size_t>(Stage::kLayOut) + 1> stages_;
};

}  // namespace tessera::compose
