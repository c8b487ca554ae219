#pragma once
// What the simulated NVDEC decodes.
#include "tests/simgpu/nvcuvid/cuvid.h"

namespace tessera::simgpu {

/// Fills the OUT members; zeros where the IN members are not supported, or where the device has no NVDEC.
void fill_caps(CUVIDDECODECAPS& caps);

}  // namespace tessera::simgpu
