#include "engine/media/animation_cache.h"

#include "engine/media/cache_values.h"

namespace tessera::media {
namespace {

/// Raise it when the index's values come to mean something else.
constexpr int kFormatVersion = 1;
constexpr std::string_view kMagic = "tessera animation index\n";

template <class S, class T>
void pass_animation(S& stream, T& index) {
  stream.text(index.path);
  stream.value(index.width);
  stream.value(index.height);
  pass(stream, index.times.tick);
  stream.list(index.times.starts, [&](auto& start) { stream.value(start); });
  stream.value(index.times.duration);
  pass(stream, index.file);
  stream.list(index.packets, [&](auto& packet) {
    stream.value(packet.dts);
    stream.value(packet.frame);
    stream.value(packet.key);
  });
  stream.value(index.stream);
  stream.value(index.can_seek);
}

}  // namespace

Result<CacheKey> animation_cache_key(const std::string& path, const MediaLimits& limits, const std::string& cache_dir) {
  return file_cache_key(path, {kFormatVersion, kMaxAnimationFrames, kMaxAnimationBytes, limits.max_duration}, limits,
                        ".animation", cache_dir);
}

std::optional<AnimationIndex> load_animation(const CacheKey& key) {
  const std::string bytes = read_cache_file(key);
  const auto values = unseal(kMagic, key.identity, bytes);
  if (!values) return std::nullopt;
  CacheReader reader{*values};
  AnimationIndex index;
  pass_animation(reader, index);
  if (reader.failed || !reader.bytes.empty()) return std::nullopt;
  return index;
}

Result<void> store_animation(const AnimationIndex& index, const CacheKey& key) {
  CacheWriter writer;
  pass_animation(writer, index);
  return write_cache_file(key, seal(kMagic, key.identity, writer.bytes));
}

}  // namespace tessera::media
