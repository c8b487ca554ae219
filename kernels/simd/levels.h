#pragma once

#include <span>

#include "kernels/ops.h"
#include "kernels/simd/rows.h"

/// What each instruction set that Highway compiles for offers. `foreach_target` files define these functions once per
/// set, in its namespace.
namespace tessera::kernels::simd {

/// For #if: whether the target being compiled is a level, not Highway's stand-in for machines without vectors.
#define TESSERA_SIMD_HERE (HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR)

#define TESSERA_SIMD_LEVEL(level)                                       \
  namespace level {                                                     \
  const RowKernels& row_kernels();                                      \
  void fill(const FillParams& p, int row0, int row1);                   \
  void copy(const CopyParams& p, int row0, int row1);                   \
  void rotate(const RotateParams& p, int row0, int row1);               \
  void convert(const ConvertParams& p, int row0, int row1);             \
  void blend(const BlendParams& p, int row0, int row1);                 \
  void pixelate(const PixelateParams& p, int row0, int row1);           \
  size_t blur_scratch(const BlurParams& p);                             \
  void blur(const BlurParams& p, int row0, int row1, uint8_t* scratch); \
  void warp(const WarpParams& p, int row0, int row1);                   \
  void tone_map(const ToneMapParams& p, int row0, int row1);            \
  }
TESSERA_SIMD_LEVEL(N_SSE4)
TESSERA_SIMD_LEVEL(N_AVX2)
TESSERA_SIMD_LEVEL(N_AVX3)
TESSERA_SIMD_LEVEL(N_NEON)
#undef TESSERA_SIMD_LEVEL

/// The tables of the levels that this machine has, lowest first.
std::span<const Ops* const> levels();

}  // namespace tessera::kernels::simd
