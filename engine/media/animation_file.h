#pragma once

// For the .cc files of engine/media only.

#include <optional>
#include <string>
#include <vector>

#include "engine/base/rational.h"
#include "engine/base/result.h"

namespace tessera::media {

/// What a GIF or an APNG says of its frames, found by walking its blocks, without any decoder.
struct AnimationBlocks {
  std::vector<Rational> delays;  ///< seconds, as written; one a frame that is there with all its data
  bool complete = true;          ///< false: the file ends within a frame, or before the frames it announced
};

/// Walks a GIF's blocks. A missing trailer is forgiven, as browsers do.
/// @retval kBadInput not a GIF; kUnreachable it can't be read
Result<AnimationBlocks> walk_gif(const std::string& path);

/// Walks a PNG's chunks; one without animation has no delays. A picture that stands before the first frame control is
/// no frame.
/// @retval kBadInput not a PNG; kUnreachable it can't be read
Result<AnimationBlocks> walk_apng(const std::string& path);

}  // namespace tessera::media
