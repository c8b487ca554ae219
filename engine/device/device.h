#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/device/frame_plan.h"
#include "engine/media/frame.h"

namespace tessera::device {

/// What a device can do. 0 means: not at all.
struct Limits {
  int max_side = 0;  ///< pixels of a surface
  bool depth10 = false;
  int max_frames_in_flight = 1;
};

/// What a device did since it was made. Steady state: the byte counters of pixels and `allocations` stand still.
struct Counters {
  int64_t host_to_device_bytes = 0;
  int64_t device_to_host_bytes = 0;
  int64_t device_to_device_bytes = 0;
  int64_t launches = 0;     ///< batches executed
  int64_t allocations = 0;  ///< surfaces and scratch made, not taken from a pool
};

/// Where planes live and operations run. The CPU device's surfaces are host frames, so nothing is ever copied.
///
/// Thread-safety: one caller at a time; surfaces may be read and released on any thread.
class Device {
 public:
  virtual ~Device() = default;
  virtual std::string name() const = 0;  ///< "cpu"
  virtual const Limits& limits() const = 0;
  virtual Counters counters() const = 0;

  /// A surface from the pool of its format; goes back there when the last reference is dropped. Content undefined.
  virtual Result<std::shared_ptr<media::Frame>> surface(const media::FrameFormat& format) = 0;

  /// Executes a frame plan: its operations in order, as the specification in kernels/README.md says, exactly. On the
  /// CPU it returns when all is done.
  virtual Result<void> execute(const FramePlan& plan) = 0;
};

struct DeviceOptions {
  int threads = 0;  ///< rows are shared over so many threads; 0: one per core
  /// Which vector instructions the cpu device uses: "auto" (the best this machine has), or one of simd_levels(). The
  /// bytes are the same for all.
  std::string simd = "auto";
};

/// What DeviceOptions::simd can name on this machine, beside "auto": "scalar", then every level in rising order, such
/// as "sse4", "avx2", "avx512", "avx512vnni".
std::vector<std::string> simd_levels();

/// @param kind "auto" or "cpu"; the others have issues of their own
/// @retval kUsage an unknown word, or a SIMD level that this machine does not have (lists those it has); kDevice a
/// known device this build or machine lacks (says what is missing)
Result<std::unique_ptr<Device>> create_device(const std::string& kind, const DeviceOptions& options);

}  // namespace tessera::device
