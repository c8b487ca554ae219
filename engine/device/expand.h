#pragma once

#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/device/frame_plan.h"
#include "kernels/ops.h"

namespace tessera::device {

/// One operation on one plane.
using PlaneJob = std::variant<kernels::FillParams, kernels::CopyParams, kernels::RotateParams, kernels::ResampleParams,
                              kernels::ConvertParams, kernels::MaskParams, kernels::BlendParams>;

/// Adds an operation's jobs, one a plane. Checks all that the kernels take for granted.
/// @retval kInternal a rect outside its surface, formats that do not go together, taps for another size
Result<void> expand(const Operation& operation, std::vector<PlaneJob>& jobs);

}  // namespace tessera::device
