#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/spec/job.h"

/// Ladders by name. Private to engine/spec.
///
/// Rungs are indexed by the short side, so a preset serves portrait, landscape and square canvases. Average bitrates in
/// kbit/s, at up to 32 frames per second; half as much again above that.
///
/// | short side          | 234 | 360 | 432 | 540  | 720  | 1080 | from |
/// |---------------------|-----|-----|-----|------|------|------|-------------------------------------------------------|
/// | mobile-h264         | 145 | 365 | 730 | 2000 | 3000 | 4500 | Apple's HLS authoring table; 1080 as small screens
/// need | | wide-h264           | 145 | 365 | 730 | 2000 | 3000 | 6000 | Apple's HLS authoring table | | mobile-hevc |
/// - | 145 | 300 | 900  | 2400 | 4500 | Apple's HLS authoring table for HEVC                  | | mobile-av1          |
/// 151 | 277 | 512 | 750  | 1000 | 2000 | Shaka Streamer's HEVC column: its AV1 column is lower |
namespace tessera::spec {

/// The names of the presets, for messages and the schema.
std::span<const std::string_view> ladder_preset_names();

/// The preset's rungs for a canvas, largest first: never larger than the canvas, in its aspect ratio, even, named by
/// their short side ("720p"). Where every rung is larger, one rung of the canvas's own size. Fields that have derived
/// defaults (maxrate, bufsize, profile) are left for the caller. Empty where `name` is no preset.
std::vector<Rendition> ladder_preset(std::string_view name, const Canvas& canvas);

}  // namespace tessera::spec
