#pragma once
// The video decoder's types, and the few CUresult values that ffnvcodec's header lacks.
#include <ffnvcodec/dynlink_cuda.h>
// after it: the types of the driver
#include <ffnvcodec/dynlink_nvcuvid.h>

namespace tessera::simgpu {

constexpr CUresult error(int code) { return static_cast<CUresult>(code); }
constexpr CUresult kInvalidValue = error(1), kOutOfMemory = error(2), kNoDevice = error(100),
                   kInvalidContext = error(201), kMapFailed = error(205), kInvalidHandle = error(400),
                   kNotSupported = error(801), kUnknown = error(999);

}  // namespace tessera::simgpu
