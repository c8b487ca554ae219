#pragma once

// For the .cc files of engine/media only.

#include <optional>
#include <string>

#include "engine/media/animation.h"
#include "engine/media/cache_file.h"

namespace tessera::media {

/// @retval kBadInput the file can't be looked at
Result<CacheKey> animation_cache_key(const std::string& path, const MediaLimits& limits, const std::string& cache_dir);

/// Empty where there is no entry or it is damaged.
std::optional<AnimationIndex> load_animation(const CacheKey& key);

/// @retval kCapacity it could not be written
Result<void> store_animation(const AnimationIndex& index, const CacheKey& key);

}  // namespace tessera::media
