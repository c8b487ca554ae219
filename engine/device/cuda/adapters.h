#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/device/cuda/api.h"
#include "engine/device/device.h"

namespace tessera::device::cuda {

struct FoundAdapter {
  CUdevice device = 0;
  CudaAdapter adapter;
};

/// The GPUs that the driver knows, in its order.
/// @retval kDevice the driver can't be used, and what to do
Result<std::vector<FoundAdapter>> find_adapters(const Api& api);

}  // namespace tessera::device::cuda
