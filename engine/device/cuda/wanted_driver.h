#pragma once

#include <string>

/// The driver that the embedded kernels want.
namespace tessera::device::cuda {

/// The oldest driver that takes machine code of the toolkit that this build was made with: "580" for CUDA 13. A driver
/// takes that of its own major version of CUDA and of older ones.
std::string wanted_driver();

/// Whether a driver is older than that. @param cuda the newest CUDA that it knows, as cuDriverGetVersion tells: 13000
bool is_too_old(int cuda);

/// What to do about a driver that is too old: names what is wanted.
std::string old_driver_advice();

/// "13.0" for 13000.
std::string cuda_version_text(int version);

}  // namespace tessera::device::cuda
