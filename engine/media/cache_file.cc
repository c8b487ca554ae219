#include "engine/media/cache_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/media/av.h"
#include "engine/media/cache_values.h"

namespace tessera::media {
namespace {

Hash128 checksum(std::string_view bytes) {
  Hash128Hasher hasher;
  hasher.add(as_bytes(bytes));
  return hasher.finish();
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

Result<CacheKey> file_cache_key(const std::string& path, std::initializer_list<int64_t> choices,
                                const MediaLimits& limits, std::string_view ending, const std::string& cache_dir) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail(Errc::kBadInput, path, "can't be opened: " + system_error());
  CacheKey key;
  const auto add = [&](int64_t number) { key.identity += std::to_string(number) + ' '; };
  for (const int64_t number : choices) add(number);
  for (const int64_t number :
       {static_cast<int64_t>(info.st_dev), static_cast<int64_t>(info.st_ino), int64_t{info.st_size},
        int64_t{info.st_mtim.tv_sec}, int64_t{info.st_mtim.tv_nsec}, int64_t{limits.max_side}, limits.max_pixels,
        int64_t{limits.max_streams}, limits.max_bytes, int64_t{avformat_version()}, int64_t{avcodec_version()}}) {
    add(number);
  }
  std::error_code ignored;
  key.identity += std::filesystem::absolute(path, ignored).string();
  key.path = cache_dir + "/" + checksum(key.identity).hex() + std::string(ending);
  return key;
}

std::string seal(std::string_view magic, const std::string& identity, std::string_view values) {
  CacheWriter writer;
  writer.bytes = magic;
  writer.text(identity);
  writer.bytes += values;
  const Hash128 sum = checksum(writer.bytes);
  pass(writer, sum);
  return std::move(writer.bytes);
}

std::optional<std::string_view> unseal(std::string_view magic, const std::string& identity, std::string_view bytes) {
  if (bytes.size() < magic.size() + sizeof(Hash128) || !bytes.starts_with(magic)) return std::nullopt;
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(Hash128));
  CacheReader tail{bytes.substr(body.size())};
  Hash128 stored;
  pass(tail, stored);
  if (stored != checksum(body)) return std::nullopt;
  CacheReader reader{body.substr(magic.size())};
  std::string identity_there;
  reader.text(identity_there);
  if (reader.failed || identity_there != identity) return std::nullopt;
  return reader.bytes;
}

std::string read_cache_file(const CacheKey& key) {
  std::ifstream file(key.path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<void> write_cache_file(const CacheKey& key, std::string_view bytes) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(key.path).parent_path(), error);
  std::string temporary = key.path + ".XXXXXX";
  const int file = ::mkstemp(temporary.data());
  if (file < 0) {
    return fail(Errc::kCapacity, "media.cache", "can't write " + temporary + ": " + system_error(), true);
  }
  // A crash after the rename must not leave an empty entry behind.
  const bool written = write_all(file, bytes) && ::fsync(file) == 0;
  const std::string reason = written ? "" : system_error();
  ::close(file);
  if (written && ::rename(temporary.c_str(), key.path.c_str()) == 0) return {};
  ::unlink(temporary.c_str());
  return fail(Errc::kCapacity, "media.cache", "can't write " + key.path + ": " + (written ? system_error() : reason),
              true);
}

}  // namespace tessera::media
