#pragma once

#include <memory>

#include "engine/base/result.h"
#include "engine/device/device.h"
#include "kernels/ops.h"

namespace tessera::device::cpu {

/// The device that runs plans with the operations of kernels/ on host memory.
/// @param threads 1..256, the caller's own included
/// @param ops one of kernels::implementations()
/// @retval kCapacity no thread could be started
Result<std::unique_ptr<Device>> create(int threads, const kernels::Ops& ops);

}  // namespace tessera::device::cpu
