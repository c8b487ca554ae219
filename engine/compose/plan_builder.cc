#include "engine/compose/plan_builder.h"

#include <algorithm>

namespace tessera::compose {
namespace {

constexpr size_t kClasses = 4;
static_assert(static_cast<size_t>(device::OperationClass::kBlend) == kClasses - 1);

}  // namespace

size_t PlanBuilder::earliest(const Access& write, const std::vector<Read>& reads) const {
  size_t batch = 0;
  for (const Access& before : accesses_) {
    const bool same_place = before.surface == write.surface && overlaps(before.rect, write.rect);
    const bool in_order = before.writes && before.blends && write.blends;  // blends of one batch keep their order
    if (same_place) batch = std::max(batch, in_order ? before.batch : before.batch + 1);
    if (!before.writes) continue;
    for (const Read& read : reads) {
      if (before.surface == read.surface && overlaps(before.rect, read.rect)) batch = std::max(batch, before.batch + 1);
    }
  }
  return batch;
}

void PlanBuilder::add(device::Operation operation, std::vector<Read> reads) {
  Access write{nullptr, {}, 0, true, std::holds_alternative<device::Blend>(operation)};
  std::visit(
      [&](const auto& op) {
        write.surface = op.dst.get();
        write.rect = op.rect;
      },
      operation);
  const auto wanted = static_cast<size_t>(device::class_of(operation));
  const size_t first = earliest(write, reads);
  write.batch = first + (wanted + kClasses - first % kClasses) % kClasses;
  if (write.batch >= batches_.size()) batches_.resize(write.batch + 1);
  batches_[write.batch].operations.push_back(std::move(operation));
  accesses_.push_back(write);
  for (const Read& read : reads) accesses_.push_back({read.surface, read.rect, write.batch, false, false});
}

device::FramePlan PlanBuilder::take() {
  device::FramePlan plan;
  for (device::Batch& batch : batches_) {
    if (!batch.operations.empty()) plan.batches.push_back(std::move(batch));
  }
  batches_.clear();
  accesses_.clear();
  return plan;
}

}  // namespace tessera::compose
