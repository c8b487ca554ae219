#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "cli/commands.h"

namespace tessera::cli {

CLI::App& add_command(CLI::App& app, Context& context, const CommandInfo& info) {
  CLI::App* command = app.add_subcommand(info.name, info.summary);
  command->group(info.group);
  command->footer(std::string("Example:\n  ") + info.example);
  command->add_option("--log-level", context.log_level, "debug, info, warn, error or off; default: info");
  command->add_option("--log-format", context.log_format, "text or json, on standard error; default: text");
  return *command;
}

void on_run(CLI::App& command, Context& context, std::function<Result<int>(Context&)> body) {
  command.callback([&context, body = std::move(body)] { context.run = [&context, body] { return body(context); }; });
}

Result<void> print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return {};
  return fail(Errc::kUnreachable, "stdout", std::string("can't be written: ") + std::strerror(errno));
}

}  // namespace tessera::cli
