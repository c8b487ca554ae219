#include "engine/media/index_cache.h"

#include "engine/media/cache_file.h"
#include "engine/media/cache_values.h"

namespace tessera::media {
namespace {

/// Raise it when the index's values come to mean something else.
constexpr int kFormatVersion = 1;
constexpr std::string_view kMagic = "tessera take index\n";

template <class S, class T>
void pass(S& stream, T& format) requires std::is_same_v<std::remove_const_t<T>, VideoFormat> {
  stream.value(format.first_frame);
  stream.value(format.width);
  stream.value(format.height);
  pass(stream, format.sample_aspect);
  stream.value(format.orientation);
  stream.value(format.depth);
  stream.value(format.interlaced);
  stream.value(format.colour.matrix);
  stream.value(format.colour.range);
  stream.value(format.colour.transfer);
}

template <class S, class T>
void pass(S& stream, T& video) requires std::is_same_v<std::remove_const_t<T>, VideoIndex> {
  stream.value(video.stream);
  stream.text(video.codec);
  pass(stream, video.tick);
  stream.value(video.origin);
  stream.list(video.formats, [&](auto& format) { pass(stream, format); });
  stream.list(video.frames, [&](auto& frame) {
    stream.value(frame.pts);
    stream.value(frame.gop);
    stream.value(frame.lost);
  });
  stream.list(video.gops, [&](auto& gop) {
    stream.value(gop.first_frame);
    stream.value(gop.key_dts);
    stream.value(gop.byte_begin);
    stream.value(gop.byte_end);
    pass(stream, gop.hash);
  });
  stream.value(video.last_duration);
  stream.value(video.median_interval);
}

template <class S, class T>
void pass(S& stream, T& audio) requires std::is_same_v<std::remove_const_t<T>, AudioIndex> {
  stream.value(audio.stream);
  stream.text(audio.codec);
  pass(stream, audio.tick);
  stream.value(audio.origin);
  stream.value(audio.sample_rate);
  stream.value(audio.channels);
  stream.list(audio.anchors, [&](auto& anchor) {
    stream.value(anchor.pts);
    stream.value(anchor.sample);
  });
  stream.value(audio.start);
  stream.value(audio.end);
  stream.list(audio.loudness, [&](auto& loudness) { stream.value(loudness); });
  pass(stream, audio.hash);
}

template <class S, class T>
void pass_optional(S& stream, T& part) {
  bool there = part != nullptr;
  stream.value(there);
  if (!there) return;
  if constexpr (S::kReads) part = std::make_shared<typename T::element_type>();
  pass(stream, *part);
}

template <class S, class T>
void pass_take(S& stream, T& index) {
  stream.text(index.path);
  stream.value(index.duration);
  pass_optional(stream, index.video);
  pass_optional(stream, index.audio);
  stream.list(index.losses, [&](auto& loss) {
    stream.value(loss.start);
    stream.value(loss.end);
    stream.text(loss.reason);
  });
  pass(stream, index.identity);
}

}  // namespace

Result<CacheKey> cache_key(const std::string& path, const StreamChoice& streams, const MediaLimits& limits,
                           const std::string& cache_dir) {
  return file_cache_key(path, {kFormatVersion, streams.video, streams.audio, limits.max_duration}, limits, ".take",
                        cache_dir);
}

std::string write_index(const TakeIndex& index, const std::string& identity) {
  CacheWriter writer;
  pass_take(writer, index);
  return seal(kMagic, identity, writer.bytes);
}

std::optional<TakeIndex> read_index(const std::string& bytes, const std::string& identity) {
  const auto body = unseal(kMagic, identity, bytes);
  if (!body) return std::nullopt;
  CacheReader reader{*body};
  TakeIndex index;
  pass_take(reader, index);
  if (reader.failed || !reader.bytes.empty()) return std::nullopt;
  return index;
}

std::optional<TakeIndex> load_index(const CacheKey& key) { return read_index(read_cache_file(key), key.identity); }

Result<void> store_index(const TakeIndex& index, const CacheKey& key) {
  return write_cache_file(key, write_index(index, key.identity));
}

}  // namespace tessera::media
