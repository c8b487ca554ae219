#pragma once

#include <memory>
#include <vector>

#include "engine/device/cuda/frame_memory.h"
#include "engine/device/downloads.h"

namespace tessera::device::cuda {

/// What one frame in flight needs for itself, and all that stays alive until it is done.
class Submission {
 public:
  /// @retval kDevice, kCapacity
  static Result<std::unique_ptr<Submission>> create(std::shared_ptr<Context> context);
  ~Submission();
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;

  /// Marks the end of its work in the stream.
  Result<void> queued();
  /// Waits until its work is done, drops what it kept, and makes room for the next frame. At once where it has none.
  Result<void> finish();
  /// The same where its work happens to be done already.
  Result<void> finish_if_done();
  /// The same where the caller knows that its work is done.
  void done();

  FrameMemory parameters;                         ///< read by kernels
  FrameMemory staging;                            ///< read by copies
  std::vector<std::shared_ptr<const void>> kept;  ///< dropped once it is done
  Downloads downloads;                            ///< cleared by the owner: they outlive what is kept

 private:
  explicit Submission(std::shared_ptr<Context> context)
      : parameters(context, true), staging(context, false), context_(std::move(context)) {}

  std::shared_ptr<Context> context_;
  CUevent event_ = nullptr;
  bool in_flight_ = false;
};

}  // namespace tessera::device::cuda
