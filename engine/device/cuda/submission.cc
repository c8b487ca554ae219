#include "engine/device/cuda/submission.h"

#include "engine/base/activity.h"

namespace tessera::device::cuda {

Result<std::unique_ptr<Submission>> Submission::create(std::shared_ptr<Context> context) {
  std::unique_ptr<Submission> submission(new Submission(context));
  TESSERA_TRY_ASSIGN(const auto current, context->enter());
  TESSERA_TRY(
      TESSERA_CU(context->api(), cuEventCreate, &submission->event_, CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING));
  return submission;
}

Submission::~Submission() {
  if (event_ == nullptr) return;
  context_->give_back([this] { return TESSERA_CU(context_->api(), cuEventDestroy, event_); });
}

Result<void> Submission::queued() {
  TESSERA_TRY(TESSERA_CU(context_->api(), cuEventRecord, event_, context_->stream()));
  in_flight_ = true;
  return {};
}

Result<void> Submission::finish() {
  if (in_flight_) TESSERA_TRY(TESSERA_CU(context_->api(), cuEventSynchronize, event_));
  done();
  return {};
}

Result<void> Submission::finish_if_done() {
  if (!in_flight_) return {};
  const Activity activity("cuEventQuery");
  const CUresult result = context_->api().cuEventQuery(event_);
  if (result == CUDA_ERROR_NOT_READY) return {};
  TESSERA_TRY(context_->api().check(result, "cuEventQuery"));
  done();
  return {};
}

void Submission::done() {
  in_flight_ = false;
  kept.clear();
  parameters.clear();
  staging.clear();
}

}  // namespace tessera::device::cuda
