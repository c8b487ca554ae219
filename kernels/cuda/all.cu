// The whole of the module, so that it is one fat binary.
#include "kernels/cuda/blend.cu"
#include "kernels/cuda/convert.cu"
#include "kernels/cuda/moderate.cu"
#include "kernels/cuda/move.cu"
#include "kernels/cuda/resample.cu"
#include "kernels/cuda/tone_map.cu"
#include "kernels/cuda/warp.cu"

#if !defined(__CUDACC__)
/// What is added to a device address to get at its data: set by who simulates a GPU before it runs a kernel.
extern "C" int64_t tessera_kernels_delta;
int64_t tessera_kernels_delta = 0;
#endif
