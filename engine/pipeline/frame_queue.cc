#include "engine/pipeline/frame_queue.h"

#include <algorithm>

namespace tessera::pipeline {

Result<std::unique_ptr<FrameQueue>> FrameQueue::create(MakeSource make_source, RenderDevice& device,
                                                       std::vector<int64_t> numbers) {
  std::unique_ptr<FrameQueue> queue(new FrameQueue(std::move(make_source), device, std::move(numbers)));
  TESSERA_TRY_ASSIGN(queue->source_, queue->make_source_(device.get()));
  return queue;
}

Result<compose::ComposedFrame> FrameQueue::try_next() {
  const auto ahead = static_cast<size_t>(std::max(1, device_.get().limits().max_frames_in_flight));
  while (in_flight_.size() < ahead && composed_ < numbers_.size()) {
    TESSERA_TRY_ASSIGN(auto frame, source_->compose(numbers_[composed_]));
    in_flight_.push_back(std::move(frame));
    ++composed_;
  }
  TESSERA_TRY_ASSIGN(auto frame, source_->download(in_flight_.front()));
  in_flight_.pop_front();
  ++given_;
  return frame;
}

Result<compose::ComposedFrame> FrameQueue::next() {
  for (;;) {
    auto frame = try_next();
    if (frame) return frame;
    in_flight_.clear();
    source_.reset();
    const bool recovered = device_.recover(frame.error());
    TESSERA_TRY_ASSIGN(source_, make_source_(device_.get()));
    if (!recovered) return frame;
    composed_ = given_;
  }
}

}  // namespace tessera::pipeline
