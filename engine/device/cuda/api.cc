#include "engine/device/cuda/api.h"

#include <dlfcn.h>

#include <cstdlib>
#include <mutex>

#include "engine/device/cuda/wanted_driver.h"

namespace tessera::device::cuda {
namespace {

constexpr const char* kWhere = "device.cuda";
// The values of cudaError_enum that the codec headers leave out.
constexpr int kOutOfMemory = 2;
constexpr int kSticky[] = {214, 220, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719};

template <class Function>
bool find(const CudaFunctions& loaded, const char* symbol, Function*& function, std::string& said) {
  function = reinterpret_cast<Function*>(::dlsym(loaded.lib, symbol));
  if (function == nullptr) said = std::string("Cannot load ") + symbol;
  return function != nullptr;
}

tl::unexpected<Error> not_loaded(const std::string& said) {
  const bool no_library = said.find("libcuda.so") != std::string::npos;
  return fail(Errc::kDevice, kWhere, said + ": " + (no_library ? kNoDriverAdvice : old_driver_advice()));
}

Result<std::unique_ptr<Api>> load_now() {
  std::string said;
  CudaFunctions* loaded = nullptr;
  if (::cuda_load_functions(&loaded, &said) != 0) return not_loaded(said);
  auto api = std::make_unique<Api>();
  static_cast<CudaFunctions&>(*api) = *loaded;
  std::free(loaded);  // the library stays open: libraries that use it may have threads
  const bool all = find(*api, "cuDriverGetVersion", api->cuDriverGetVersion, said) &&
                   find(*api, "cuDeviceTotalMem_v2", api->cuDeviceTotalMem, said) &&
                   find(*api, "cuMemGetInfo_v2", api->cuMemGetInfo, said) &&
                   find(*api, "cuMemHostAlloc", api->cuMemHostAlloc, said) &&
                   find(*api, "cuMemFreeHost", api->cuMemFreeHost, said);
  if (!all) return not_loaded(said);
  return api;
}

/// "CUDA_ERROR_LAUNCH_FAILED", or nothing where the driver does not know.
std::string text_of(tcuGetErrorName* ask, CUresult result) {
  const char* text = nullptr;
  return ask(result, &text) == CUDA_SUCCESS && text != nullptr ? text : "";
}

}  // namespace

void note_load_failure(void* context, const char* message, const char* what) {
  std::string text = message;
  if (const size_t at = text.find("%s"); at != std::string::npos) text.replace(at, 2, what);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  *static_cast<std::string*>(context) = text;
}

Result<const Api*> Api::load() {
  static std::mutex mutex;
  static const Api* loaded = nullptr;
  const std::lock_guard lock(mutex);
  if (loaded == nullptr) {
    TESSERA_TRY_ASSIGN(std::unique_ptr<Api> api, load_now());
    loaded = api.release();
  }
  return loaded;
}

bool is_sticky(CUresult result) {
  for (const int code : kSticky) {
    if (result == code) return true;
  }
  return false;
}

Result<void> Api::check(CUresult result, const char* call) const {
  if (result == CUDA_SUCCESS) return {};
  const std::string name = text_of(cuGetErrorName, result), meaning = text_of(cuGetErrorString, result);
  std::string detail = std::string(call) + ": " + (name.empty() ? "error" : name) + " (" +
                       std::to_string(static_cast<int>(result)) + ")" + (meaning.empty() ? "" : ", " + meaning);
  if (is_sticky(result)) detail += "; nothing works on this GPU any more in this process";
  if (result == kOutOfMemory) return fail(Errc::kCapacity, kWhere, std::move(detail), true);
  return fail(Errc::kDevice, kWhere, std::move(detail));
}

}  // namespace tessera::device::cuda
