#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/media/frame.h"
#include "engine/media/take_reader.h"
#include "engine/scene/scene.h"

namespace tessera::pipeline {

/// The still pictures of a job (avatars, logos), each read once. An unreadable one is remembered as such and left out.
/// Thread-safe.
class ImageCache {
 public:
  ImageCache(int depth, const media::MediaLimits& limits) : depth_(depth), limits_(limits) {}

  /// Null where it can't be read.
  media::FrameRef get(const std::string& path);
  std::optional<scene::ImageSize> size(const std::string& path);
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
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace tessera::pipeline
