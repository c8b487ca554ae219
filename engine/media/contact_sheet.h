#pragma once

#include <span>
#include <string>

#include "engine/base/result.h"
#include "engine/media/frame.h"

namespace tessera::media {

/// One picture of a contact sheet and the words under it.
struct SheetPicture {
  FrameRef frame;     ///< planar 4:2:0; all of one size
  std::string label;  ///< one short line
};

/// Writes pictures, left to right and top to bottom, as one labelled PNG (drawn by libavfilter's drawtext and tile).
/// Whole or not at all. @retval kBadInput no pictures; kInternal libavfilter can't draw text on this machine
Result<void> write_contact_sheet(std::span<const SheetPicture> pictures, int columns, const std::string& path);

}  // namespace tessera::media
