#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/log.h"
#include "engine/base/result.h"

/// The command line: one file a subcommand, no logic. A new command NAME is
///   - cli/NAME.cc, which defines add_NAME() like this:
///
///       void add_NAME(CLI::App& app, Context& context) {
///         const auto options = std::make_shared<Options>();
///         CLI::App& command = add_command(app, context, {"NAME", kMake, "does this", "tessera NAME job.json"});
///         command.add_option("JOB", options->job, "the job file")->required();
///         on_run(command, context, [options](Context& c) { return run(*options, c); });
///       }
///
///     where run() returns Result<int>, the exit code;
///   - its declaration at the end of this file and its call in main.cc.
namespace tessera::cli {

/// What every command is given.
struct Context {
  std::string log_level = "info";    ///< --log-level as written
  std::string log_format = "text";   ///< --log-format as written
  std::unique_ptr<Log> log;          ///< made before the command runs; never null then
  std::function<Result<int>()> run;  ///< set by the parser: the command that was asked for
};

/// The headings under which `tessera --help` lists the commands.
inline constexpr const char* kCheck = "Check a job";
inline constexpr const char* kLook = "Look at a show";
inline constexpr const char* kMake = "Make and watch the output";
inline constexpr const char* kMachine = "Know the machine";

struct CommandInfo {
  const char* name;
  const char* group;    ///< one of the headings above
  const char* summary;  ///< one line, lower case, no full stop
  const char* example;  ///< a whole command line
};

/// Adds a subcommand with the options every command has. The App lives as long as `app`.
CLI::App& add_command(CLI::App& app, Context& context, const CommandInfo& info);

/// What the command does once the whole line was parsed: the exit code, or an error that main() prints.
void on_run(CLI::App& command, Context& context, std::function<Result<int>(Context&)> body);

/// Writes to standard output, all of it and at once.
/// @retval kUnreachable it is closed or full
Result<void> print(std::string_view text);

void add_validate(CLI::App& app, Context& context);
void add_schema(CLI::App& app, Context& context);
void add_plan(CLI::App& app, Context& context);
void add_frame(CLI::App& app, Context& context);
void add_sheet(CLI::App& app, Context& context);
void add_hash(CLI::App& app, Context& context);
void add_raw(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_render(CLI::App& app, Context& context);
void add_probe(CLI::App& app, Context& context);
void add_serve(CLI::App& app, Context& context);
void add_lint(CLI::App& app, Context& context);

}  // namespace tessera::cli
