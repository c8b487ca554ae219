#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/device/expand.h"
#include "engine/device/frame_plan.h"
#include "kernels/cuda/batch.h"

namespace tessera::device::cuda {

using kernels::cuda::Arguments;
using kernels::cuda::Launch;

/// A table in device memory.
struct DeviceTable {
  uint64_t address = 0;         ///< a multiple of 16
  std::shared_ptr<void> owner;  ///< frees it
};

/// Where tables go that stay on the device. Called by PlanEncoder::encode() only, and only for tables it has not made
/// yet: never in the steady state.
class PlanMemory {
 public:
  virtual ~PlanMemory() = default;

  /// Device memory with these words, as far as launches queued later can tell. The words may be gone after the call.
  /// Whoever queues launches keeps EncodedPlan::kept until they are done, so the last reference to `owner` is never
  /// dropped while the table is in use.
  /// @retval kCapacity no memory; kDevice the driver failed
  virtual Result<DeviceTable> upload(std::span<const uint32_t> words) = 0;
};

/// A frame plan for a stream: copy `parameters` to a device address that is a multiple of 256, then queue the launches
/// in order on the same stream.
struct EncodedPlan : kernels::cuda::Launches {
  std::vector<std::shared_ptr<const void>> kept;  ///< to be kept until the launches are done
  void clear();
};

class PlanTables;

/// Turns frame plans into job tables and launches: one launch for each batch of the plan.
///
/// All frames of a plan are in device memory (Memory::kCuda): planes[].data are device addresses. Rows are best at
/// multiples of 16 bytes from a multiple of 16 (V of NV12 one sample after U counts as such); rows that are must be
/// readable to their next multiple of 16 bytes. Others work, a sample at a time.
///
/// Thread-safety: one caller at a time.
class PlanEncoder {
 public:
  PlanEncoder();
  ~PlanEncoder();

  /// @param out is cleared first, its memory used again
  /// @retval kInternal an operation that breaks its rules, or a frame that is not in device memory; what `memory`
  /// answers
  Result<void> encode(const FramePlan& plan, PlanMemory& memory, EncodedPlan& out);

 private:
  Result<void> encode_batch(const device::Batch& batch, PlanMemory& memory, EncodedPlan& out);
  Result<void> add_resample(const Resample& op, PlanMemory& memory, EncodedPlan& out);

  std::unique_ptr<PlanTables> tables_;
  std::vector<PlaneJob> planes_;
  kernels::cuda::Batch batch_;
};

}  // namespace tessera::device::cuda
