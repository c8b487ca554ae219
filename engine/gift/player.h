#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "engine/gift/animation.h"

/// From animations to the pictures of a show, decoded as seldom as memory allows.
namespace tessera::gift {

/// Decoded frames of small animations, shared by all who show them: a loop that fits is decoded once. What does not fit
/// as a whole is not kept at all, as its frames would be gone when the loop comes back to them. Thread-safe.
class FrameCache {
 public:
  static constexpr size_t kDefaultBytes = size_t{32} << 20;
  explicit FrameCache(int depth, size_t max_bytes = kDefaultBytes) : depth_(depth), max_bytes_(max_bytes) {}

  int depth() const { return depth_; }
  /// Null where it is not there.
  media::FrameRef find(const Animation& animation, int64_t number);
  /// Keeps a frame, and drops those not asked for longest where the bytes are more than allowed.
  void add(const Animation& animation, int64_t number, const media::FrameRef& frame);
  /// Of the frames held; at most what was allowed.
  size_t bytes() const;

 private:
  using Key = std::pair<Sha256, int64_t>;
  struct Entry {
    Key key;
    media::FrameRef frame;
    size_t bytes = 0;
  };

  const int depth_;
  const size_t max_bytes_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  ///< the one asked for last first
  std::map<Key, std::list<Entry>::iterator> where_;
  size_t bytes_ = 0;
};

/// Gives the frames of every animation on screen. Each showing (an overlay, one gift event) has a decoder of its own,
/// made when a frame is not in the cache and closed when it was not needed for a while.
/// Thread-safety: one caller at a time; several players may share a cache.
class Player {
 public:
  explicit Player(FrameCache& cache) : cache_(cache) {}

  /// Frame `number` of an animation; the same object as before for as long as a showing asks for the same number.
  /// @param showing whatever tells showings apart; one shows one animation
  /// @param now any clock that does not go back: show frames
  /// @retval as Decoder::frame(); the next call for the showing begins anew
  Result<media::FrameRef> frame(const Animation& animation, int64_t showing, int64_t number, int64_t now);

  /// Forgets showings not asked for since `before`, and closes decoders not needed since.
  void close_idle(int64_t before);
  /// Open decoders.
  size_t decoders() const;

 private:
  struct Showing {
    media::FrameRef last;
    int64_t number = -1;
    int64_t asked = 0, decoded = 0;  ///< when last
    std::unique_ptr<Decoder> decoder;
  };

  FrameCache& cache_;
  std::map<std::pair<Sha256, int64_t>, Showing> showings_;
};

}  // namespace tessera::gift
