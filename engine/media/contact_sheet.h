#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/media/frame.h"

namespace tessera::media {

/// One picture of a contact sheet and the words under it.
struct SheetPicture {
  FrameRef frame;     ///< planar 4:2:0; all of one size
  std::string label;  ///< one short line
};

/// Pictures, left to right and top to bottom, as the bytes of one labelled PNG (drawn by libavfilter's drawtext and
/// tile). @retval kBadInput no pictures; kInternal libavfilter can't draw text on this machine
Result<std::vector<uint8_t>> contact_sheet(std::span<const SheetPicture> pictures, int columns);

}  // namespace tessera::media
