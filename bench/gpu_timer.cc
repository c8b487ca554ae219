#include "bench/gpu_timer.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "engine/device/cuda/api.h"

namespace tessera::bench {
namespace {

using device::cuda::Api;
using ElapsedTime = CUresult(float* milliseconds, CUevent start, CUevent end);

constexpr size_t kCopyBytes = size_t{512} << 20, kLeastCopyBytes = size_t{1} << 20;
constexpr int kCopies = 5;

/// The device's context, current on this thread.
class Current {
 public:
  Current(const Api& api, CUcontext context) : api_(api), entered_(api.cuCtxPushCurrent(context) == CUDA_SUCCESS) {}
  ~Current() {
    CUcontext popped = nullptr;
    if (entered_) api_.cuCtxPopCurrent(&popped);
  }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

 private:
  const Api& api_;
  bool entered_;
};

class EventTimer final : public GpuTimer {
 public:
  EventTimer(const Api& api, media::CudaHandles handles, ElapsedTime* elapsed)
      : api_(api), handles_(std::move(handles)), elapsed_(elapsed) {}
  ~EventTimer() override {
    const Current current(api_, context());
    for (const CUevent event : {begin_, end_}) {
      if (event != nullptr) api_.cuEventDestroy(event);
    }
  }

  Result<void> open() {
    const Current current(api_, context());
    TESSERA_TRY(TESSERA_CU(api_, cuEventCreate, &begin_, 0));
    return TESSERA_CU(api_, cuEventCreate, &end_, 0);
  }

  Result<void> start() override {
    const Current current(api_, context());
    return TESSERA_CU(api_, cuEventRecord, begin_, stream());
  }

  Result<double> stop() override {
    const Current current(api_, context());
    TESSERA_TRY(TESSERA_CU(api_, cuEventRecord, end_, stream()));
    TESSERA_TRY(TESSERA_CU(api_, cuEventSynchronize, end_));
    float milliseconds = 0;
    TESSERA_TRY(api_.check(elapsed_(&milliseconds, begin_, end_), "cuEventElapsedTime"));
    return static_cast<double>(milliseconds);
  }

  Result<double> copy_bandwidth() override {
    const Current current(api_, context());
    CUdeviceptr memory = 0;
    size_t bytes = kCopyBytes;
    for (; bytes >= kLeastCopyBytes; bytes /= 2) {
      if (api_.cuMemAlloc(&memory, bytes) == CUDA_SUCCESS) break;
    }
    if (memory == 0) return fail(Errc::kCapacity, "bench.gpu", "no memory to copy in");
    const Result<double> best = best_copy(memory, bytes / 2);
    api_.cuMemFree(memory);
    return best;
  }

 private:
  Result<double> best_copy(CUdeviceptr memory, size_t bytes) {
    double best = 0;
    for (int i = 0; i < kCopies; ++i) {
      TESSERA_TRY(start());
      TESSERA_TRY(TESSERA_CU(api_, cuMemcpyDtoDAsync, memory + bytes, memory, bytes, stream()));
      TESSERA_TRY_ASSIGN(const double ms, stop());
      if (ms > 0) best = std::max(best, 2 * static_cast<double>(bytes) * 1e3 / ms);
    }
    return best;
  }

  CUcontext context() const { return static_cast<CUcontext>(handles_.context); }
  CUstream stream() const { return static_cast<CUstream>(handles_.stream); }

  const Api& api_;
  const media::CudaHandles handles_;
  ElapsedTime* const elapsed_;
  CUevent begin_ = nullptr, end_ = nullptr;
};

}  // namespace

bool is_simulated() {
  if (std::getenv("SIMGPU") != nullptr) return true;
  const auto api = Api::load();
  // A function that no real driver has.
  return api && ::dlsym((*api)->lib, "simgpu_report") != nullptr;
}

Result<std::unique_ptr<GpuTimer>> GpuTimer::create(const device::Device& device) {
  const auto handles = device.cuda_handles();
  if (!handles) return fail(Errc::kDevice, "bench.gpu", "the device \"" + device.name() + "\" is no CUDA device");
  TESSERA_TRY_ASSIGN(const Api* const api, Api::load());
  auto* const elapsed = reinterpret_cast<ElapsedTime*>(::dlsym(api->lib, "cuEventElapsedTime"));
  if (elapsed == nullptr) return fail(Errc::kDevice, "bench.gpu", "the driver has no cuEventElapsedTime");
  auto timer = std::make_unique<EventTimer>(*api, *handles, elapsed);
  TESSERA_TRY(timer->open());
  return timer;
}

}  // namespace tessera::bench
