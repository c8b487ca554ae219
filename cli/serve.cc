#include "cli/commands.h"
#include "cli/file_server.h"
#include "cli/stop_signal.h"
#include "engine/origin/origin.h"

namespace tessera::cli {
namespace {

struct Options {
  std::string folder;
  int port = 8000;
};

Result<int> serve(const Options& options, Context& context) {
  TESSERA_TRY_ASSIGN(const auto published, origin::open_origin(options.folder, origin::Access::kRead));
  TESSERA_TRY_ASSIGN(const bool done, published->exists("job.json"));
  if (!done) {
    return fail(Errc::kBadInput, "serve", published->describe() + " has no job.json: nothing was published there yet");
  }
  TESSERA_TRY_ASSIGN(const auto server, FileServer::open(published->describe(), options.port));
  const StopSignal on_signal([&] { server->stop(); });
  TESSERA_TRY(print(server->url() + "\n"));
  context.log->info("serving", {{"folder", published->describe()}, {"stop", "Ctrl-C"}});
  server->run();
  return 0;
}

}  // namespace

void add_serve(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App& command =
      add_command(app, context,
                  {"serve", kMake, "a page that plays what render made, on this machine only", "tessera serve live/"});
  command.add_option("DIR", options->folder, "the folder that render wrote")->required();
  command.add_option("--port", options->port, "TCP port, 0 for any free one; default: 8000")
      ->check(CLI::Range(0, 65535));
  on_run(command, context, [options](Context& c) { return serve(*options, c); });
}

}  // namespace tessera::cli
