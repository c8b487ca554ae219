#pragma once

#include <memory>

#include "engine/device/device.h"
#include "kernels/ops.h"

namespace tessera::device::cpu {

/// The device that runs plans with the operations of kernels/ on host memory, on the caller's thread: sharing a frame's
/// rows with another core costs more than it gains, as its planes then lie in two caches. Chunks run side by side.
/// @param ops one of kernels::implementations()
/// @param band_rows of a canvas worked off at a time: so few that they stay in a second-level cache, so many that few
///                  rows are filtered twice, for the band above and the one below
std::unique_ptr<Device> create(const kernels::Ops& ops, int band_rows = 240);

}  // namespace tessera::device::cpu
