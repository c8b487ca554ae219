#include "engine/media/index_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <type_traits>

#include "engine/media/av.h"

namespace tessera::media {
namespace {

/// Raise it when the index's values come to mean something else.
constexpr int kFormatVersion = 1;
constexpr std::string_view kMagic = "tessera take index\n";

Hash128 checksum(std::string_view bytes) {
  Hash128Hasher hasher;
  hasher.add(as_bytes(bytes));
  return hasher.finish();
}

/// Appends values. Entries stay on the machine that wrote them, so numbers keep its byte order.
class Writer {
 public:
  static constexpr bool kReads = false;
  std::string bytes;

  template <class T>
  void value(const T& number) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void text(const std::string& words) {
    value(static_cast<uint64_t>(words.size()));
    bytes.append(words);
  }
  template <class T, class F>
  void list(const std::vector<T>& values, F each) {
    value(static_cast<uint64_t>(values.size()));
    for (const T& one : values) each(one);
  }
};

/// Takes values off; past the end everything is zero and `failed` is set.
class Reader {
 public:
  static constexpr bool kReads = true;
  std::string_view bytes;
  bool failed = false;

  template <class T>
  void value(T& number) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    if (bytes.size() < sizeof number) {
      failed = true;
      number = T{};
      return;
    }
    std::memcpy(&number, bytes.data(), sizeof number);
    bytes.remove_prefix(sizeof number);
  }
  void text(std::string& words) {
    const size_t size = count();
    words = bytes.substr(0, size);
    bytes.remove_prefix(size);
  }
  template <class T, class F>
  void list(std::vector<T>& values, F each) {
    // Every element takes at least a byte: a count beyond what is left is damage, not an allocation.
    values.resize(count());
    for (T& one : values) each(one);
  }

 private:
  size_t count() {
    uint64_t size = 0;
    value(size);
    if (size > bytes.size()) {
      failed = true;
      size = 0;
    }
    return static_cast<size_t>(size);
  }
};

// One description of each struct, for both directions: S is Writer with const values or Reader with mutable ones.

template <class S, class T>
void pass(S& stream, T& rational) requires std::is_same_v<std::remove_const_t<T>, Rational> {
  stream.value(rational.num);
  stream.value(rational.den);
}

template <class S, class T>
void pass(S& stream, T& hash) requires std::is_same_v<std::remove_const_t<T>, Hash128> {
  stream.value(hash.high);
  stream.value(hash.low);
}

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

std::string system_error() { return std::strerror(errno); }

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Result<CacheKey> cache_key(const std::string& path, const StreamChoice& streams, const MediaLimits& limits,
                           const std::string& cache_dir) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail(Errc::kBadInput, path, "can't be opened: " + system_error());
  CacheKey key;
  for (const int64_t number :
       {int64_t{kFormatVersion}, static_cast<int64_t>(info.st_dev), static_cast<int64_t>(info.st_ino),
        int64_t{info.st_size}, int64_t{info.st_mtim.tv_sec}, int64_t{info.st_mtim.tv_nsec}, int64_t{streams.video},
        int64_t{streams.audio}, int64_t{limits.max_side}, limits.max_pixels, int64_t{limits.max_streams},
        limits.max_bytes, limits.max_duration, int64_t{avformat_version()}, int64_t{avcodec_version()}}) {
    key.identity += std::to_string(number) + ' ';
  }
  std::error_code ignored;
  key.identity += std::filesystem::absolute(path, ignored).string();
  key.path = cache_dir + "/" + checksum(key.identity).hex() + ".take";
  return key;
}

std::string write_index(const TakeIndex& index, const std::string& identity) {
  Writer writer;
  writer.bytes = kMagic;
  writer.text(identity);
  pass_take(writer, index);
  const Hash128 sum = checksum(writer.bytes);
  pass(writer, sum);
  return std::move(writer.bytes);
}

std::optional<TakeIndex> read_index(const std::string& bytes, const std::string& identity) {
  if (bytes.size() < kMagic.size() + sizeof(Hash128) || !bytes.starts_with(kMagic)) return std::nullopt;
  const std::string_view body(bytes.data(), bytes.size() - sizeof(Hash128));
  Reader tail{std::string_view(bytes).substr(body.size())};
  Hash128 stored;
  pass(tail, stored);
  if (stored != checksum(body)) return std::nullopt;
  Reader reader{body.substr(kMagic.size())};
  std::string identity_there;
  reader.text(identity_there);
  if (reader.failed || identity_there != identity) return std::nullopt;
  TakeIndex index;
  pass_take(reader, index);
  if (reader.failed || !reader.bytes.empty()) return std::nullopt;
  return index;
}

std::optional<TakeIndex> load_index(const CacheKey& key) {
  std::ifstream file(key.path, std::ios::binary);
  if (!file) return std::nullopt;
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return read_index(bytes, key.identity);
}

Result<void> store_index(const TakeIndex& index, const CacheKey& key) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(key.path).parent_path(), error);
  std::string temporary = key.path + ".XXXXXX";
  const int file = ::mkstemp(temporary.data());
  if (file < 0) {
    return fail(Errc::kCapacity, "media.cache", "can't write " + temporary + ": " + system_error(), true);
  }
  // A crash after the rename must not leave an empty entry behind.
  const bool written = write_all(file, write_index(index, key.identity)) && ::fsync(file) == 0;
  const std::string reason = written ? "" : system_error();
  ::close(file);
  if (written && ::rename(temporary.c_str(), key.path.c_str()) == 0) return {};
  ::unlink(temporary.c_str());
  return fail(Errc::kCapacity, "media.cache", "can't write " + key.path + ": " + (written ? system_error() : reason),
              true);
}

}  // namespace tessera::media
