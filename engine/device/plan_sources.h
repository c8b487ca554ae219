#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/device/frame_plan.h"

namespace tessera::device {

/// Replaces every frame that a plan reads by what `on_device` makes of it.
/// @param on_device FrameRef -> Result<FrameRef>; its first error is given back
template <class F>
Result<void> replace_sources(FramePlan& plan, F&& on_device) {
  for (Batch& batch : plan.batches) {
    for (Operation& operation : batch.operations) {
      TESSERA_TRY(std::visit(
          [&](auto& op) -> Result<void> {
            if constexpr (requires { op.src; }) {
              TESSERA_TRY_ASSIGN(op.src, on_device(op.src));
            }
            if constexpr (requires { op.mask; }) {
              TESSERA_TRY_ASSIGN(op.mask, on_device(op.mask));
            }
            return {};
          },
          operation));
    }
  }
  return {};
}

/// Appends every frame that a plan reads, writes or names as a result.
inline void append_frames(const FramePlan& plan, std::vector<std::shared_ptr<const void>>& kept) {
  for (const Batch& batch : plan.batches) {
    for (const Operation& operation : batch.operations) {
      std::visit(
          [&](const auto& op) {
            kept.push_back(op.dst);
            if constexpr (requires { op.src; }) kept.push_back(op.src);
            if constexpr (requires { op.mask; }) kept.push_back(op.mask);
          },
          operation);
    }
  }
  kept.insert(kept.end(), plan.results.begin(), plan.results.end());
}

}  // namespace tessera::device
