#pragma once

#include <cstdint>
#include <span>

namespace tessera::kernels::cuda {

/// The kernels, compiled: a fat binary for cuModuleLoadData (machine code for the GPUs named in
/// .cmake/TesseraCuda.cmake, PTX for later ones). Empty where tessera was built without nvcc.
/// It has the functions tessera_move, tessera_resample, tessera_convert and tessera_blend.
std::span<const uint8_t> image();

}  // namespace tessera::kernels::cuda
