#include "engine/device/pool.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace tessera::device {

struct SurfacePool::State {
  mutable std::mutex mutex;
  std::vector<std::shared_ptr<media::Frame>> unused;  // dropped last: at the back
  int64_t made = 0;
  const size_t most_unused;

  // Room for all, so that dropping a surface never allocates.
  explicit State(size_t most) : most_unused(most) { unused.reserve(most + 1); }

  std::shared_ptr<media::Frame> find(const media::FrameFormat& format) {
    const std::lock_guard lock(mutex);
    const auto at =
        std::find_if(unused.rbegin(), unused.rend(), [&](const auto& frame) { return frame->format == format; });
    if (at == unused.rend()) return nullptr;
    std::shared_ptr<media::Frame> frame = std::move(*at);
    unused.erase(std::next(at).base());
    return frame;
  }

  void give_back(std::shared_ptr<media::Frame> frame) {
    std::shared_ptr<media::Frame> oldest;  // freed after the lock
    const std::lock_guard lock(mutex);
    unused.push_back(std::move(frame));
    if (unused.size() > most_unused) {
      oldest = std::move(unused.front());
      unused.erase(unused.begin());
    }
  }
};

SurfacePool::SurfacePool(Make make, size_t most_unused)
    : make_(std::move(make)), state_(std::make_shared<State>(most_unused)) {}

Result<std::shared_ptr<media::Frame>> SurfacePool::take(const media::FrameFormat& format) {
  std::shared_ptr<media::Frame> frame = state_->find(format);
  if (frame == nullptr) {
    TESSERA_TRY_ASSIGN(frame, make_(format));
    const std::lock_guard lock(state_->mutex);
    ++state_->made;
  }
  media::Frame* surface = frame.get();
  return std::shared_ptr<media::Frame>(
      surface, [state = state_, kept = std::move(frame)](media::Frame*) mutable { state->give_back(std::move(kept)); });
}

int64_t SurfacePool::made() const {
  const std::lock_guard lock(state_->mutex);
  return state_->made;
}

size_t SurfacePool::trim() {
  std::vector<std::shared_ptr<media::Frame>> freed;  // after the lock
  freed.reserve(state_->most_unused + 1);
  const std::lock_guard lock(state_->mutex);
  freed.swap(state_->unused);
  state_->unused.reserve(state_->most_unused + 1);
  return freed.size();
}

}  // namespace tessera::device
