#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "kernels/cuda/batch.h"
#include "kernels/ops.h"
#include "kernels/taps.h"

/// The CUDA kernels as built for the CPU, on memory laid out as a GPU's may be.
namespace tessera::kernels::testing {

/// Planes and tables in memory of their own, with guards around it.
class DeviceMemory {
 public:
  /// How rows lie: at multiples of 16 bytes, so that the widest accesses are possible, or not.
  enum class Layout { kAligned, kOdd };

  explicit DeviceMemory(Layout layout) : layout_(layout) {}

  /// A copy of a plane to read. Of interleaved samples those beside it are noise.
  ConstPlane put(const ConstPlane& plane);
  /// A copy of a plane to write.
  Plane put(const Plane& plane);
  uint64_t put(const std::vector<uint32_t>& words);
  /// A copy of a tone mapping's tables.
  ToneTable put(const ToneTable& tables);

  /// Whether nothing was written outside rows' samples.
  bool guards_intact() const;

 private:
  struct Block {
    std::unique_ptr<uint8_t[]> memory;
    uint8_t* begin;  ///< a multiple of 16, after a guard
    size_t size, pitch;
    int rows, row_bytes;
    bool written;
  };
  /// Memory for so many rows; the last of a block to be read may end right after its samples.
  uint8_t* make(int rows, int row_bytes, int lead, bool written, size_t& pitch);

  Layout layout_;
  std::vector<Block> blocks_;
};

/// Tables of taps in device memory.
cuda::PlacedTaps place_taps(const ResampleParams& p, DeviceMemory& memory);

/// Runs launches as a GPU would: job tables at an address that is a multiple of 256.
void run(const cuda::Launches& launches);

/// The kernels as one more implementation: every operation is a launch of its own, on copies of its planes.
const Ops& cuda_ops(DeviceMemory::Layout layout);

}  // namespace tessera::kernels::testing
