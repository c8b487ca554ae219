#pragma once

#include "engine/device/cuda/context.h"
#include "engine/device/video_engines.h"

namespace tessera::device::cuda {

/// What to do where one of the driver's video libraries can't be loaded.
inline constexpr const char* kNoVideoAdvice =
    "the driver's video part is missing: start the container with NVIDIA_DRIVER_CAPABILITIES=compute,video,utility, or "
    "install the driver's packages for video";

/// Asks the driver what NVDEC decodes: fills `nvdec` and `nvdec_missing`.
void probe_nvdec(const Context& context, VideoEngines& found);

}  // namespace tessera::device::cuda
