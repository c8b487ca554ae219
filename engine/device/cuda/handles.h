#pragma once

namespace tessera::device {

/// What libavcodec needs to decode into and encode from a CUDA device's memory: CUDA's own types, hidden. Valid as long
/// as the device; whoever uses them orders all work by the stream and gives back what it made before the device dies.
struct CudaHandles {
  void* context = nullptr;  ///< CUcontext: the GPU's primary one, made with CU_CTX_SCHED_BLOCKING_SYNC
  void* stream = nullptr;   ///< CUstream: the device's only one, not the default stream
};

}  // namespace tessera::device
