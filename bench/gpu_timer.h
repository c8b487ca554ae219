#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/device/device.h"

namespace tessera::bench {

/// Whether the driver that answers is the simulated one of tests/simgpu: nothing measured then is a GPU's.
bool is_simulated();

/// Time on a GPU, by events in a CUDA device's stream.
/// Thread-safety: one caller at a time.
class GpuTimer {
 public:
  /// @param device a CUDA device, which outlives this
  /// @retval kDevice it is another one, or this build has no CUDA
  static Result<std::unique_ptr<GpuTimer>> create(const device::Device& device);
  virtual ~GpuTimer() = default;

  /// What is queued from now on is timed.
  virtual Result<void> start() = 0;
  /// Waits until all that was queued since start() is done. @return the milliseconds that it took on the GPU
  virtual Result<double> stop() = 0;
  /// What the GPU copies from its memory to its memory: bytes a second, reads and writes counted. The best of a few.
  virtual Result<double> copy_bandwidth() = 0;
};

}  // namespace tessera::bench
