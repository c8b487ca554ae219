#pragma once

#include <array>
#include <cstdint>

#include "kernels/ops.h"

/// What sample values mean, and the integers that follow from it.
namespace tessera::kernels {

/// A Y'CbCr signal. Luma weights in 1/10000: BT.709 {2126, 722}, BT.601 {2990, 1140}, BT.2020 {2627, 593}.
struct ColourModel {
  int red = 2126;
  int blue = 722;
  bool full_range = false;
  bool operator==(const ColourModel&) const = default;
};

/// The coefficients from one signal to another at `depth` bits. `src_depth` is the depth the source was decoded with: a
/// full-range white of 255 has become 1020, not 1023, when it was brought to 10 bits.
ConvertMatrix convert_matrix(const ColourModel& src, int src_depth, const ColourModel& dst, int depth);

/// The samples {Y, U, V, alpha} of an opaque colour 0xRRGGBB (full range, the signal's own primaries): the exact value
/// rounded to nearest, halves away from zero.
std::array<uint16_t, 4> fill_value(uint32_t rgb, const ColourModel& model, int depth);

/// Luma's value for black.
int black_of(const ColourModel& model, int depth);

}  // namespace tessera::kernels
