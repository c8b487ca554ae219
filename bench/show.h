#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace tessera::bench {

/// A rendition of the show; `bitrate` in bit/s, maxrate and bufsize being 1.5 times as much.
struct Rung {
  const char* name;
  int width, height;
  int64_t bitrate;
};

inline constexpr int kWidth = 1080, kHeight = 1920, kFps = 30, kGuests = 4;
inline constexpr std::array<Rung, 4> kLadder{{{"1080p", 1080, 1920, 4'500'000},
                                              {"720p", 720, 1280, 2'200'000},
                                              {"540p", 540, 960, 1'300'000},
                                              {"360p", 360, 640, 650'000}}};

/// Where the animated overlay lies, in pixels of the canvas. It is shown in its own size.
inline constexpr int kOverlaySide = 360, kOverlayX = 680, kOverlayY = 60;

/// The show that every engine renders: four guests in a still 2x2 grid, each covering its tile, an animated overlay
/// that repeats, four renditions with libx264 veryfast at the same rates, sound mixed and encoded once.
struct BenchShow {
  std::vector<std::string> clips;  ///< four
  std::string overlay;             ///< a .mov with alpha, of kOverlaySide
  int seconds = 10;
  std::string scaler = "bicubic";  ///< bicubic or lanczos
  int depth = 8;                   ///< of the canvas and the renditions, 8 or 10
  bool rounded = false;            ///< tiles apart from each other, with round corners, two of them translucent
};

/// Makes, in `folder`, an overlay and, where `clips` is empty, the demo's four guests.
/// @param script tests/support/make_demo.sh
/// @retval kUsage neither none nor four clips
Result<BenchShow> make_show(const std::vector<std::string>& clips, int seconds, const std::string& script,
                            const std::string& folder);

/// Writes `folder`/job.json, and events.jsonl where it has some, for tessera. @retval kUnreachable it can't be written
Result<std::string> write_job(const BenchShow& show, const std::string& folder);

}  // namespace tessera::bench
