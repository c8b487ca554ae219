// Names of errors, and the driver's own look-up of its entry points.
#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "tests/simgpu/cuda/context.h"
#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/simgpu.h"

using namespace tessera::simgpu;

namespace {

struct Named {
  int code;
  const char *name, *text;
};

constexpr Named kErrors[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {34, "CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {205, "CUDA_ERROR_MAP_FAILED", "mapping of buffer object failed"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {214, "CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain."},
    {304, "CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {401, "CUDA_ERROR_ILLEGAL_STATE", "the operation cannot be performed in the present state"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {708, "CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE", "cannot set while device is active in this process"},
    {709, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {712, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED", "part or all of the requested memory range is already mapped"},
    {713, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED", "pointer does not correspond to a registered memory region"},
    {716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {800, "CUDA_ERROR_NOT_PERMITTED", "operation not permitted"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

const Named* find(CUresult code) {
  const auto* found =
      std::find_if(std::begin(kErrors), std::end(kErrors), [&](const Named& e) { return e.code == code; });
  return found == std::end(kErrors) ? nullptr : found;
}

/// This library: a client opens it with RTLD_LOCAL, so its names are in no global scope.
void* self() {
  Dl_info info{};
  return dladdr(reinterpret_cast<void*>(&simgpu_enter), &info) ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD)
                                                               : nullptr;
}

void* look_up(const char* name, int version) {
  static void* const library = self();
  const std::string base = name;
  if (version >= 13000)
    for (const char* suffix : {"_v4", "_v3"})
      if (void* found = dlsym(library, (base + suffix).c_str())) return found;
  if (version >= 3020)
    if (void* found = dlsym(library, (base + "_v2").c_str())) return found;
  return dlsym(library, name);
}

CUresult proc_address(const Call& call, const char* name, void** out, int version) {
  if (call.refused()) return call.code();
  if (!name || !out) return kInvalidValue;
  *out = std::strncmp(name, "cu", 2) == 0 ? look_up(name, version) : nullptr;
  return *out ? CUDA_SUCCESS : kNotFound;
}

}  // namespace

SIMGPU_EXPORT CUresult cuGetErrorName(CUresult code, const char** out) {
  const Call call(__func__, Needs::kNothing, false);
  if (out) *out = nullptr;
  if (call.refused()) return call.code();
  const Named* found = find(code);
  if (out) *out = found ? found->name : nullptr;
  return found && out ? CUDA_SUCCESS : kInvalidValue;
}

SIMGPU_EXPORT CUresult cuGetErrorString(CUresult code, const char** out) {
  const Call call(__func__, Needs::kNothing, false);
  if (out) *out = nullptr;
  if (call.refused()) return call.code();
  const Named* found = find(code);
  if (out) *out = found ? found->text : nullptr;
  return found && out ? CUDA_SUCCESS : kInvalidValue;
}

SIMGPU_EXPORT CUresult cuGetProcAddress(const char* name, void** out, int version, uint64_t) {
  return proc_address(Call(__func__, Needs::kNothing, false), name, out, version);
}

SIMGPU_EXPORT CUresult cuGetProcAddress_v2(const char* name, void** out, int version, uint64_t, int* status) {
  const CUresult result = proc_address(Call(__func__, Needs::kNothing, false), name, out, version);
  if (status) *status = result == CUDA_SUCCESS ? 0 : 1;
  return result;
}
