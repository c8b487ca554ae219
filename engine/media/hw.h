#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/result.h"

/// Hardware decoders and encoders: what they share with a CUDA device, and what they did.
namespace tessera::media {

/// Counted over all readers and encoders that are given the same object.
struct MediaCounters {
  std::atomic<int64_t> decoded_surfaces{0};  ///< pictures that hardware decoders gave
  std::atomic<int64_t> software_decoded{0};  ///< pictures that software decoders gave
  std::atomic<int64_t> encodes{0};           ///< pictures that hardware encoders gave
  std::atomic<int64_t> fall_backs{0};        ///< times that software took over from a hardware decoder
};

/// A CUDA device as libavcodec sees it: pictures it decodes are Memory::kCuda frames, ordered by the device's stream.
/// Thread-safety: all of it.
class HwDevice {
 public:
  /// @param context CUcontext, @param stream CUstream: a device's own, as CudaHandles has them
  /// @param owner keeps both valid; kept until the last picture, decoder and encoder is gone
  /// @retval kDevice libavutil can't use it, or was built without CUDA; kCapacity no memory
  static Result<std::shared_ptr<HwDevice>> from_cuda(void* context, void* stream, std::shared_ptr<void> owner);
  virtual ~HwDevice() = default;

  /// The GPU and its driver, "NVIDIA L4, CUDA driver 13.0": part of what decides an encoder's bytes.
  virtual const std::string& description() const = 0;

  /// For engine/media alone: AVHWDeviceContexts, as AVBufferRef, on the device's stream and on CUDA's default stream,
  /// on which libavcodec's cuvid decoders map pictures whatever stream they are told.
  virtual void* av_device() const = 0;
  virtual void* av_device_on_default_stream() const = 0;
  /// Waits for what is queued on the default stream. @retval kDevice
  virtual Result<void> finish_default_stream() const = 0;
};

}  // namespace tessera::media
