#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/device/cuda/memory.h"

namespace tessera::device::cuda {

/// Small things that cross to the GPU for one frame: written in pinned memory, and where asked with as much memory of
/// the GPU beside it. Grows where a frame needs more than any before it, and is used again once the frame is done.
/// Thread-safety: one caller at a time.
class FrameMemory {
 public:
  /// @param on_gpu with memory of the GPU, to which queue() copies what was written
  FrameMemory(std::shared_ptr<Context> context, bool on_gpu) : context_(std::move(context)), on_gpu_(on_gpu) {}

  struct Place {
    uint8_t* host = nullptr;
    uint64_t address = 0;  ///< on the GPU; 0 where there is none
  };
  /// Room for so many bytes, aligned to 256. @retval kCapacity no memory; kDevice
  Result<Place> take(size_t bytes);

  /// Queues the copies of all that was taken since clear(): one for up to 64 KiB. @return their bytes
  Result<int64_t> queue();

  /// All of it is free again. Not while queued work uses it.
  void clear();

 private:
  struct Block {
    std::shared_ptr<PinnedMemory> host;
    std::shared_ptr<DeviceMemory> device;
    size_t used = 0;
  };
  std::shared_ptr<Context> context_;
  bool on_gpu_;
  std::vector<Block> blocks_;
};

}  // namespace tessera::device::cuda
