#include "engine/gift/player.h"

#include <algorithm>

namespace tessera::gift {
namespace {

size_t bytes_of(const media::Frame& frame) {
  size_t bytes = 0;
  for (const media::Plane& plane : frame.planes) {
    bytes += static_cast<size_t>(plane.stride) * static_cast<size_t>(plane.height);
  }
  return bytes;
}

}  // namespace

media::FrameRef FrameCache::find(const Animation& animation, int64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = where_.find({animation.identity(), number});
  if (found == where_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->frame;
}

void FrameCache::add(const Animation& animation, int64_t number, const media::FrameRef& frame) {
  const size_t bytes = bytes_of(*frame);
  if (bytes > max_bytes_ / static_cast<size_t>(animation.times().frames())) return;
  const std::lock_guard lock(mutex_);
  const Key key{animation.identity(), number};
  if (where_.contains(key)) return;  // somebody else was quicker
  entries_.push_front({key, frame, bytes});
  where_[key] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > max_bytes_) {
    bytes_ -= entries_.back().bytes;
    where_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

size_t FrameCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

Result<media::FrameRef> Player::frame(const Animation& animation, int64_t showing, int64_t number, int64_t now) {
  const std::pair key{animation.identity(), showing};
  Showing& shown = showings_[key];
  shown.asked = now;
  if (shown.last != nullptr && shown.number == number) return shown.last;
  media::FrameRef picture = cache_.find(animation, number);
  if (picture == nullptr) {
    const auto decode = [&]() -> Result<media::FrameRef> {
      if (shown.decoder == nullptr) {
        TESSERA_TRY_ASSIGN(shown.decoder, animation.decoder(cache_.depth()));
      }
      return shown.decoder->frame(number);
    };
    auto decoded = decode();
    if (!decoded) {
      showings_.erase(key);
      return tl::unexpected<Error>(std::move(decoded).error());
    }
    picture = *std::move(decoded);
    shown.decoded = now;
    cache_.add(animation, number, picture);
  }
  shown.last = picture;
  shown.number = number;
  return picture;
}

void Player::close_idle(int64_t before) {
  for (auto& [key, shown] : showings_) {
    if (shown.decoded < before) shown.decoder.reset();
  }
  std::erase_if(showings_, [&](const auto& entry) { return entry.second.asked < before; });
}

size_t Player::decoders() const {
  return static_cast<size_t>(std::count_if(showings_.begin(), showings_.end(),
                                           [](const auto& entry) { return entry.second.decoder != nullptr; }));
}

}  // namespace tessera::gift
