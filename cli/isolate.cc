#include "cli/isolate.h"

#include <fstream>
#include <iterator>

#include "engine/pipeline/render_device.h"
#include "engine/pipeline/watchdog.h"

namespace tessera::cli {
namespace {

std::vector<std::string> own_command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size(); at += words.back().size() + 1) words.emplace_back(text.c_str() + at);
  if (words.empty()) words.emplace_back();
  words.front() = "/proc/self/exe";  // the child's own, which is still ours when it is looked up
  return words;
}

}  // namespace

int exit_code_of(const Result<int>& done) { return done ? *done : exit_code(done.error().code); }

void add_isolate_options(CLI::App& command, IsolateOptions& options) {
  command
      .add_option("--isolate", options.isolate,
                  "work in a child process under a watchdog: auto (on a CUDA device), always or never; default: auto")
      ->check([](const std::string& word) {
        const bool known = word == "auto" || word == "always" || word == "never";
        return known ? std::string() : "\"" + word + "\"; wanted auto, always or never";
      });
  command
      .add_option("--watchdog", options.watchdog_s,
                  "seconds after which a device that gives no sign of life is given up; default: 30")
      ->check(CLI::Range(0.1, 86400.0));
}

bool wants_child(const IsolateOptions& options, const std::string& device) {
  if (pipeline::is_watched() || options.isolate == "never") return false;
  return options.isolate == "always" || pipeline::may_be_cuda(device);
}

Result<ChildOutcome> run_child(const IsolateOptions& options, const std::stop_token& stop, int earlier_failures) {
  const auto silence = std::chrono::milliseconds(static_cast<int64_t>(options.watchdog_s * 1000));
  TESSERA_TRY_ASSIGN(const pipeline::ChildEnd end,
                     pipeline::run_under_watchdog({own_command_line(), silence, stop, earlier_failures}));
  if (!end.device_failure.empty() && stop.stop_requested()) {
    return fail(Errc::kDrained, "render", "stopped", true);
  }
  return ChildOutcome{end.exit_code, end.device_failure};
}

Result<int> run_watched(const IsolateOptions& options, std::string& device, Again again, const Context& context,
                        const std::function<Result<int>(pipeline::Heartbeat&)>& work) {
  TESSERA_TRY_ASSIGN(const auto heartbeat, pipeline::heartbeat_to_parent());
  const bool goes_on = device == "auto" && again == Again::kYes;
  if (!wants_child(options, device)) {
    auto done = work(*heartbeat);
    if (!done && pipeline::is_watched() && pipeline::is_of_device(done.error())) {
      heartbeat->device_failed(describe(done.error()));
      if (goes_on) done = exit_code(done.error().code);  // not an error yet
    }
    heartbeat->finished(exit_code_of(done));
    return done;
  }
  TESSERA_TRY_ASSIGN(const ChildOutcome child, run_child(options, {}));
  if (child.device_failure.empty()) return child.exit_code;
  if (goes_on) {
    context.log->warn("the device failed; going on on the CPU", {{"error", child.device_failure}});
    device = "cpu";
    return work(*heartbeat);
  }
  // A child that could speak has said it itself.
  if (child.exit_code != 0) return child.exit_code;
  return fail(Errc::kDevice, "device." + device, child.device_failure + "; --device cpu goes without a GPU");
}

}  // namespace tessera::cli
