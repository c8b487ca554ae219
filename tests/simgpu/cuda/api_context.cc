// The driver's calls about contexts.
#include <map>
#include <mutex>

#include "tests/simgpu/cuda/context.h"
#include "tests/simgpu/cuda/executor.h"
#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/cuda/report.h"
#include "tests/simgpu/simgpu.h"

using namespace tessera::simgpu;

namespace {

bool valid(CUdevice device) { return device >= 0 && device < options().devices; }

CUresult create(const Call& call, CUcontext* out, unsigned flags, CUdevice device) {
  if (call.refused()) return call.code();
  if (!out) return kInvalidValue;
  if (!valid(device)) return kInvalidDevice;
  *out = context::create(device, flags);
  context::stack().push_back(*out);
  return CUDA_SUCCESS;
}

CUresult unknown(const Call& call) { return call.misuse(kInvalidContext, "not a context"); }

struct Primary {
  std::mutex mutex;
  std::map<int, int> retained;
};

Primary& primary() {
  static Primary& once = *new Primary;
  return once;
}

CUresult release(const Call& call, CUdevice device) {
  if (call.mistaken()) return call.code();
  if (!valid(device)) return kInvalidDevice;
  const std::lock_guard lock(primary().mutex);
  int& retained = primary().retained[device];
  if (retained == 0) return call.misuse(kInvalidContext, "the primary context was not retained");
  if (--retained == 0) context::destroy(context::primary(device), call.name());
  return call.code();
}

CUresult set_flags(const Call& call, CUdevice device, unsigned flags, bool while_active) {
  if (call.refused()) return call.code();
  if (!valid(device)) return kInvalidDevice;
  CUcontext context = context::primary(device);
  const std::lock_guard lock(primary().mutex);
  if (context->alive && context->flags != flags && !while_active) return kPrimaryContextActive;
  context->flags = flags;
  return CUDA_SUCCESS;
}

CUresult reset(const Call& call, CUdevice device) {
  if (call.refused()) return call.code();
  if (!valid(device)) return kInvalidDevice;
  const std::lock_guard lock(primary().mutex);
  CUcontext context = context::primary(device);
  if (context->alive) context::destroy(context, call.name());
  primary().retained[device] = 0;
  return CUDA_SUCCESS;
}

}  // namespace

SIMGPU_EXPORT CUresult cuCtxCreate_v2(CUcontext* out, unsigned flags, CUdevice device) {
  return create(Call(__func__, Needs::kInit), out, flags, device);
}

SIMGPU_EXPORT CUresult cuCtxCreate_v4(CUcontext* out, void* parameters, unsigned flags, CUdevice device) {
  const Call call(__func__, Needs::kInit);
  if (!call.refused() && parameters) return kNotSupported;
  return create(call, out, flags, device);
}

SIMGPU_EXPORT CUresult cuCtxDestroy_v2(CUcontext context) {
  const Call call(__func__, Needs::kInit, false);
  if (call.mistaken()) return call.code();
  if (!context::known(context)) return unknown(call);
  if (!context->alive) return call.misuse(kContextIsDestroyed, "the context was destroyed before");
  if (context->primary) return call.misuse(kInvalidContext, "a primary context is released, not destroyed");
  if (context::current() == context) context::stack().pop_back();
  context::destroy(context, call.name());
  return call.code();
}

SIMGPU_EXPORT CUresult cuCtxPushCurrent_v2(CUcontext context) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  if (!context::known(context)) return unknown(call);
  if (!context->alive) return call.misuse(kContextIsDestroyed, "the context was destroyed before");
  if (!context::stack().push_back(context))
    return call.misuse(kInvalidContext, "contexts were pushed and never popped");
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuCtxPopCurrent_v2(CUcontext* out) {
  const Call call(__func__, Needs::kInit, false);
  if (call.mistaken()) return call.code();
  if (context::stack().empty()) return call.misuse(kInvalidContext, "no context is current on this thread");
  if (out) *out = context::current();
  context::stack().pop_back();
  return call.code();
}

SIMGPU_EXPORT CUresult cuCtxSetCurrent(CUcontext context) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  if (context && !context::known(context)) return unknown(call);
  if (context && !context->alive) return call.misuse(kContextIsDestroyed, "the context was destroyed before");
  if (!context::stack().empty()) context::stack().pop_back();
  if (context) context::stack().push_back(context);
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuCtxGetCurrent(CUcontext* out) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  if (!out) return kInvalidValue;
  *out = context::current();
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuCtxGetDevice(CUdevice* device) {
  const Call call(__func__, Needs::kContext, false);
  if (call.refused()) return call.code();
  if (!device) return kInvalidValue;
  *device = context::current()->device;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuCtxGetFlags(unsigned* flags) {
  const Call call(__func__, Needs::kContext, false);
  if (call.refused()) return call.code();
  if (!flags) return kInvalidValue;
  *flags = context::current()->flags;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuCtxGetApiVersion(CUcontext, unsigned* version) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  if (!version) return kInvalidValue;
  *version = 3020;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuCtxSynchronize() {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  executor::wait(context::current());
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuCtxSetLimit(CUlimit, size_t) { return Call(__func__, Needs::kContext).code(); }

SIMGPU_EXPORT CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  if (least) *least = 0;
  if (greatest) *greatest = -5;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDevicePrimaryCtxRetain(CUcontext* out, CUdevice device) {
  const Call call(__func__, Needs::kInit);
  if (call.refused()) return call.code();
  if (!out) return kInvalidValue;
  if (!valid(device)) return kInvalidDevice;
  *out = context::primary(device);
  const std::lock_guard lock(primary().mutex);
  if (++primary().retained[device] == 1) context::revive(*out);
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDevicePrimaryCtxRelease(CUdevice device) {
  return release(Call(__func__, Needs::kInit, false), device);
}

SIMGPU_EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  return release(Call(__func__, Needs::kInit, false), device);
}

SIMGPU_EXPORT CUresult cuDevicePrimaryCtxSetFlags(CUdevice device, unsigned flags) {
  return set_flags(Call(__func__, Needs::kInit), device, flags, false);
}

SIMGPU_EXPORT CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
  return set_flags(Call(__func__, Needs::kInit), device, flags, true);
}

SIMGPU_EXPORT CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
  const Call call(__func__, Needs::kInit);
  if (call.refused()) return call.code();
  if (!flags || !active) return kInvalidValue;
  if (!valid(device)) return kInvalidDevice;
  CUcontext context = context::primary(device);
  const std::lock_guard lock(primary().mutex);
  *flags = context->flags;
  *active = context->alive;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDevicePrimaryCtxReset(CUdevice device) { return reset(Call(__func__, Needs::kInit), device); }
SIMGPU_EXPORT CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  return reset(Call(__func__, Needs::kInit), device);
}
