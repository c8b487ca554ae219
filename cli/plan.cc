#include "cli/commands.h"
#include "cli/isolate.h"
#include "cli/options.h"
#include "engine/pipeline/plan_report.h"

namespace tessera::cli {
namespace {

struct Options : JobOptions {
  IsolateOptions isolate;
  std::string out;
  bool json = false;
};

Result<int> plan(const Options& options, Context& context, pipeline::Heartbeat& heartbeat) {
  TESSERA_TRY_ASSIGN(
      const pipeline::PlanReport report,
      pipeline::report_plan(options.job, options.out, options.device, open_options(options), heartbeat, *context.log));
  TESSERA_TRY(print(options.json ? report.json : report.text));
  return 0;
}

}  // namespace

void add_plan(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, context,
                                  {"plan", kCheck, "prints programmes, renditions and chunks: what a render would do",
                                   "tessera plan job.json --out live/"});
  add_job_options(command, *options);
  command.add_option("--out", options->out, "tell which chunks are committed there already");
  command.add_flag("--json", options->json, "one JSON object");
  add_isolate_options(command, options->isolate);
  on_run(command, context, [options](Context& c) {
    return run_watched(options->isolate, options->device, Again::kYes, c,
                       [&](pipeline::Heartbeat& h) { return plan(*options, c, h); });
  });
}

}  // namespace tessera::cli
