#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/gpu_timer.h"

namespace tessera::bench {

/// An operation on a GPU by itself: one launch with so many of them that their pictures do not fit a cache.
struct GpuOperation {
  std::string name;
  int operations = 0;
  int64_t bytes = 0;        ///< read and written by one launch, each sample once an operation
  double milliseconds = 0;  ///< of one launch, its parameters' copy included
};

/// @param quick one operation a launch, run once: for the simulated driver, which has no speed
Result<std::vector<GpuOperation>> time_operations(device::Device& device, GpuTimer& timer, bool quick);

}  // namespace tessera::bench
