#include "cli/commands.h"
#include "cli/options.h"

namespace tessera::cli {
namespace {

struct Options : LookOptions {
  std::string at;
  bool json = false;
};

Result<int> explain(const Options& options, Context& context, pipeline::Heartbeat& heartbeat) {
  TESSERA_TRY_ASSIGN(const auto inspect, inspect_options(options, heartbeat));
  TESSERA_TRY_ASSIGN(const Micros at, parse_time("--at", options.at));
  TESSERA_TRY_ASSIGN(const pipeline::Explanation explanation,
                     pipeline::explain(options.job, inspect, Rational::from_micros(at), *context.log));
  TESSERA_TRY(print(options.json ? explanation.json : explanation.text));
  return 0;
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      app, context, {"explain", kLook, "tells why a frame looks as it does", "tessera explain job.json --at 12.5"});
  add_look_options(command, *options, false);
  command.add_option("--at", options->at, "show time, like 12.5 or 0:00:12.500")->required();
  command.add_flag("--json", options->json, "one JSON object");
  on_run(command, context, [options](Context& c) {
    return run_watched(options->isolate, options->device, Again::kYes, c,
                       [&](pipeline::Heartbeat& h) { return explain(*options, c, h); });
  });
}

}  // namespace tessera::cli
