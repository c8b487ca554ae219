#include "bench/gpu.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/command_line.h"
#include "bench/gpu_report.h"

namespace tessera::bench {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string script;
  std::vector<std::string> clips;
  std::set<std::string> parts;
  int seconds = 10;
  int most = 256;
  bool json = false;
};

/// A folder that is gone with this.
class Folder {
 public:
  Folder() : path_((fs::temp_directory_path() / ("tessera-bench-" + std::to_string(::getpid()))).string()) {
    fs::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<std::string> describe_gpu() {
  TESSERA_TRY_ASSIGN(const auto gpus, device::cuda_adapters());
  const auto at = std::find_if(gpus.begin(), gpus.end(), [](const auto& g) { return g.missing.empty(); });
  if (at == gpus.end()) {
    return fail(Errc::kDevice, "bench.gpu",
                gpus.empty() ? "there is no GPU" : gpus.front().name + ": " + gpus.front().missing);
  }
  return at->name + ", compute capability " + at->capability + ", driver " +
         (at->driver.empty() ? "unknown" : at->driver) + ", CUDA " + at->cuda + ", kernels " + at->kernels;
}

Result<void> measure_operations(GpuFindings& f) {
  std::fprintf(stderr, "operations\n");
  TESSERA_TRY_ASSIGN(const auto device, device::create_device("cuda", {}));
  TESSERA_TRY_ASSIGN(const auto timer, GpuTimer::create(*device));
  if (!f.simulated) {
    TESSERA_TRY_ASSIGN(f.copy_bytes_a_second, timer->copy_bandwidth());
  }
  TESSERA_TRY_ASSIGN(f.operations, time_operations(*device, *timer, f.simulated));
  return {};
}

Result<void> measure_show(const Options& options, GpuFindings& f) {
  const auto wanted = [&](const char* part) { return options.parts.empty() || options.parts.contains(part); };
  if (!wanted("stages") && !wanted("shows") && !wanted("ffmpeg")) return {};
  const Folder folder;
  std::fprintf(stderr, "making the show\n");
  TESSERA_TRY_ASSIGN(const BenchShow files, make_show(options.clips, options.seconds, options.script, folder.path()));
  TESSERA_TRY_ASSIGN(const std::string job, write_job(files, folder.path()));
  TESSERA_TRY_ASSIGN(const auto show, GpuShow::load(job));
  f.encodes_on_gpu = show->encodes_on_gpu;
  if (wanted("stages")) {
    std::fprintf(stderr, "the show, stage by stage\n");
    TESSERA_TRY_ASSIGN(f.stages, run_stages(*show));
  }
  if (wanted("shows")) {
    std::fprintf(stderr, "shows at once\n");
    // A simulated GPU is late with the first show already; two show that several can run.
    constexpr double kAnyTime = 1e9;
    f.shows = f.simulated ? std::vector<Held>{run_shows(*show, 2, kAnyTime)} : find_most_shows(*show, options.most);
  }
  if (wanted("ffmpeg")) {
    std::fprintf(stderr, "stock ffmpeg\n");
    f.ffmpeg = f.simulated ? PeerRun{0, 0, "the simulated GPU has none of ffmpeg's own kernels"}
                           : run_ffmpeg_cuda(files, folder.path());
  }
  return {};
}

Result<GpuFindings> measure(const Options& options) {
  GpuFindings f;
  TESSERA_TRY_ASSIGN(f.gpu, describe_gpu());
  f.simulated = is_simulated();
  if (options.parts.empty() || options.parts.contains("ops")) TESSERA_TRY(measure_operations(f));
  TESSERA_TRY(measure_show(options, f));
  return f;
}

void add_options(CLI::App& app, Options& options) {
  app.footer(
      "Parts: ops (every operation by itself, in percent of what the GPU copies), stages (decode, compose, encode),\n"
      "shows (how many four-guest shows at 30 fps at once, until a frame is late), ffmpeg (the show through stock "
      "ffmpeg).\nExample:\n  tessera-bench gpu --parts ops shows --json");
  app.add_option("--parts", options.parts, "which; default: all")
      ->check(CLI::IsMember({"ops", "stages", "shows", "ffmpeg"}));
  app.add_option("--seconds", options.seconds, "length of the show; default: 10")->check(CLI::Range(1, 3600));
  app.add_option("--most", options.most, "shows at once to try at most; default: 256")->check(CLI::Range(1, 4096));
  app.add_option("--clips", options.clips, "four recordings, at least as long; default: the demo's guests");
  app.add_flag("--json", options.json, "one JSON object on standard output");
}

}  // namespace

int gpu_main(int argc, char** argv) {
  Options options;
  options.script =
      (fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "tests/support/make_demo.sh").string();
  CLI::App app("what an NVIDIA GPU does of the four-guest show", "tessera-bench gpu");
  add_options(app, options);
  if (const auto stop = stop_parsing(app, argc, argv)) return *stop;
  const auto findings = measure(options);
  if (!findings) {
    std::fprintf(stderr, "tessera-bench: error: %s\n", describe(findings.error()).c_str());
    return exit_code(findings.error().code);
  }
  std::printf("%s", options.json ? (to_json(*findings).dump(2) + "\n").c_str() : to_table(*findings).c_str());
  return 0;
}

}  // namespace tessera::bench
