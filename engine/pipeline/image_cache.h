#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/gift/player.h"
#include "engine/media/frame.h"
#include "engine/media/take_reader.h"
#include "engine/pipeline/open_animations.h"
#include "engine/scene/scene.h"

namespace tessera::pipeline {

/// The pictures of a job at one depth: still ones (avatars, logos), each read once, and the animations' frames, kept as
/// far as memory allows. An unreadable still picture is remembered as such and left out. Thread-safe.
class ImageCache {
 public:
  /// @param animations what moves
  ImageCache(int depth, const media::MediaLimits& limits, const Animations& animations)
      : depth_(depth), limits_(limits), animations_(animations), frames_(depth) {}

  /// What scene knows of a file: see scene::ImageSize. Empty where it can't be read.
  std::optional<scene::ImageSize> size(const std::string& path);

  /// The animation at a path that size() called one.
  const gift::Animation& animation(const std::string& path) const { return *animations_.at(path); }
  gift::FrameCache& frames() { return frames_; }

  /// The still picture, or the first of an animation; null where it can't be read.
  media::FrameRef get(const std::string& path);
  /// SHA-256 of the file's bytes; of nothing where it can't be read.
  Sha256 hash(const std::string& path);
  /// Why it can't be read; empty where it can.
  std::string error(const std::string& path);

 private:
  struct Entry {
    media::FrameRef frame;
    Sha256 hash;
    std::string error;
  };
  const Entry& entry(const std::string& path);

  const int depth_;
  const media::MediaLimits limits_;
  const Animations animations_;
  gift::FrameCache frames_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace tessera::pipeline
