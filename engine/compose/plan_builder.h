#pragma once

#include <vector>

#include "engine/compose/geometry.h"
#include "engine/device/frame_plan.h"

namespace tessera::compose {

/// Sorts operations, given in the order in which they would be right one after another, into as few batches as their
/// needs allow: each goes into the first batch of its class that comes after all it depends on.
class PlanBuilder {
 public:
  /// A surface of this plan that an operation reads, and where.
  struct Read {
    const media::Frame* surface = nullptr;
    Rect rect;
  };

  void add(device::Operation operation, std::vector<Read> reads = {});
  device::FramePlan take() { return std::move(plan_); }

 private:
  struct Access {
    const media::Frame* surface;
    Rect rect;
    size_t batch;
    bool writes, blends;
  };
  size_t earliest(const Access& write, const std::vector<Read>& reads) const;

  device::FramePlan plan_;
  std::vector<Access> accesses_;
};

}  // namespace tessera::compose
