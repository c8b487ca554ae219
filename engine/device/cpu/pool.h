#pragma once

#include <cstdint>
#include <memory>

#include "engine/base/result.h"
#include "engine/media/frame.h"

namespace tessera::device::cpu {

/// Surfaces by format. What is dropped is kept for the next who asks; of unused ones, the 32 dropped last.
/// Thread-safety: all of it, also of dropping surfaces; the pool may die before its surfaces.
class SurfacePool {
 public:
  SurfacePool();

  /// A surface with undefined content.
  Result<std::shared_ptr<media::Frame>> take(const media::FrameFormat& format);

  /// How many surfaces were made because none was free.
  int64_t made() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tessera::device::cpu
