#include "engine/device/cuda/adapters.h"

#include <array>
#include <fstream>
#include <string>

#include "engine/device/cuda/cuda.h"
#include "engine/device/cuda/kernels.h"
#include "engine/device/cuda/wanted_driver.h"

namespace tessera::device::cuda {
namespace {

constexpr int kNoDevice = 100;  // CUDA_ERROR_NO_DEVICE

/// "580.65.06" of the kernel's module; empty where the system does not say.
std::string driver_version() {
  std::ifstream file("/proc/driver/nvidia/version");
  for (std::string word; file >> word;) {
    const bool version = word.find_first_not_of("0123456789.") == std::string::npos && word.find('.') != word.npos;
    if (version) return word;
  }
  return "";
}

/// What to do when the driver does not start.
const char* advice_for(CUresult result) {
  switch (static_cast<int>(result)) {
    case 34:
      return kNoDriverAdvice;  // CUDA_ERROR_STUB_LIBRARY
    case kNoDevice:
      return "no NVIDIA GPU is to be seen here: look at CUDA_VISIBLE_DEVICES, or start the container with one (--gpus)";
    case 803:  // CUDA_ERROR_SYSTEM_DRIVER_MISMATCH
    case 804:  // CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE
      return "libcuda and the kernel's module are of different versions: install one driver, and load its module again";
    default:
      return "look at `nvidia-smi`, and whether /dev/nvidia* may be read and written";
  }
}

Result<void> start_driver(const Api& api) {
  const Activity doing("cuInit");
  const CUresult result = api.cuInit(0);
  auto started = api.check(result, "cuInit");
  if (!started) started.error().detail += std::string(": ") + advice_for(result);
  return started;
}

Result<FoundAdapter> describe_device(const Api& api, int index) {
  FoundAdapter found;
  TESSERA_TRY(TESSERA_CU(api, cuDeviceGet, &found.device, index));
  std::array<char, 256> name{};
  TESSERA_TRY(TESSERA_CU(api, cuDeviceGetName, name.data(), static_cast<int>(name.size()) - 1, found.device));
  int major = 0, minor = 0;
  TESSERA_TRY(
      TESSERA_CU(api, cuDeviceGetAttribute, &major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, found.device));
  TESSERA_TRY(
      TESSERA_CU(api, cuDeviceGetAttribute, &minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, found.device));
  size_t memory = 0;
  TESSERA_TRY(TESSERA_CU(api, cuDeviceTotalMem, &memory, found.device));
  CudaAdapter& adapter = found.adapter;
  adapter.name = name.data();
  adapter.capability = std::to_string(major) + "." + std::to_string(minor);
  adapter.memory_bytes = static_cast<int64_t>(memory);
  adapter.kernels = kernels_for(major, minor);
  if (adapter.kernels.empty()) {
    adapter.missing = "compute capability " + adapter.capability + ": want 7.5 (Turing) or later";
  }
  return found;
}

}  // namespace

Result<std::vector<FoundAdapter>> find_adapters(const Api& api) {
  TESSERA_TRY(start_driver(api));
  int version = 0, count = 0;
  TESSERA_TRY(TESSERA_CU(api, cuDriverGetVersion, &version));
  TESSERA_TRY(TESSERA_CU(api, cuDeviceGetCount, &count));
  std::vector<FoundAdapter> all;
  for (int i = 0; i < count; ++i) {
    TESSERA_TRY_ASSIGN(FoundAdapter found, describe_device(api, i));
    found.adapter.driver = driver_version();
    found.adapter.cuda = cuda_version_text(version);
    if (is_too_old(version)) {
      found.adapter.missing = "it knows CUDA " + found.adapter.cuda + ": " + old_driver_advice();
    }
    all.push_back(std::move(found));
  }
  return all;
}

bool is_there() {
  const auto api = Api::load();
  return api && static_cast<int>((*api)->cuInit(0)) != kNoDevice;
}

Result<std::vector<CudaAdapter>> adapters() {
  TESSERA_TRY_ASSIGN(const Api* api, Api::load());
  TESSERA_TRY_ASSIGN(auto found, find_adapters(*api));
  std::vector<CudaAdapter> all;
  for (FoundAdapter& one : found) all.push_back(std::move(one.adapter));
  return all;
}

}  // namespace tessera::device::cuda
