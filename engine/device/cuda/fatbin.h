#pragma once

#include <cstdint>
#include <span>

/// kernels/cuda/*.cu, compiled by nvcc at build time and embedded by the build (.cmake/TesseraCuda.cmake).
namespace tessera::device::cuda {

/// A fat binary for cuModuleLoadData: machine code for `fatbin_architectures`, and PTX of the first.
extern const std::span<const uint64_t> fatbin;

/// Compute capabilities, rising: 75, 80, ... for 7.5, 8.0, ...
extern const std::span<const int> fatbin_architectures;

/// The toolkit's version: 13000 for 13.0.
extern const int fatbin_cuda_version;

}  // namespace tessera::device::cuda
