#include "engine/device/cuda/kernels.h"

#include "engine/device/cuda/fatbin.h"
#include "engine/device/cuda/wanted_driver.h"

namespace tessera::device::cuda {
namespace {

// What a driver says of machine code or PTX that is too new for it.
constexpr int kTooNew[] = {200, 209, 218, 222, 223};

}  // namespace

Result<std::unique_ptr<Kernels>> Kernels::load(std::shared_ptr<Context> context) {
  TESSERA_TRY_ASSIGN(const auto current, context->enter());
  CUmodule module = nullptr;
  const Activity doing("cuModuleLoadData");
  const CUresult result = context->api().cuModuleLoadData(&module, fatbin.data());
  auto loaded = context->api().check(result, "cuModuleLoadData");
  if (!loaded) {
    for (const int code : kTooNew) {
      if (static_cast<int>(result) != code) continue;
      loaded.error().detail += ": " + old_driver_advice();
    }
    return tl::unexpected<Error>(loaded.error());
  }
  return std::unique_ptr<Kernels>(new Kernels(std::move(context), module));
}

Kernels::~Kernels() {
  context_->give_back([this] { return TESSERA_CU(context_->api(), cuModuleUnload, module_); });
}

Result<CUfunction> Kernels::get(const std::string& name) {
  CUfunction& function = functions_[name];
  if (function == nullptr) {
    TESSERA_TRY(TESSERA_CU(context_->api(), cuModuleGetFunction, &function, module_, name.c_str()));
  }
  return function;
}

std::string kernels_for(int major, int minor) {
  // Machine code runs on GPUs of its own major version, from its own minor version on.
  for (size_t i = fatbin_architectures.size(); i-- > 0;) {
    const int architecture = fatbin_architectures[i];
    if (architecture / 10 == major && architecture % 10 <= minor) return "sm_" + std::to_string(architecture);
  }
  return 10 * major + minor > fatbin_architectures.front() ? "PTX" : "";
}

}  // namespace tessera::device::cuda
