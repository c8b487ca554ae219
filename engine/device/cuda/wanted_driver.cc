#include "engine/device/cuda/wanted_driver.h"

#include "engine/device/cuda/fatbin.h"

namespace tessera::device::cuda {

std::string wanted_driver() {
  // NVIDIA's table "CUDA Toolkit and Minimum Required Driver Version" for minor version compatibility.
  switch (fatbin_cuda_version / 1000) {
    case 11:
      return "470.57.02";  // 450 for the kernels; this for NVENC's interface 11.1
    case 12:
      return "525";
    case 13:
      return "580";
    default:
      return "";
  }
}

bool is_too_old(int cuda) { return cuda / 1000 < fatbin_cuda_version / 1000; }

std::string old_driver_advice() {
  const std::string driver = wanted_driver(), cuda = cuda_version_text(fatbin_cuda_version);
  return "the NVIDIA driver is too old: want " + (driver.empty() ? "one for CUDA " + cuda : driver + " or later") +
         ", since the kernels are made by CUDA " + cuda;
}

std::string cuda_version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace tessera::device::cuda
