// The driver's calls about streams and events.
#include <chrono>
#include <thread>

#include "tests/simgpu/cuda/context.h"
#include "tests/simgpu/cuda/executor.h"
#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/simgpu.h"

using namespace tessera::simgpu;

namespace {

CUresult create(const Call& call, CUstream* out, unsigned flags, int priority) {
  if (call.refused()) return call.code();
  if (!out || (flags & ~unsigned{CU_STREAM_NON_BLOCKING}) != 0)
    return call.misuse(kInvalidValue, "flags, or a null pointer");
  *out = context::new_stream(context::current(), flags, priority);
  return CUDA_SUCCESS;
}

/// An asking client sees "not ready" as long as work is queued, and one more operation done each time it asks.
CUresult query(const std::shared_ptr<Op>& op) {
  if (executor::done(op)) return CUDA_SUCCESS;
  executor::step(op);
  return kNotReady;
}

/// A callback comes by itself on a real device, whether or not anything waits for the stream.
void come_by_itself(const std::shared_ptr<Op>& op) {
  if (executor::done(op)) return;
  std::thread([op] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    executor::wait(op);
  }).detach();
}

CUresult record(const Call& call, CUevent event, CUstream stream) {
  if (call.refused()) return call.code();
  event = context::check(call, event);
  stream = context::check(call, stream, false);
  if (!event || !stream) return kInvalidHandle;
  if (event->context != stream->context) return call.misuse(kInvalidHandle, "event and stream of different contexts");
  executor::record(event, stream);
  return CUDA_SUCCESS;
}

CUresult elapsed(const Call& call, float* milliseconds, CUevent start, CUevent end) {
  if (call.refused()) return call.code();
  start = context::check(call, start);
  end = context::check(call, end);
  if (!milliseconds || !start || !end) return kInvalidHandle;
  if ((start->flags | end->flags) & CU_EVENT_DISABLE_TIMING)
    return call.misuse(kInvalidHandle, "an event made without timing");
  const auto first = executor::recorded(start), last = executor::recorded(end);
  if (!first || !last) return call.misuse(kInvalidHandle, "an event that was never recorded");
  if (!executor::done(first) || !executor::done(last)) return kNotReady;
  *milliseconds = std::chrono::duration<float, std::milli>(last->finished - first->finished).count();
  return CUDA_SUCCESS;
}

}  // namespace

SIMGPU_EXPORT CUresult cuStreamCreate(CUstream* out, unsigned flags) {
  return create(Call(__func__, Needs::kContext), out, flags, 0);
}

SIMGPU_EXPORT CUresult cuStreamCreateWithPriority(CUstream* out, unsigned flags, int priority) {
  return create(Call(__func__, Needs::kContext), out, flags, priority);
}

SIMGPU_EXPORT CUresult cuStreamDestroy_v2(CUstream stream) {
  const Call call(__func__, Needs::kContext);
  if (call.mistaken()) return call.code();
  stream = context::check(call, stream, false);
  if (!stream) return kInvalidHandle;
  if (stream->is_default) return call.misuse(kInvalidHandle, "the default stream cannot be destroyed");
  context::end(stream);
  return call.code();
}

SIMGPU_EXPORT CUresult cuStreamSynchronize(CUstream stream) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  stream = context::check(call, stream, false);
  if (!stream) return kInvalidHandle;
  executor::wait(stream);
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuStreamQuery(CUstream stream) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  stream = context::check(call, stream, false);
  return stream ? query(executor::tail(stream)) : kInvalidHandle;
}

SIMGPU_EXPORT CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  if (flags > 1) return kInvalidValue;
  stream = context::check(call, stream, false);
  event = context::check(call, event);
  if (!stream || !event) return kInvalidHandle;
  executor::wait_event(stream, event);
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuStreamGetCtx(CUstream stream, CUcontext* out) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  stream = context::check(call, stream, false);
  if (!stream || !out) return kInvalidHandle;
  *out = stream->context;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuStreamGetFlags(CUstream stream, unsigned* flags) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  stream = context::check(call, stream, false);
  if (!stream || !flags) return kInvalidHandle;
  *flags = stream->flags;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuStreamGetPriority(CUstream stream, int* priority) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  stream = context::check(call, stream, false);
  if (!stream || !priority) return kInvalidHandle;
  *priority = stream->priority;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuStreamAddCallback(CUstream stream, CUstreamCallback* callback, void* user, unsigned) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  CUstream resolved = context::check(call, stream, true);
  if (!resolved || !callback) return kInvalidHandle;
  come_by_itself(executor::submit(resolved, [=] { callback(stream, CUDA_SUCCESS, user); }));
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuLaunchHostFunc(CUstream stream, void (*function)(void*), void* user) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  stream = context::check(call, stream, true);
  if (!stream || !function) return kInvalidHandle;
  come_by_itself(executor::submit(stream, [=] { function(user); }));
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuEventCreate(CUevent* out, unsigned flags) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  if (!out || flags > (CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING))
    return call.misuse(kInvalidValue, "flags, or a null pointer");
  *out = context::new_event(context::current(), flags);
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuEventDestroy_v2(CUevent event) {
  const Call call(__func__, Needs::kContext);
  if (call.mistaken()) return call.code();
  event = context::check(call, event);
  if (!event) return kInvalidHandle;
  context::end(event);
  return call.code();
}

SIMGPU_EXPORT CUresult cuEventRecord(CUevent event, CUstream stream) {
  return record(Call(__func__, Needs::kContext), event, stream);
}

SIMGPU_EXPORT CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned) {
  return record(Call(__func__, Needs::kContext), event, stream);
}

SIMGPU_EXPORT CUresult cuEventSynchronize(CUevent event) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  event = context::check(call, event);
  if (!event) return kInvalidHandle;
  executor::wait(executor::recorded(event));
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuEventQuery(CUevent event) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  event = context::check(call, event);
  return event ? query(executor::recorded(event)) : kInvalidHandle;
}

SIMGPU_EXPORT CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  return elapsed(Call(__func__, Needs::kContext), milliseconds, start, end);
}

SIMGPU_EXPORT CUresult cuEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) {
  return elapsed(Call(__func__, Needs::kContext), milliseconds, start, end);
}
