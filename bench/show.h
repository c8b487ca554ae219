#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace tessera::bench {

/// The four-guest show that both sides render: the demo's clips in a still 2x2 grid on 1080x1920 at 30 frames a second,
/// four renditions with libx264 veryfast at the same rates, sound mixed and encoded once.
struct BenchShow {
  std::vector<std::string> clips;  ///< four, from tests/support/make_demo.sh
  int seconds = 10;
};

/// Writes `folder`/job.json for tessera. @retval kUnreachable it can't be written
Result<std::string> write_job(const BenchShow& show, const std::string& folder);

/// The stock ffmpeg command line for the same show, into `folder`.
std::vector<std::string> ffmpeg_command(const BenchShow& show, const std::string& folder);

}  // namespace tessera::bench
