#pragma once

// For the .cc files of engine/media only.

#include <optional>
#include <string>

#include "engine/media/cache_file.h"
#include "engine/media/take_index.h"

namespace tessera::media {

/// @retval kBadInput the media file can't be looked at
Result<CacheKey> cache_key(const std::string& path, const StreamChoice& streams, const MediaLimits& limits,
                           const std::string& cache_dir);

/// The index in its cache form: a header, the identity, the values, a checksum.
std::string write_index(const TakeIndex& index, const std::string& identity);

/// Empty where the bytes are damaged, of another version or of another identity.
std::optional<TakeIndex> read_index(const std::string& bytes, const std::string& identity);

/// Empty where there is no entry or it is damaged.
std::optional<TakeIndex> load_index(const CacheKey& key);

/// Replaces the entry in one step: readers see the old one or the new one.
/// @retval kCapacity it could not be written
Result<void> store_index(const TakeIndex& index, const CacheKey& key);

}  // namespace tessera::media
