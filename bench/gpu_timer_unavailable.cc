#include "bench/gpu_timer.h"

namespace tessera::bench {

bool is_simulated() { return false; }

Result<std::unique_ptr<GpuTimer>> GpuTimer::create(const device::Device&) {
  return fail(Errc::kDevice, "bench.gpu", "this build has no CUDA: nvcc or the codec headers were not there");
}

}  // namespace tessera::bench
