#pragma once

#include "engine/base/result.h"
#include "engine/media/frame.h"
#include "kernels/colour.h"

namespace tessera::compose {

kernels::ColourModel model_of(const media::Colour& colour);

/// @retval kBadInput an HDR transfer
Result<void> check_shown(const media::Colour& colour);

}  // namespace tessera::compose
