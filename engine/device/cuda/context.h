#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "engine/base/result.h"
#include "engine/device/cuda/api.h"
#include "engine/device/device.h"

namespace tessera::device::cuda {

/// A GPU that can be used: its primary context, retained for as long as this lives, and one stream in it.
/// Thread-safety: all of it.
class Context {
 public:
  /// Of the first GPU that kernels are embedded for.
  /// @retval kDevice no driver, no such GPU, or its primary context is used in another way; says what to do
  static Result<std::shared_ptr<Context>> create();
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Api& api() const { return api_; }
  CUcontext handle() const { return context_; }
  CUstream stream() const { return stream_; }
  /// media::CudaHandles::description
  const std::string& description() const { return description_; }

  /// Makes the context the calling thread's for as long as it lives.
  class Current {
   public:
    Current(Current&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
    ~Current();

   private:
    friend class Context;
    explicit Current(const Context* context) : context_(context) {}
    const Context* context_;
  };
  /// @retval kDevice the driver refuses
  Result<Current> enter() const;

  /// Gives something back to the driver, with the context current. Errors are those of earlier work, and known.
  template <class F>
  void give_back(F&& call) const {
    for (int attempt = 0; attempt < 2; ++attempt) {  // nobody gives it back later
      const auto current = enter();
      if (!current) continue;
      call();
      return;
    }
  }

  /// Waits until all that was queued is done. @retval kDevice some of it failed
  Result<void> finish() const;
  /// The same for CUDA's default stream, which others may use. @retval kDevice
  Result<void> finish_default_stream() const;

  void count_allocation() { allocations_.fetch_add(1, std::memory_order_relaxed); }
  int64_t allocations() const { return allocations_.load(std::memory_order_relaxed); }

 private:
  Context(const Api& api, const CudaAdapter& adapter);
  Result<void> open(CUdevice device);

  const Api& api_;
  const std::string description_;
  CUdevice device_ = 0;
  CUcontext context_ = nullptr;
  CUstream stream_ = nullptr;
  std::atomic<int64_t> allocations_ = 0;
};

}  // namespace tessera::device::cuda
