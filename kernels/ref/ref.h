#pragma once

#include "kernels/ops.h"

/// The scalar operations: what every other implementation must equal bit by bit.
namespace tessera::kernels::ref {

void fill(const FillParams& p, int row0, int row1);
void copy(const CopyParams& p, int row0, int row1);
void rotate(const RotateParams& p, int row0, int row1);
size_t resample_scratch(const ResampleParams& p);
void resample(const ResampleParams& p, int row0, int row1, uint8_t* scratch);
void convert(const ConvertParams& p, int row0, int row1);
void mask(const MaskParams& p, int row0, int row1);
void blend(const BlendParams& p, int row0, int row1);
void pixelate(const PixelateParams& p, int row0, int row1);
size_t blur_scratch(const BlurParams& p);
void blur(const BlurParams& p, int row0, int row1, uint8_t* scratch);
void warp(const WarpParams& p, int row0, int row1);
void tone_map(const ToneMapParams& p, int row0, int row1);

}  // namespace tessera::kernels::ref
