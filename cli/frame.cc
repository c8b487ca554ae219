#include "cli/commands.h"
#include "cli/options.h"

namespace tessera::cli {
namespace {

struct Options : LookOptions {
  std::string at, out;
};

Result<int> frame(const Options& options, Context& context, pipeline::Heartbeat& heartbeat) {
  TESSERA_TRY_ASSIGN(const auto inspect, inspect_options(options, heartbeat));
  TESSERA_TRY_ASSIGN(const Micros at, parse_time("--at", options.at));
  TESSERA_TRY_ASSIGN(OutputFile out, OutputFile::open(options.out));
  TESSERA_TRY(pipeline::write_frame(options.job, inspect, Rational::from_micros(at), out.file(), *context.log));
  TESSERA_TRY(out.commit());
  if (!out.is_standard_output()) TESSERA_TRY(print(options.out + "\n"));
  return 0;
}

}  // namespace

void add_frame(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      app, context,
      {"frame", kLook, "writes one composed frame as a PNG", "tessera frame job.json --at 12.5 --out frame.png"});
  add_look_options(command, *options, false);
  command.add_option("--at", options->at, "show time, like 12.5 or 0:00:12.500")->required();
  command.add_option("--out", options->out, "the PNG to write, - for standard output")->required();
  on_run(command, context, [options](Context& c) {
    return run_watched(options->isolate, options->device, Again::kYes, c,
                       [&](pipeline::Heartbeat& h) { return frame(*options, c, h); });
  });
}

}  // namespace tessera::cli
