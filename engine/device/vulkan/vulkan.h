#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/device/device.h"

/// Compute on Vulkan 1.2. Where the build lacks Vulkan's headers or glslc, all of it fails and says so.
namespace tessera::device::vulkan {

struct Options {
  bool software = true;     ///< also drivers that run on the CPU
  bool validation = false;  ///< with the Khronos validation layer; any message of it is an error of the call
  bool staged = false;      ///< treat the device as a discrete card: memory out of the host's reach, work cut small
};

/// The first device that can be used: discrete, integrated, virtual, then software.
/// @retval kDevice none, or the validation layer is asked for and not installed; says which and why; kCapacity no
/// memory
Result<std::unique_ptr<Device>> create(const Options& options);

/// Every device that the installed drivers know.
/// @retval kDevice there can't be any, and why
Result<std::vector<Adapter>> adapters();

/// Messages of the validation layer since the process began: warnings and errors. Any thread.
int64_t validation_messages();

}  // namespace tessera::device::vulkan
