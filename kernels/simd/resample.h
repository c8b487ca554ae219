#pragma once

#include "kernels/simd/rows.h"

namespace tessera::kernels::simd {

/// `Ops::resample_scratch` and `Ops::resample` over the row kernels of a level.
size_t resample_scratch(const RowKernels& kernels, const ResampleParams& p);
void resample(const RowKernels& kernels, const ResampleParams& p, int row0, int row1, uint8_t* scratch);

}  // namespace tessera::kernels::simd
