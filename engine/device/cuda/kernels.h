#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/device/cuda/context.h"

namespace tessera::device::cuda {

/// The embedded kernels in a context.
/// Thread-safety: one caller at a time.
class Kernels {
 public:
  /// @retval kDevice the driver does not take them; says what to do
  static Result<std::unique_ptr<Kernels>> load(std::shared_ptr<Context> context);
  ~Kernels();
  Kernels(const Kernels&) = delete;
  Kernels& operator=(const Kernels&) = delete;

  /// @retval kDevice there is no such kernel
  Result<CUfunction> get(const std::string& name);

 private:
  Kernels(std::shared_ptr<Context> context, CUmodule module) : context_(std::move(context)), module_(module) {}
  std::shared_ptr<Context> context_;
  CUmodule module_;
  std::map<std::string, CUfunction> functions_;
};

/// What is embedded for GPUs of a compute capability: "sm_89"; "PTX" that the driver compiles; empty: nothing.
std::string kernels_for(int major, int minor);

}  // namespace tessera::device::cuda
