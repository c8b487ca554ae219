#include <malloc.h>
#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>

#include "cli/commands.h"
#include "engine/ladder/render_version.h"

namespace tessera::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tessera validate job.json\n"
    "  tessera render job.json --out live/\n"
    "  tessera serve live/\n"
    "\"tessera COMMAND --help\" tells more. Exit codes: 0 done, 2 usage, 10 bad input, 11 limit exceeded,\n"
    "20 origin or source unreachable, 30 device fault, 31 no capacity, 75 drained.";

void add_commands(CLI::App& app, Context& context) {
  add_validate(app, context);
  add_schema(app, context);
  add_plan(app, context);
  add_frame(app, context);
  add_sheet(app, context);
  add_explain(app, context);
  add_hash(app, context);
  add_raw(app, context);
  add_render(app, context);
  add_probe(app, context);
  add_serve(app, context);
  add_lint(app, context);
}

void print_error(std::string_view where, std::string_view detail) {
  std::fprintf(stderr, "tessera: error: %.*s%s%.*s\n", static_cast<int>(where.size()), where.data(),
               where.empty() ? "" : ": ", static_cast<int>(detail.size()), detail.data());
}

/// One line a finding; a detail of several lines says the place on each.
void report(const Error& error, Context& context) {
  const bool several = error.detail.find('\n') != std::string::npos;
  std::string_view rest = error.detail;
  while (true) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    if (context.log && context.log->format() == LogFormat::kJson) {
      context.log->error(line, {{"where", error.where}});
    } else {
      print_error(several ? std::string_view() : error.where, line);
    }
    if (end == rest.size()) return;
    rest.remove_prefix(end + 1);
  }
}

/// The usage error of a line that was not understood, or the help that was asked for.
int stop_parsing(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::string what = error.what();
  std::replace(what.begin(), what.end(), '\n', ' ');
  std::string command = "tessera";
  for (const CLI::App* sub : app.get_subcommands()) command += " " + sub->get_name();
  const std::vector<std::string> left = app.remaining();
  if (app.get_subcommands().empty() && !left.empty()) {
    what = "\"" + left.front() + (left.front().starts_with('-') ? "\" is no option" : "\" is no command");
  }
  print_error("usage", what + "; see \"" + command + " --help\"");
  return exit_code(Errc::kUsage);
}

Result<int> run(Context& context) {
  TESSERA_TRY_ASSIGN(const LogLevel level, parse_log_level(context.log_level));
  TESSERA_TRY_ASSIGN(const LogFormat format, parse_log_format(context.log_format));
  context.log = std::make_unique<Log>(level, format);
  return context.run();
}

int main(int argc, char** argv) {
  // A reader that goes away is an error of the write, told by print().
  std::signal(SIGPIPE, SIG_IGN);
  // libx264 asks for 2 MB pages for every plane, which rounds most of them up: 12 MB more for a ladder, and not faster.
  ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  // Picture-sized blocks go back to the system when freed; else glibc keeps more of them with every chunk.
  constexpr int kPictureSized = 256 << 10;
  ::mallopt(M_MMAP_THRESHOLD, kPictureSized);
  Context context;
  CLI::App app("tessera: multi-guest live shows, composed and encoded as an adaptive-bitrate ladder", "tessera");
  app.set_version_flag(
      "--version",
      [] { return std::string("tessera " TESSERA_VERSION "\nrender version ") + ladder::render_version(); },
      "print the version and the render version");
  app.require_subcommand(1);
  app.footer(kExamples);
  app.get_formatter()->column_width(26);
  add_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return stop_parsing(app, error);
  }
  const Result<int> code = run(context);
  if (code) return *code;
  report(code.error(), context);
  return exit_code(code.error().code);
}

}  // namespace
}  // namespace tessera::cli

int main(int argc, char** argv) { return tessera::cli::main(argc, argv); }
