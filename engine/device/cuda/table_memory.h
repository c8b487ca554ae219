#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "engine/device/cuda/frame_memory.h"
#include "engine/device/cuda/memory.h"
#include "engine/device/cuda/plan_encoder.h"

namespace tessera::device::cuda {

/// Memory of the GPU cut into parts of any size: 1 MiB at a time is asked of the driver. All work that uses it is in
/// one stream, so a part may be used again at once: what overwrites it comes after what read it. Thread-safety: one
/// caller at a time.
class TableMemory {
 public:
  explicit TableMemory(std::shared_ptr<Context> context) : context_(std::move(context)) {}

  struct Part {
    uint64_t address = 0;
    size_t bytes = 0;
  };
  /// @retval kCapacity no memory; kDevice
  Result<Part> take(size_t bytes);
  void give_back(const Part& part);

 private:
  std::shared_ptr<Context> context_;
  std::vector<std::shared_ptr<DeviceMemory>> slabs_;
  std::map<uint64_t, size_t> free_;  ///< address: bytes; neighbours of one slab are joined
};

/// Tables that stay on the GPU; they cross by the staging memory of the frame that needs them first.
/// Thread-safety: one caller at a time, also for dropping tables.
class TableUploads final : public PlanMemory {
 public:
  explicit TableUploads(std::shared_ptr<Context> context)
      : context_(std::move(context)), memory_(std::make_shared<TableMemory>(context_)) {}

  /// Until the next call tables cross by `staging`.
  void begin_frame(FrameMemory& staging) { staging_ = &staging; }
  Result<DeviceTable> upload(std::span<const uint32_t> words) override;
  int64_t bytes() const { return bytes_; }  ///< moved so far

 private:
  std::shared_ptr<Context> context_;
  std::shared_ptr<TableMemory> memory_;
  FrameMemory* staging_ = nullptr;
  int64_t bytes_ = 0;
};

}  // namespace tessera::device::cuda
