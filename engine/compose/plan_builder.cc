#include "engine/compose/plan_builder.h"

#include <utility>

namespace tessera::compose {

void PlanBuilder::add(Stage stage, device::Operation operation) {
  stages_[static_cast<size_t>(stage)].operations.push_back(std::move(operation));
}

device::FramePlan PlanBuilder::take() {
  device::FramePlan plan;
  for (device::Batch& batch : stages_) {
    if (!batch.operations.empty()) plan.batches.push_back(std::exchange(batch, {}));
  }
  return plan;
}

}  // namespace tessera::compose
