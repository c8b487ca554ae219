#pragma once
// What the simulated NVENC encodes, and the defaults of its presets.
#include <span>

#include <ffnvcodec/nvEncodeAPI.h>

namespace tessera::simgpu {

std::span<const GUID> codecs();
std::span<const GUID> profiles(const GUID& codec);
std::span<const GUID> presets();
std::span<const NV_ENC_BUFFER_FORMAT> input_formats();
int capability(const GUID& codec, NV_ENC_CAPS which);
NV_ENC_CONFIG preset_config(const GUID& codec);

}  // namespace tessera::simgpu
