#include "cli/commands.h"
#include "cli/options.h"

namespace tessera::cli {
namespace {

struct Options : LookOptions {
  std::string rendition, out;
};

Result<int> raw(const Options& options, Context& context, pipeline::Heartbeat& heartbeat) {
  TESSERA_TRY_ASSIGN(const auto inspect, inspect_options(options, heartbeat));
  TESSERA_TRY_ASSIGN(OutputFile out, OutputFile::open(options.out));
  TESSERA_TRY(pipeline::write_raw(options.job, inspect, options.rendition, out.file(), *context.log));
  TESSERA_TRY(out.commit());
  return 0;
}

}  // namespace

void add_raw(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, context,
                                  {"raw", kLook, "writes a rendition's frames before encoding, as YUV4MPEG2",
                                   "tessera raw job.json --rendition portrait/720p --out - | ffplay -"});
  add_job_options(command, *options);
  add_span_options(command, *options);
  add_isolate_options(command, options->isolate);
  command.add_option("--rendition", options->rendition, "PROGRAMME/NAME")->required();
  command.add_option("--out", options->out, "the file to write, - for standard output")->required();
  on_run(command, context, [options](Context& c) {
    return run_watched(options->isolate, options->device, Again::kNo, c,
                       [&](pipeline::Heartbeat& h) { return raw(*options, c, h); });
  });
}

}  // namespace tessera::cli
