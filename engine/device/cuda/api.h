#pragma once

#include <ffnvcodec/dynlink_cuda.h>

#include <cstddef>
#include <memory>
#include <string>

// The loader's messages go into our errors, not to the terminal.
#define FFNV_LOG_FUNC(context, message, ...) ::tessera::device::cuda::note_load_failure(context, message, __VA_ARGS__)
#define FFNV_DEBUG_LOG_FUNC(context, message, ...)
namespace tessera::device::cuda {
void note_load_failure(void* context, const char* message, const char* what);
}
#include <ffnvcodec/dynlink_loader.h>

#include "engine/base/activity.h"
#include "engine/base/result.h"

namespace tessera::device::cuda {

/// The driver's functions, found at run time: what ffnvcodec loads, and what it lacks.
struct Api : CudaFunctions {
  CUresult (*cuDriverGetVersion)(int* version) = nullptr;
  CUresult (*cuDeviceTotalMem)(size_t* bytes, CUdevice device) = nullptr;
  CUresult (*cuMemGetInfo)(size_t* free_bytes, size_t* all_bytes) = nullptr;
  CUresult (*cuMemHostAlloc)(void** memory, size_t bytes, unsigned flags) = nullptr;
  CUresult (*cuMemFreeHost)(void* memory) = nullptr;

  /// The installed driver's; loaded once and kept until the process ends. Any thread.
  /// @retval kDevice there is none, or it is too old; says what to do
  static Result<const Api*> load();

  /// The error of a call that did not succeed: "cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY (2), out of memory".
  /// @retval kCapacity no memory (a retry may succeed); kDevice anything else
  Result<void> check(CUresult result, const char* call) const;
};

/// Whether nothing works any more in this process after such a result: it comes from work that was queued earlier.
bool is_sticky(CUresult result);

/// What to do about a driver that can't be loaded or used.
inline constexpr const char* kNoDriverAdvice =
    "no NVIDIA driver is installed, or this container was started without NVIDIA_DRIVER_CAPABILITIES=compute,video,"
    "utility";

}  // namespace tessera::device::cuda

/// Calls a function of the driver and gives its error, named: TESSERA_CU(api, cuMemAlloc, &address, bytes). Who watches
/// this process can tell that it is there.
#define TESSERA_CU(api, function, ...)                          \
  [&] {                                                         \
    const ::tessera::Activity doing(#function);                 \
    return (api).check((api).function(__VA_ARGS__), #function); \
  }()
