#pragma once

#include "engine/device/cuda/context.h"
#include "engine/device/video_engines.h"
#include "engine/media/hw.h"

namespace tessera::device::cuda {

/// Asks the driver what NVENC encodes, and has it encode: fills what begins with `nvenc`, and `headers`.
/// @param hardware the context's, for libavcodec's encoders
void probe_nvenc(const Context& context, const std::shared_ptr<media::HwDevice>& hardware, VideoEngines& found);

}  // namespace tessera::device::cuda
