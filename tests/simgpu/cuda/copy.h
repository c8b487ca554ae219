#pragma once
// Copies and fills: checked when they are queued, and again when they run.
#include <cstddef>
#include <cstdint>

#include "tests/simgpu/cuda/context.h"

namespace tessera::simgpu {

/// One end of a copy: `height` rows, `pitch` bytes apart.
struct Side {
  bool device = false;
  uint64_t address = 0;
  size_t pitch = 0;
};

struct Rows {
  size_t width = 0;  ///< bytes
  size_t height = 1;
  bool pixels = false;  ///< counted as pixels: the 2D copies
};

/// Queues the copy and, for a blocking one, waits for it. Pageable host memory behaves as the driver documents: it is
/// read before the call returns, and written before the call returns.
CUresult copy(const Call& call, Side to, Side from, Rows rows, CUstream stream, bool blocking);

/// `count` times the `size` lowest bytes of `value` (1, 2 or 4) in each of `height` rows.
CUresult fill(const Call& call, Side to, unsigned value, size_t size, size_t count, size_t height, CUstream stream);

/// A side of a copy whose caller does not say where it lies (unified addressing).
Side anywhere(uint64_t address);

}  // namespace tessera::simgpu
