#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace tessera::bench {

/// What a finished process took, children included.
struct Usage {
  double wall_seconds = 0;
  double cpu_seconds = 0;  ///< user + system
  int64_t peak_bytes = 0;  ///< resident
};

/// Runs a command found on PATH, its output thrown away, and waits for it. What it says on standard error is kept while
/// it runs.
/// @retval kUsage it can't be started; kDevice it failed: the detail has its last words and the command line
Result<Usage> run_process(const std::vector<std::string>& command);

}  // namespace tessera::bench
