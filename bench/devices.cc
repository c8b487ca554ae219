#include "bench/devices.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "bench/command_line.h"
#include "bench/peers.h"
#include "bench/process.h"
#include "bench/show.h"
#include "bench/workplace.h"

namespace tessera::bench {
namespace {

using Words = std::vector<std::string>;

struct Options {
  std::vector<std::string> clips, devices{"cpu", "vulkan"};
  std::string scaler = "lanczos";
  int runs = 3, seconds = 5;
};

/// A show whose frames all devices make.
struct Case {
  const char* name;
  int depth;
  bool rounded;
};
constexpr std::array<Case, 4> kCases{{{"8 bit", 8, false},
                                      {"8 bit, rounded and translucent", 8, true},
                                      {"10 bit", 10, false},
                                      {"10 bit, rounded and translucent", 10, true}}};

Words hash_command(const std::string& job, const std::string& device, const std::string& scaler) {
  Words words{beside_us("tessera"), "hash", job, "--cache", "", "--scaler", scaler, "--device"};
  const bool scalar = device == "scalar";
  words.push_back(scalar ? "cpu" : device);
  if (scalar) words.insert(words.end(), {"--simd", "scalar"});
  return words;
}

std::string spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  char text[80];
  std::snprintf(text, sizeof text, "%.2f (%.2f to %.2f)", values[values.size() / 2], values.front(), values.back());
  return text;
}

/// One case: every device in turn, in every run. Prints a line a device.
Result<void> measure(const Case& show_case, BenchShow show, const Options& options, const std::string& folder) {
  show.depth = show_case.depth;
  show.rounded = show_case.rounded;
  TESSERA_TRY_ASSIGN(const std::string job, write_job(show, folder));
  Words devices{"scalar"};
  devices.insert(devices.end(), options.devices.begin(), options.devices.end());
  std::map<std::string, std::vector<double>> seconds, ratios;
  for (int run = 0; run < options.runs; ++run) {
    for (const std::string& device : devices) {
      std::fprintf(stderr, "%s, run %d of %d: %s\n", show_case.name, run + 1, options.runs, device.c_str());
      TESSERA_TRY_ASSIGN(const Usage usage, run_process(hash_command(job, device, options.scaler)));
      seconds[device].push_back(usage.cpu_seconds);
      ratios[device].push_back(usage.cpu_seconds / seconds["scalar"].back());
    }
  }
  std::printf("%s\n", show_case.name);
  for (const std::string& device : devices) {
    std::printf("  %-8s %s s of CPU, %s of scalar\n", device.c_str(), spread(seconds[device]).c_str(),
                spread(ratios[device]).c_str());
  }
  std::fflush(stdout);
  return {};
}

Result<void> measure_all(const Options& options) {
  const Workplace place;
  TESSERA_TRY_ASSIGN(const BenchShow show, make_show(options.clips, options.seconds, demo_script(), place.path()));
  std::printf(
      "four guests, an animated overlay, four renditions, %d s, %s: whole runs of tessera hash, decoding included\n",
      options.seconds, options.scaler.c_str());
  for (const Case& show_case : kCases) TESSERA_TRY(measure(show_case, show, options, place.path()));
  return {};
}

}  // namespace

int devices_main(int argc, char** argv) {
  Options options;
  CLI::App app("the same frames on every device, in turn, in one run: CPU time against the scalar code's",
               "tessera-bench devices");
  app.footer("Example:\n  tessera-bench devices --devices vulkan --runs 5 --clips host.mp4 ada.mp4 leo.mkv noor.ts");
  app.add_option("--devices", options.devices, "cpu, vulkan, cuda; default: cpu vulkan")
      ->check(CLI::IsMember({"cpu", "vulkan", "cuda"}));
  app.add_option("--runs", options.runs, "how often each runs; default: 3")->check(CLI::Range(1, 100));
  app.add_option("--seconds", options.seconds, "length of the show; default: 5")->check(CLI::Range(2, 3600));
  app.add_option("--clips", options.clips, "four recordings, at least as long; default: the demo's guests");
  app.add_option("--scaler", options.scaler, "lanczos, bicubic or bilinear; default: lanczos")
      ->check(CLI::IsMember({"lanczos", "bicubic", "bilinear"}));
  if (const auto stop = stop_parsing(app, argc, argv)) return *stop;
  const Result<void> done = measure_all(options);
  if (done) return 0;
  std::fprintf(stderr, "tessera-bench: error: %s\n", describe(done.error()).c_str());
  return exit_code(done.error().code);
}

}  // namespace tessera::bench
