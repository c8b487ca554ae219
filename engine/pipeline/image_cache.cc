#include "engine/pipeline/image_cache.h"

#include <fstream>
#include <iterator>

namespace tessera::pipeline {
namespace {

Sha256 hash_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return sha256(as_bytes(bytes));
}

}  // namespace

const ImageCache::Entry& ImageCache::entry(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto [it, is_new] = entries_.try_emplace(path);
  if (is_new) {
    auto image = media::read_image(path, depth_, limits_);
    if (image) {
      it->second.frame = *image;
      it->second.hash = hash_of_file(path);
    } else {
      it->second.error = describe(image.error());
    }
  }
  return it->second;  // map entries never move and never change again
}

media::FrameRef ImageCache::get(const std::string& path) { return entry(path).frame; }

std::optional<scene::ImageSize> ImageCache::size(const std::string& path) {
  if (const auto found = animations_.find(path); found != animations_.end()) {
    const gift::Animation& animation = *found->second;
    return scene::ImageSize{animation.width(), animation.height(), &animation.times()};
  }
  const Entry& image = entry(path);
  if (image.frame == nullptr) return std::nullopt;
  return scene::ImageSize{image.frame->format.width, image.frame->format.height, nullptr};
}

Sha256 ImageCache::hash(const std::string& path) { return entry(path).hash; }

std::string ImageCache::error(const std::string& path) { return entry(path).error; }

}  // namespace tessera::pipeline
