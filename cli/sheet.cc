#include "cli/commands.h"
#include "cli/options.h"

namespace tessera::cli {
namespace {

struct Options : LookOptions {
  std::string out;
};

Result<int> sheet(const Options& options, Context& context, pipeline::Heartbeat& heartbeat) {
  TESSERA_TRY_ASSIGN(const auto inspect, inspect_options(options, heartbeat));
  TESSERA_TRY_ASSIGN(OutputFile out, OutputFile::open(options.out));
  TESSERA_TRY_ASSIGN(const int pictures, pipeline::write_sheet(options.job, inspect, out.file(), *context.log));
  TESSERA_TRY(out.commit());
  if (out.is_standard_output()) return 0;
  TESSERA_TRY(print(options.out + ": " + std::to_string(pictures) + (pictures == 1 ? " picture\n" : " pictures\n")));
  return 0;
}

}  // namespace

void add_sheet(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      app, context,
      {"sheet", kLook, "writes a contact sheet: one frame per scene change", "tessera sheet job.json --out sheet.png"});
  add_look_options(command, *options, true);
  command.add_option("--out", options->out, "the PNG to write, - for standard output")->required();
  on_run(command, context, [options](Context& c) {
    return run_watched(options->isolate, options->device, Again::kYes, c,
                       [&](pipeline::Heartbeat& h) { return sheet(*options, c, h); });
  });
}

}  // namespace tessera::cli
