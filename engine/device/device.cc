#include "engine/device/device.h"

#include <cstdlib>
#include <string_view>

#include "engine/device/cpu/cpu_device.h"
#include "engine/device/cuda/cuda.h"
#include "engine/device/vulkan/vulkan.h"
#include "kernels/ops.h"

namespace tessera::device {
namespace {

constexpr const char* kScalar = "scalar";

std::string level_name(const kernels::Ops& ops) {
  return &ops == kernels::implementations().front() ? kScalar : ops.name;
}

Result<const kernels::Ops*> find_level(const std::string& simd) {
  const auto all = kernels::implementations();
  if (simd == "auto") return all.back();
  std::string names = "auto";
  for (const kernels::Ops* ops : all) {
    if (level_name(*ops) == simd) return ops;
    names += ", " + level_name(*ops);
  }
  return fail(Errc::kUsage, "device.create", "no SIMD level \"" + simd + "\" on this machine: want one of " + names);
}

Result<std::unique_ptr<Device>> create_cpu(const DeviceOptions& options) {
  TESSERA_TRY_ASSIGN(const kernels::Ops* ops, find_level(options.simd));
  return cpu::create(*ops);
}

}  // namespace

std::vector<std::string> simd_levels() {
  std::vector<std::string> names;
  for (const kernels::Ops* ops : kernels::implementations()) names.push_back(level_name(*ops));
  return names;
}

namespace {

/// For tests of the whole program.
bool validation_wanted(const DeviceOptions& options) {
  const char* const value = std::getenv("TESSERA_VULKAN_VALIDATION");
  return options.validation || (value != nullptr && std::string_view(value) == "1");
}

}  // namespace

OperationClass class_of(const Operation& operation) {
  if (std::holds_alternative<Resample>(operation)) return OperationClass::kResample;
  if (std::holds_alternative<Convert>(operation)) return OperationClass::kConvert;
  if (std::holds_alternative<Blend>(operation)) return OperationClass::kBlend;
  return OperationClass::kMove;
}

Result<std::vector<Adapter>> vulkan_adapters() { return vulkan::adapters(); }

Result<std::vector<CudaAdapter>> cuda_adapters() { return cuda::adapters(); }

std::string wanted_cuda_driver() { return cuda::wanted_driver(); }

Result<VideoEngines> cuda_video_engines() { return cuda::video_engines(); }

Result<std::unique_ptr<Device>> create_device(const std::string& kind, const DeviceOptions& options) {
  if (kind == "vulkan") return vulkan::create({.software = true, .validation = validation_wanted(options)});
  if (kind == "cuda") return cuda::create();
  if (kind == "auto" || kind == "cpu") {
    if (kind == "auto") {
      auto nvidia = cuda::create();
      if (nvidia) return nvidia;
      if (options.skipped && cuda::is_there()) options.skipped(nvidia.error());
      auto gpu = vulkan::create({.software = false, .validation = validation_wanted(options)});
      if (gpu) return gpu;
    }
    return create_cpu(options);
  }
  return fail(Errc::kUsage, "device.create", "no device \"" + kind + "\": want auto, cpu, vulkan or cuda");
}

}  // namespace tessera::device
