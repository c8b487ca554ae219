#pragma once

// For the .cc files of engine/media only.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "engine/media/take_index.h"

/// What is known of a media file, kept between runs under the file's identity.
namespace tessera::media {

/// Where an entry lies in the cache, and what it must say of itself.
struct CacheKey {
  std::string path;      ///< of the cache entry
  std::string identity;  ///< file, its state, the choices and versions that decide what is known of it
};

/// @param choices numbers that decide, besides the file and the limits on media: a format version among them
/// @param ending of the entry's name, ".take"
/// @retval kBadInput the media file can't be looked at
Result<CacheKey> file_cache_key(const std::string& path, std::initializer_list<int64_t> choices,
                                const MediaLimits& limits, std::string_view ending, const std::string& cache_dir);

/// An entry: a first line that tells its kind, the identity, the values, a checksum.
std::string seal(std::string_view magic, const std::string& identity, std::string_view values);

/// The values of an entry, within `bytes`; empty where it is damaged, of another kind or of another identity.
std::optional<std::string_view> unseal(std::string_view magic, const std::string& identity, std::string_view bytes);

/// Empty where there is no entry.
std::string read_cache_file(const CacheKey& key);

/// Replaces the entry in one step: readers see the old one or the new one.
/// @retval kCapacity it could not be written
Result<void> write_cache_file(const CacheKey& key, std::string_view bytes);

}  // namespace tessera::media
