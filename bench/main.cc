#include <cstdio>
#include <cstring>
#include <string>

#include "bench/compare.h"
#include "bench/decode.h"
#include "bench/devices.h"
#include "bench/gpu.h"
#include "bench/model.h"
#include "bench/ops.h"

/// tessera-bench: one subcommand a kind of measurement.
namespace {

constexpr const char* kHelp =
    "tessera-bench: how fast, measured side by side in one run\n"
    "\n"
    "  tessera-bench compare     the four-guest show: tessera and stock ffmpeg in turn (the default)\n"
    "  tessera-bench ops         every operation by itself, and composition with scaling, on every SIMD level\n"
    "  tessera-bench devices     the same frames on every device: CPU time against the scalar code's\n"
    "  tessera-bench decode JOB  decodes what the job shows and drops it: the part of a render that is not composing\n"
    "  tessera-bench model       what known GPUs should carry of the show: a model, not a measurement\n"
    "  tessera-bench gpu         an NVIDIA GPU: operations, stages, shows at once, and stock ffmpeg on it\n"
    "\n"
    "tessera-bench COMMAND --help tells a command's options.\n";

int usage(const std::string& what) {
  std::fprintf(stderr, "tessera-bench: error: usage: %s; see \"tessera-bench --help\"\n", what.c_str());
  return tessera::exit_code(tessera::Errc::kUsage);
}

}  // namespace

int main(int argc, char** argv) {
  const auto asked = [&](const char* word) { return argc > 1 && std::strcmp(argv[1], word) == 0; };
  if (asked("compare")) return tessera::bench::compare_main(argc - 1, argv + 1);
  if (asked("devices")) return tessera::bench::devices_main(argc - 1, argv + 1);
  if (asked("ops")) return tessera::bench::ops_main(argc - 1, argv + 1);
  if (asked("gpu")) return tessera::bench::gpu_main(argc - 1, argv + 1);
  if (asked("model")) return tessera::bench::model_main(argc - 1, argv + 1);
  if (asked("decode")) {
    if (argc != 3) return usage("decode wants one JOB");
    const tessera::Result<void> decoded = tessera::bench::decode_show(argv[2]);
    if (decoded) return 0;
    std::fprintf(stderr, "tessera-bench: error: %s\n", tessera::describe(decoded.error()).c_str());
    return tessera::exit_code(decoded.error().code);
  }
  if (asked("help") || asked("-h") || asked("--help")) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (argc > 1 && argv[1][0] != '-') return usage("\"" + std::string(argv[1]) + "\" is no command");
  return tessera::bench::compare_main(argc, argv);
}
