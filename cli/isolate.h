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
/// @param earlier_failures children before this one whose device failed
/// @retval kDrained stopped on request before the child could say so
Result<ChildOutcome> run_child(const IsolateOptions& options, const std::stop_token& stop, int earlier_failures = 0);

/// Whether a command's work may be done again from its beginning after a device failed.
enum class Again : bool {
  kNo,   ///< it writes as it goes, and what a pipe got can't be taken back
  kYes,  ///< it writes at its end
};

/// Runs a command's work here or, where its device may hang, in a child: its exit code. Where the device hangs or fails
/// there, "auto" is done again here on the CPU, if it may; else it is an error.
/// @param device as of --device; "cpu" when the work is done again
/// @param work gets what to give its signs of life to
Result<int> run_watched(const IsolateOptions& options, std::string& device, Again again, const Context& context,
                        const std::function<Result<int>(pipeline::Heartbeat&)>& work);

}  // namespace tessera::cli
