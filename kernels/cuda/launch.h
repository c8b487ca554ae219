#pragma once

#include <cstdint>

#include "kernels/cuda/jobs.h"
#include "kernels/cuda/memory.h"

/// From a launch to the work of one thread. A kernel is a struct with
///   Shared     memory that a block's threads share
///   Registers  what a thread keeps from phase to phase
///   static int phases(const Work&)             the same for all threads of a block
///   static void phase(int k, const Work&, int thread, Shared&, Registers&)
/// A phase begins when all threads of the block are done with the one before: on a GPU by a barrier, in the build for
/// the CPU by a loop over the threads within each phase.
namespace tessera::kernels::cuda {

/// What a block works on.
struct Work {
  uint64_t jobs = 0, extra = 0;
  int job = 0;
  int tile_x = 0, tile_y = 0;  ///< in tiles

  template <class Job>
  TESSERA_DEVICE const Job& job_as() const {
    return at<const Job>(jobs)[job];
  }
};

TESSERA_DEVICE Work work_of(int block, uint64_t spans, int span_count, uint64_t jobs, uint64_t extra) {
  const Span* all = at<const Span>(spans);
  // Counted, not searched: these loads don't wait for one another.
  int index = -1;
  for (int i = 0; i < span_count; ++i) index += all[i].first_block <= block ? 1 : 0;
  const Span span = all[index];
  const int local = block - span.first_block, tile = local / span.jobs;
  return {jobs, extra, span.first_job + local % span.jobs, tile % span.across, tile / span.across};
}

#if defined(__CUDACC__)

template <class Kernel>
TESSERA_DEVICE void run(uint64_t spans, int32_t span_count, uint64_t jobs, uint64_t extra) {
  __shared__ typename Kernel::Shared shared;
  typename Kernel::Registers registers;
  const Work work = work_of(static_cast<int>(blockIdx.x), spans, span_count, jobs, extra);
  const int phases = Kernel::phases(work);
  Kernel::phase(0, work, static_cast<int>(threadIdx.x), shared, registers);
  for (int k = 1; k < phases; ++k) {
    __syncthreads();
    Kernel::phase(k, work, static_cast<int>(threadIdx.x), shared, registers);
  }
}

// Four blocks a multiprocessor, so that a thread has 64 registers.
#define TESSERA_KERNEL(name, Kernel)                                                \
  extern "C" __global__ void __launch_bounds__(tessera::kernels::cuda::kThreads, 4) \
      name(uint64_t spans, int32_t span_count, uint64_t jobs, uint64_t extra) {     \
    tessera::kernels::cuda::run<Kernel>(spans, span_count, jobs, extra);            \
  }

#else

template <class Kernel>
void run_on_host(const unsigned grid[3], const unsigned block[3], void** args) {
  const auto threads = static_cast<int>(block[0]);
  alignas(16) typename Kernel::Shared shared;
  typename Kernel::Registers registers[kThreads];
  for (unsigned b = 0; b < grid[0]; ++b) {
    const Work work = work_of(static_cast<int>(b), *static_cast<uint64_t*>(args[0]), *static_cast<int32_t*>(args[1]),
                              *static_cast<uint64_t*>(args[2]), *static_cast<uint64_t*>(args[3]));
    const int phases = Kernel::phases(work);
    for (int k = 0; k < phases; ++k) {
      for (int t = 0; t < threads; ++t) Kernel::phase(k, work, t, shared, registers[t]);
    }
  }
}

#define TESSERA_KERNEL(name, Kernel)                                                       \
  extern "C" {                                                                             \
  void tessera_host_##name(const unsigned grid[3], const unsigned block[3], void** args);  \
  void tessera_host_##name(const unsigned grid[3], const unsigned block[3], void** args) { \
    tessera::kernels::cuda::run_on_host<Kernel>(grid, block, args);                        \
  }                                                                                        \
  extern const unsigned tessera_host_##name##_parameters;                                  \
  const unsigned tessera_host_##name##_parameters = 4;                                     \
  }

#endif

/// Kernels whose threads need nothing of one another.
struct Nothing {};
template <class Body>
struct OnePhase {
  using Shared = Nothing;
  using Registers = Nothing;
  TESSERA_DEVICE static int phases(const Work&) { return 1; }
  TESSERA_DEVICE static void phase(int, const Work& work, int thread, Shared&, Registers&) {
    Body::thread(work, thread);
  }
};

}  // namespace tessera::kernels::cuda
