#pragma once

#include <vector>

#include "engine/compose/geometry.h"
#include "engine/device/frame_plan.h"

namespace tessera::compose {

/// Sorts operations, given in the order in which they would be right one after another, into as few batches as their
/// needs allow. Batches come in rounds of the four classes, in which a picture is turned, scaled, converted and
/// blended; an operation goes into the first of its class that comes after all it depends on.
class PlanBuilder {
 public:
  /// A surface of this plan that an operation reads, and where.
  struct Read {
    const media::Frame* surface = nullptr;
    Rect rect;
  };

  void add(device::Operation operation, std::vector<Read> reads = {});
  device::FramePlan take();

 private:
  struct Access {
    const media::Frame* surface;
    Rect rect;
    size_t batch;
    bool writes, blends;
  };
  size_t earliest(const Access& write, const std::vector<Read>& reads) const;

  std::vector<device::Batch> batches_;  ///< number n is of class n % 4; may be empty
  std::vector<Access> accesses_;
};

}  // namespace tessera::compose
