#pragma once

#include <memory>

namespace tessera::device {

/// What libavcodec needs to decode into and encode from a CUDA device's memory: CUDA's own types, hidden. Whoever uses
/// them orders all work by the stream.
struct CudaHandles {
  void* context = nullptr;      ///< CUcontext: the GPU's primary one, made with CU_CTX_SCHED_BLOCKING_SYNC
  void* stream = nullptr;       ///< CUstream: the device's only one, not the default stream
  std::shared_ptr<void> owner;  ///< keeps both valid, also after the device
};

}  // namespace tessera::device
