#pragma once

#include <memory>
#include <vector>

#include "engine/base/result.h"
#include "engine/device/device.h"
#include "engine/device/video_engines.h"

/// NVIDIA GPUs by the CUDA driver's own interface. Where the build lacks nvcc or the codec headers, all of it fails and
/// says so.
namespace tessera::device::cuda {

/// A device on the first GPU that can be used.
/// @retval kDevice none; says why and what to do; kCapacity no memory
Result<std::unique_ptr<Device>> create();

/// Whether there is a driver that does not say that it has no GPU.
bool is_there();

/// Every GPU that the driver knows. @retval kDevice there can't be any, and what to do
Result<std::vector<CudaAdapter>> adapters();

/// wanted_cuda_driver()
std::string wanted_driver();

/// cuda_video_engines()
Result<VideoEngines> video_engines();

}  // namespace tessera::device::cuda
