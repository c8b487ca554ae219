#include "engine/device/cuda/cuda.h"

/// Stands in for the rest of this folder where the build lacks what it needs.
namespace tessera::device::cuda {
namespace {

tl::unexpected<Error> unavailable() {
  return fail(Errc::kDevice, "device.cuda",
              "this build is without CUDA: install the CUDA toolkit (nvcc) and libffmpeg-nvenc-dev and build again, or "
              "use --device cpu or vulkan");
}

}  // namespace

Result<std::unique_ptr<Device>> create() { return unavailable(); }
bool is_there() { return false; }
std::string wanted_driver() { return ""; }
Result<std::vector<CudaAdapter>> adapters() { return unavailable(); }
Result<VideoEngines> video_engines() { return unavailable(); }

}  // namespace tessera::device::cuda
