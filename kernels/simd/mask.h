#pragma once

#include "kernels/ops.h"

namespace tessera::kernels::simd {

/// `Ops::mask` of every level. Where the scalar code tries 64 positions of a sample in a corner one by one, this finds
/// once for a row of positions how far the shape reaches, so that a sample costs eight subtractions.
void mask(const MaskParams& p, int row0, int row1);

}  // namespace tessera::kernels::simd
