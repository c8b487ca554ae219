#include <string>

#include "cli/commands.h"
#include "engine/spec/parse.h"

namespace tessera::cli {
namespace {

struct Options {
  std::string job;
  bool resolved = false;
};

std::string count(size_t number, const std::string& thing) {
  return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

std::string summary(const std::string& name, const spec::Show& show) {
  size_t takes = 0;
  for (const spec::Guest& guest : show.job.guests) takes += guest.takes.size();
  size_t renditions = 0;
  for (const spec::Programme& programme : show.job.programmes) renditions += programme.ladder.size();
  return name + ": valid; " + count(show.job.guests.size(), "guest") + ", " + count(takes, "take") + ", " +
         count(show.events.size(), "event") + ", " + count(show.job.programmes.size(), "programme") + ", " +
         count(renditions, "rendition") + "\n";
}

Result<int> validate(const Options& options, Context& context) {
  TESSERA_TRY_ASSIGN(const spec::Show show, spec::load_show(options.job));
  std::string text;
  for (const std::string& notice : show.notices) {
    if (options.resolved) {
      context.log->info(notice);
    } else {
      text += "note: " + notice + "\n";
    }
  }
  text += options.resolved ? spec::to_json(show.job) : summary(options.job, show);
  TESSERA_TRY(print(text));
  return 0;
}

}  // namespace

void add_validate(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, context,
                                  {"validate", kCheck, "checks a job and its event log without media decode",
                                   "tessera validate job.json --resolved"});
  command.add_option("JOB", options->job, "the job file")->required();
  command.add_flag("--resolved", options->resolved, "print the job with every default and absolute paths");
  on_run(command, context, [options](Context& c) { return validate(*options, c); });
}

}  // namespace tessera::cli
