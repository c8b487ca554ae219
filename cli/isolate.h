#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "cli/commands.h"
#include "engine/pipeline/heartbeat.h"

/// Running a command's work on a hardware device in a child process, under a watchdog.
namespace tessera::cli {

struct IsolateOptions {
  std::string isolate = "auto";
  double watchdog_s = 30;
};
void add_isolate_options(CLI::App& command, IsolateOptions& options);

/// Whether this process should start a child for a device: never within one.
bool wants_child(const IsolateOptions& options, const std::string& device);

/// What a process exits with whose command ended so.
int exit_code_of(const Result<int>& done);

/// How a child ended.
struct ChildOutcome {
  int exit_code = 0;
  std::string device_failure;  ///< not empty: the device failed, and another one may go on
};

/// Starts this program again with its own command line and waits for its end.
/// @param stop forwarded to the child
/// @retval kDrained stopped on request before the child could say so
Result<ChildOutcome> run_child(const IsolateOptions& options, const std::stop_token& stop);

/// Runs a command's work here or, where its device may hang, in a child: its exit code. What hangs or dies there is an
/// error, and is not tried elsewhere: what was written to a pipe can't be taken back.
/// @param device as of --device; none is needed to be there
/// @param work gets what to give its signs of life to
Result<int> run_watched(const IsolateOptions& options, const std::string& device,
                        const std::function<Result<int>(pipeline::Heartbeat&)>& work);

}  // namespace tessera::cli
