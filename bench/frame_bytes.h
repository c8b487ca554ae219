#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/device/device.h"

/// The bytes that a frame's operations read and write, counted from its plan.
namespace tessera::bench {

/// Samples, each once for every operation that touches it: what caches can't save between operations, and a lower bound
/// for an operation by itself. Tables and parameters are not counted.
struct BatchBytes {
  std::string kind;  ///< "resample", "blend", "move", "convert"
  int operations = 0;
  int64_t read = 0;
  int64_t written = 0;
  int64_t read_once = 0;  ///< with what several operations of the batch read counted once
};

/// @retval kInternal an operation that breaks its rules
Result<std::vector<BatchBytes>> count_bytes(const device::FramePlan& plan);

/// Takes plans and runs none of them. Its surfaces are host frames of undefined content.
/// Thread-safety: one caller at a time.
class PlanRecorder final : public device::Device {
 public:
  std::string name() const override { return "recorder"; }
  const device::Limits& limits() const override { return limits_; }
  device::Counters counters() const override { return {}; }
  Result<std::shared_ptr<media::Frame>> surface(const media::FrameFormat& format) override {
    return media::allocate_frame(format);
  }
  Result<void> execute(const device::FramePlan& plan) override {
    plans_.push_back(plan);
    return {};
  }
  Result<media::FrameRef> download(const media::FrameRef& surface) override { return surface; }

  const std::vector<device::FramePlan>& plans() const { return plans_; }

 private:
  device::Limits limits_{8192, true, 1};
  std::vector<device::FramePlan> plans_;
};

}  // namespace tessera::bench
