#pragma once

#include <vector>

#include "kernels/ops.h"
#include "kernels/taps.h"
#include "tests/ops/planes.h"

/// The operations as mathematics, in doubles and with the library's sin(): written from kernels/README.md, sharing no
/// code with the kernels.
namespace tessera::kernels {

/// The real weights of destination sample `i` for each source sample.
std::vector<double> oracle_weights(const AxisSpec& spec, int i);

/// How many source samples a kernel spans before clamping.
double oracle_tap_count(const AxisSpec& spec);

/// What a resample would give with real numbers, clipped but not rounded; samples in the destination's depth.
std::vector<double> oracle_resample(const TestPlane& src, int src_depth, const AxisSpec& x, const AxisSpec& y,
                                    int dst_depth);

/// The same sums as the kernels' with 64 bits everywhere and every step written out.
TestPlane exact_resample(const TestPlane& src, int src_depth, const Taps& x, const Taps& y, int dst_depth);

}  // namespace tessera::kernels
