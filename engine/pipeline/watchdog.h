#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/pipeline/heartbeat.h"

/// Drivers, and libraries on top of them, sometimes hang, spin or take the process with them. So work on a hardware
/// device runs in a child process: the same program, started again with the same arguments. The parent reads its signs
/// of life and ends it when they stop.
namespace tessera::pipeline {

/// How the child ended.
struct ChildEnd {
  int exit_code = 0;           ///< where it ended by itself and on its own terms
  std::string device_failure;  ///< what the device did: it failed, the child fell silent, or it died; else empty
};

struct WatchdogOptions {
  std::vector<std::string> command;  ///< the program's path and its arguments
  std::chrono::milliseconds silence{
      30'000};               ///< device work that gives no sign of life for so long hangs; so does an end
  std::stop_token stop;      ///< sends the child SIGTERM, once
  int earlier_failures = 0;  ///< children of the same work whose device failed; this one knows by earlier_failures()
};

/// Runs the command as a child with a heartbeat, to its end. The child shares standard input, output and error, is in a
/// process group of its own, and does not outlive the calling thread.
/// @retval kCapacity it can't be started
Result<ChildEnd> run_under_watchdog(const WatchdogOptions& options);

/// The heartbeat of this process to the watchdog that started it, and none where nobody did. Once, before any other
/// thread is made.
/// @retval kInternal the parent is gone
Result<std::unique_ptr<Heartbeat>> heartbeat_to_parent();

/// Whether a watchdog started this process.
bool is_watched();

/// How often the device failed in children that did this process's work before it; 0 where no watchdog started it.
int earlier_failures();

}  // namespace tessera::pipeline
