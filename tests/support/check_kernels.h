#pragma once

#include <cstdint>

#include "engine/base/result.h"

namespace tessera {

struct KernelFindings {
  int planes = 0;     ///< written and compared
  int different = 0;  ///< of them; each of the first ten is told on standard output
};

/// Launches the kernels that frame plans do not use yet (pixelate, blur, warp, tone_map) through the driver, with random
/// jobs on random layouts, and compares every sample of every plane with kernels/ref.
/// @param first, last seeds; each is a batch of several jobs of each operation
/// @retval kDevice, kCapacity the device's
Result<KernelFindings> check_kernels(uint32_t first, uint32_t last);

}  // namespace tessera
