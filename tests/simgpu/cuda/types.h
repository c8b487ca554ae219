#pragma once
// What cuda.h has and ffnvcodec's dynlink_cuda.h lacks: error codes and a few enumerations, with the driver's numbers.
#include <ffnvcodec/dynlink_cuda.h>

namespace tessera::simgpu {

constexpr CUresult error(int code) { return static_cast<CUresult>(code); }

constexpr CUresult kInvalidValue = error(1), kOutOfMemory = error(2), kNotInitialized = error(3),
                   kInvalidDevice = error(101), kInvalidImage = error(200), kUnsupportedPtx = error(222),
                   kInvalidContext = error(201), kInvalidHandle = error(400), kNotFound = error(500),
                   kNotReady = error(600), kPrimaryContextActive = error(708), kContextIsDestroyed = error(709),
                   kHostMemoryAlreadyRegistered = error(712), kHostMemoryNotRegistered = error(713),
                   kLaunchOutOfResources = error(701), kNotPermitted = error(800), kNotSupported = error(801);

enum FunctionAttribute {
  kMaxThreadsPerBlock = 0,
  kSharedSizeBytes,
  kConstSizeBytes,
  kLocalSizeBytes,
  kNumRegs,
  kPtxVersion,
  kBinaryVersion
};

constexpr unsigned kMaxThreads = 1024, kMaxBlockZ = 64, kMaxGridYZ = 65535, kMaxSharedBytes = 48 << 10;
constexpr size_t kPitchAlignment = 512;

}  // namespace tessera::simgpu
