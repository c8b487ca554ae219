#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "engine/base/result.h"
#include "engine/media/frame.h"

namespace tessera::device {

/// Surfaces by format. What is dropped is kept for the next who asks; of unused ones, those dropped last.
/// Thread-safety: all of it, also of dropping surfaces; the pool may die before its surfaces.
class SurfacePool {
 public:
  using Make = std::function<Result<std::shared_ptr<media::Frame>>(const media::FrameFormat&)>;

  /// @param make makes a surface; default: in host memory
  /// @param most_unused are kept
  explicit SurfacePool(Make make = media::allocate_frame, size_t most_unused = 32);

  /// A surface with undefined content.
  Result<std::shared_ptr<media::Frame>> take(const media::FrameFormat& format);

  /// How many surfaces were made because none was free.
  int64_t made() const;

  /// Frees all unused surfaces. Returns how many.
  size_t trim();

 private:
  struct State;
  Make make_;
  std::shared_ptr<State> state_;
};

}  // namespace tessera::device
