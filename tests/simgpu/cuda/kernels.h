#pragma once
// The CPU build of the kernels: the shared libraries that SIMGPU_KERNELS names (':' between them).
#include <string>

#include "tests/simgpu/cuda/objects.h"

namespace tessera::simgpu::kernels {

/// Fills `run` and `sizes` of a function by its name; false where no library has it.
bool find(const std::string& name, CUfunc_st& function);

}  // namespace tessera::simgpu::kernels
