#pragma once

#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "engine/device/frame_plan.h"

namespace tessera::device {

/// Copies in host memory of surfaces, as one submission left them. Found for the surface itself, not for another one
/// that a pool made of the same memory. Thread-safety: one caller at a time.
class Downloads {
 public:
  void add(const media::FrameRef& surface, media::FrameRef host) { made_.emplace_back(surface, std::move(host)); }
  void clear() { made_.clear(); }

  /// The copy of a surface, filled once the submission is done; null where there is none.
  media::FrameRef find(const media::FrameRef& surface) const {
    for (const auto& [of, host] : made_) {
      if (of.lock() == surface) return host;
    }
    return nullptr;
  }

  /// Before a later plan is queued: what it writes is another picture from then on.
  void forget_written(const FramePlan& plan) {
    for (const Batch& batch : plan.batches) {
      for (const Operation& operation : batch.operations) {
        const auto& dst = std::visit([](const auto& op) -> const SurfaceRef& { return op.dst; }, operation);
        std::erase_if(made_, [&](const auto& made) { return made.first.lock() == dst; });
      }
    }
  }

 private:
  std::vector<std::pair<std::weak_ptr<const media::Frame>, media::FrameRef>> made_;
};

}  // namespace tessera::device
