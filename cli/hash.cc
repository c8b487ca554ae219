#include "cli/commands.h"
#include "cli/options.h"

namespace tessera::cli {
namespace {

struct Options : LookOptions {
  std::string digest = "xxh3";
};

Result<int> hash(const Options& options, Context& context, pipeline::Heartbeat& heartbeat) {
  if (options.digest != "xxh3" && options.digest != "none") {
    return fail(Errc::kUsage, "--digest", "\"" + options.digest + "\"; wanted xxh3 or none");
  }
  TESSERA_TRY_ASSIGN(const auto inspect, inspect_options(options, heartbeat));
  TESSERA_TRY(pipeline::hash_frames(options.job, inspect, options.digest != "none", stdout, *context.log));
  TESSERA_TRY(print(""));
  return 0;
}

}  // namespace

void add_hash(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      app, context,
      {"hash", kLook, "prints a hash of every frame before encoding", "tessera hash job.json --from 10 --to 12"});
  add_look_options(command, *options, true);
  command.add_option("--digest", options->digest, "xxh3, or none to do the work and print nothing; default: xxh3");
  on_run(command, context, [options](Context& c) {
    return run_watched(options->isolate, options->device, Again::kNo, c,
                       [&](pipeline::Heartbeat& h) { return hash(*options, c, h); });
  });
}

}  // namespace tessera::cli
