#include "engine/device/cuda/context.h"

#include <mutex>
#include <string>

#include "engine/device/cuda/adapters.h"

namespace tessera::device::cuda {
namespace {

constexpr unsigned kFlags = CU_CTX_SCHED_BLOCKING_SYNC;

/// Threads are to sleep while they wait; and libavcodec takes no context that has it otherwise.
Result<void> choose_flags(const Api& api, CUdevice device) {
  unsigned flags = 0;
  int active = 0;
  TESSERA_TRY(TESSERA_CU(api, cuDevicePrimaryCtxGetState, device, &flags, &active));
  if (active == 0) return TESSERA_CU(api, cuDevicePrimaryCtxSetFlags, device, kFlags);
  if (flags == kFlags) return {};
  return fail(Errc::kDevice, "device.cuda",
              "the GPU's primary context is in use with flags " + std::to_string(flags) + ": want " +
                  std::to_string(kFlags) + ", CU_CTX_SCHED_BLOCKING_SYNC");
}

}  // namespace

Context::Context(const Api& api, const CudaAdapter& adapter)
    : api_(api),
      description_(adapter.name + ", driver " + (adapter.driver.empty() ? "unknown" : adapter.driver) + ", CUDA " +
                   adapter.cuda) {}

Result<std::shared_ptr<Context>> Context::create() {
  TESSERA_TRY_ASSIGN(const Api* api, Api::load());
  TESSERA_TRY_ASSIGN(const auto found, find_adapters(*api));
  std::string why = found.empty() ? "the driver knows no GPU" : "no GPU can be used";
  for (const FoundAdapter& one : found) {
    if (!one.adapter.missing.empty()) {
      why += "; " + one.adapter.name + ": " + one.adapter.missing;
      continue;
    }
    std::shared_ptr<Context> context(new Context(*api, one.adapter));
    TESSERA_TRY(context->open(one.device));
    return context;
  }
  return fail(Errc::kDevice, "device.cuda", why);
}

Result<void> Context::open(CUdevice device) {
  // Flags can be set only while nobody has the context, and devices are opened by several threads at once.
  static std::mutex opening;
  const std::lock_guard lock(opening);
  TESSERA_TRY(choose_flags(api_, device));
  TESSERA_TRY(TESSERA_CU(api_, cuDevicePrimaryCtxRetain, &context_, device));
  device_ = device;
  TESSERA_TRY_ASSIGN(const Current current, enter());
  return TESSERA_CU(api_, cuStreamCreate, &stream_, CU_STREAM_NON_BLOCKING);
}

Context::~Context() {
  if (context_ == nullptr) return;
  if (stream_ != nullptr) {
    give_back([this] { return TESSERA_CU(api_, cuStreamDestroy, stream_); });
  }
  (void)TESSERA_CU(api_, cuDevicePrimaryCtxRelease, device_);
}

Context::Current::~Current() {
  if (context_ == nullptr) return;
  CUcontext popped = nullptr;
  context_->api_.cuCtxPopCurrent(&popped);
}

Result<Context::Current> Context::enter() const {
  TESSERA_TRY(TESSERA_CU(api_, cuCtxPushCurrent, context_));
  return Current(this);
}

Result<void> Context::finish() const {
  TESSERA_TRY_ASSIGN(const Current current, enter());
  return TESSERA_CU(api_, cuStreamSynchronize, stream_);
}

Result<void> Context::finish_default_stream() const {
  TESSERA_TRY_ASSIGN(const Current current, enter());
  return TESSERA_CU(api_, cuStreamSynchronize, nullptr);
}

}  // namespace tessera::device::cuda
