#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"

/// Hardware decoders and encoders: what they share with a CUDA device, and what they did.
namespace tessera::media {

/// Counted over all readers and encoders that are given the same object. Thread-safety: all of it.
struct MediaCounters {
  std::atomic<int64_t> decoded_surfaces{0};  ///< pictures that hardware decoders decoded, shown or not
  std::atomic<int64_t> software_decoded{0};  ///< pictures that software decoders gave
  std::atomic<int64_t> encodes{0};           ///< pictures that hardware encoders gave
  std::atomic<int64_t> fall_backs{0};        ///< times that software took over from a hardware decoder

  /// Counts that software took over a file from a hardware decoder, and remembers why.
  void add_fall_back(const std::string& path, const std::string& why);
  /// "PATH: why" of every file that software took over and that was not told yet.
  std::vector<std::string> untold_fall_backs();

 private:
  std::mutex mutex_;
  std::set<std::string> known_;  ///< paths
  std::vector<std::string> untold_;
};

/// What libavcodec needs to decode into and encode from a CUDA device's memory: CUDA's own types, hidden. Whoever uses
/// them orders all work by the stream.
struct CudaHandles {
  void* context = nullptr;  ///< CUcontext: the GPU's primary one, made with CU_CTX_SCHED_BLOCKING_SYNC
  void* stream = nullptr;   ///< CUstream: the device's only one, not the default stream
  std::string description;  ///< the GPU and its driver, "NVIDIA L4, driver 580.65.06, CUDA 13.0"
  /// Waits for what is queued on CUDA's default stream. @retval kDevice
  std::function<Result<void>()> finish_default_stream;
  std::shared_ptr<void> owner;  ///< keeps all of it valid, also after the device
};

/// A CUDA device as libavcodec sees it: pictures it decodes are Memory::kCuda frames, ordered by the device's stream.
/// Thread-safety: all of it.
class HwDevice {
 public:
  /// @param handles whose owner is kept until the last picture, decoder and encoder is gone
  /// @retval kDevice libavutil can't use it, or was built without CUDA; kCapacity no memory
  static Result<std::shared_ptr<HwDevice>> from_cuda(CudaHandles handles);
  virtual ~HwDevice() = default;

  /// CudaHandles::description: part of what decides an encoder's bytes.
  virtual const std::string& description() const = 0;

  /// For engine/media alone: AVHWDeviceContexts, as AVBufferRef, on the device's stream and on CUDA's default stream,
  /// on which libavcodec's cuvid decoders map pictures whatever stream they are told.
  virtual void* av_device() const = 0;
  virtual void* av_device_on_default_stream() const = 0;
  /// Waits for what is queued on the default stream. @retval kDevice
  virtual Result<void> finish_default_stream() const = 0;
};

}  // namespace tessera::media
