#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/base/result.h"
#include "engine/device/cuda/context.h"
#include "engine/media/frame.h"

namespace tessera::device::cuda {

/// Memory of the GPU. May be dropped on any thread, once no queued work uses it.
class DeviceMemory {
 public:
  /// @retval kCapacity no room; kDevice
  static Result<std::shared_ptr<DeviceMemory>> allocate(std::shared_ptr<Context> context, size_t bytes);
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  uint64_t address() const { return address_; }
  size_t bytes() const { return bytes_; }

 private:
  DeviceMemory(std::shared_ptr<Context> context, CUdeviceptr address, size_t bytes)
      : context_(std::move(context)), address_(address), bytes_(bytes) {}
  std::shared_ptr<Context> context_;
  CUdeviceptr address_;
  size_t bytes_;
};

/// Host memory that the GPU reads and writes by itself. Dropped as DeviceMemory.
class PinnedMemory {
 public:
  /// @retval kCapacity no memory; kDevice
  static Result<std::shared_ptr<PinnedMemory>> allocate(std::shared_ptr<Context> context, size_t bytes);
  ~PinnedMemory();
  PinnedMemory(const PinnedMemory&) = delete;
  PinnedMemory& operator=(const PinnedMemory&) = delete;

  uint8_t* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  PinnedMemory(std::shared_ptr<Context> context, uint8_t* data, size_t bytes)
      : context_(std::move(context)), data_(data), bytes_(bytes) {}
  std::shared_ptr<Context> context_;
  uint8_t* data_;
  size_t bytes_;
};

/// A surface in one allocation, as NVENC takes it. Semi-planar: Y, then the interleaved plane, one pitch. Planar, as
/// YV12: the pitch of luma a multiple of 512 bytes, that of chroma half of it (all of it where chroma is as wide as
/// luma); the Y plane, then V, then U, then alpha, with no rows between.
Result<std::shared_ptr<media::Frame>> make_surface(const std::shared_ptr<Context>& context,
                                                   const media::FrameFormat& format);

/// A frame in pinned host memory.
Result<std::shared_ptr<media::Frame>> make_pinned(const std::shared_ptr<Context>& context,
                                                  const media::FrameFormat& format);

/// Queues the copy of a picture between two frames of one format, one of them in pinned memory and one on the GPU.
/// @return the bytes of its samples
Result<int64_t> queue_copy(const Context& context, const media::Frame& to, const media::Frame& from);

}  // namespace tessera::device::cuda
