#include "engine/device/cuda/plan_encoder.h"

#include <array>

#include "engine/device/cuda/plan_tables.h"

namespace tessera::device::cuda {
namespace {

bool on_device(const media::Frame* frame) { return frame == nullptr || frame->memory == media::Memory::kCuda; }

bool all_on_device(const Fill& op) { return on_device(op.dst.get()); }
bool all_on_device(const Mask& op) { return on_device(op.dst.get()); }
bool all_on_device(const Blend& op) {
  return on_device(op.src.get()) && on_device(op.dst.get()) && on_device(op.mask.get());
}
template <class Op>
bool all_on_device(const Op& op) {
  return on_device(op.src.get()) && on_device(op.dst.get());
}

}  // namespace

void EncodedPlan::clear() {
  parameters.clear();
  launches.clear();
  kept.clear();
}

PlanEncoder::PlanEncoder() : tables_(std::make_unique<PlanTables>()) {}
PlanEncoder::~PlanEncoder() = default;

Result<void> PlanEncoder::add_resample(const Resample& op, PlanMemory& memory, EncodedPlan& out) {
  planes_.clear();
  TESSERA_TRY(expand(op, planes_));
  for (size_t i = 0; i < planes_.size(); ++i) {
    const auto& p = std::get<kernels::ResampleParams>(planes_[i]);
    const bool chroma = i == 1 || i == 2;
    kernels::cuda::PlacedTaps taps;
    TESSERA_TRY_ASSIGN(taps, tables_->placed(chroma ? op.chroma_x : op.luma_x, chroma ? op.chroma_y : op.luma_y, p.src,
                                             memory, out.kept));
    batch_.add(p, taps);
  }
  return {};
}

Result<void> PlanEncoder::encode_batch(const device::Batch& batch, PlanMemory& memory, EncodedPlan& out) {
  if (batch.operations.empty()) return {};
  const OperationClass kind = class_of(batch.operations.front());
  for (const Operation& operation : batch.operations) {
    if (class_of(operation) != kind)
      return fail(Errc::kInternal, "device.plan", "a batch of operations of two classes");
    if (!std::visit([](const auto& op) { return all_on_device(op); }, operation))
      return fail(Errc::kInternal, "device.plan", "a picture that is not in the GPU's memory");
    if (const auto* resample = std::get_if<Resample>(&operation)) {
      TESSERA_TRY(add_resample(*resample, memory, out));
      continue;
    }
    planes_.clear();
    TESSERA_TRY(expand(operation, planes_));
    for (const PlaneJob& plane : planes_) {
      std::visit(
          [this](const auto& p) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(p)>, kernels::ResampleParams>) batch_.add(p);
          },
          plane);
    }
  }
  batch_.take(out);
  return {};
}

Result<void> PlanEncoder::encode(const FramePlan& plan, PlanMemory& memory, EncodedPlan& out) {
  out.clear();
  batch_ = {};
  for (const device::Batch& batch : plan.batches) TESSERA_TRY(encode_batch(batch, memory, out));
  tables_->end_plan();
  return {};
}

}  // namespace tessera::device::cuda
