#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "engine/pipeline/frame_source.h"
#include "engine/pipeline/render_device.h"

namespace tessera::pipeline {

/// Some frames of a programme, in order and in host memory. As many as the device takes are composed ahead of
/// the one that is asked for; should the device fail and another take its place, those not yet given are made again.
/// Thread-safety: one caller at a time.
class FrameQueue {
 public:
  using MakeSource = std::function<Result<std::unique_ptr<FrameSource>>(device::Device&)>;

  /// @param numbers of the frames, in the order in which they will be asked for
  static Result<std::unique_ptr<FrameQueue>> create(MakeSource make_source, RenderDevice& device,
                                                    std::vector<int64_t> numbers);

  /// The next frame. Not after the last.
  Result<compose::ComposedFrame> next();

  /// Where the frames come from now.
  const FrameSource& source() const { return *source_; }

 private:
  FrameQueue(MakeSource make_source, RenderDevice& device, std::vector<int64_t> numbers)
      : make_source_(std::move(make_source)), device_(device), numbers_(std::move(numbers)) {}
  Result<compose::ComposedFrame> try_next();

  MakeSource make_source_;
  RenderDevice& device_;
  std::unique_ptr<FrameSource> source_;
  std::deque<compose::ComposedFrame> in_flight_;
  std::vector<int64_t> numbers_;
  size_t composed_ = 0, given_ = 0;  ///< how many of them
};

}  // namespace tessera::pipeline
