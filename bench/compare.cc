#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/compare.h"
#include "bench/process.h"
#include "bench/show.h"

namespace tessera::bench {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Options {
  std::string program, script;
  int runs = 3;
  int seconds = 10;
  bool json = false;
};

struct Sample {
  Usage own, other;
};

Result<Sample> measure(const Options& options, const BenchShow& show, const std::string& job,
                       const std::string& folder) {
  const std::string out = folder + "/out";
  fs::remove_all(out);
  Sample sample;
  TESSERA_TRY_ASSIGN(sample.own,
                     run_process({options.program, "render", job, "--out", out, "--cache", "", "--progress", "none"}));
  TESSERA_TRY_ASSIGN(sample.other, run_process(ffmpeg_command(show, folder)));
  return sample;
}

/// Smallest, middle and largest of a figure over the runs.
Json spread(const std::vector<Sample>& samples, double (*figure)(const Sample&)) {
  std::vector<double> values;
  for (const Sample& s : samples) values.push_back(figure(s));
  std::sort(values.begin(), values.end());
  return {{"min", values.front()}, {"median", values[values.size() / 2]}, {"max", values.back()}};
}

Json report(const std::vector<Sample>& samples) {
  return {
      {"tessera_cpu_seconds", spread(samples, [](const Sample& s) { return s.own.cpu_seconds; })},
      {"ffmpeg_cpu_seconds", spread(samples, [](const Sample& s) { return s.other.cpu_seconds; })},
      {"cpu_ratio", spread(samples, [](const Sample& s) { return s.own.cpu_seconds / s.other.cpu_seconds; })},
      {"wall_ratio", spread(samples, [](const Sample& s) { return s.own.wall_seconds / s.other.wall_seconds; })},
      {"tessera_peak_mb", spread(samples, [](const Sample& s) { return static_cast<double>(s.own.peak_bytes) / 1e6; })},
      {"ffmpeg_peak_mb",
       spread(samples, [](const Sample& s) { return static_cast<double>(s.other.peak_bytes) / 1e6; })},
      {"memory_ratio", spread(samples,
                              [](const Sample& s) {
                                return static_cast<double>(s.own.peak_bytes) / static_cast<double>(s.other.peak_bytes);
                              })},
  };
}

Result<Json> compare(const Options& options) {
  const std::string folder = (fs::temp_directory_path() / ("tessera-bench-" + std::to_string(::getpid()))).string();
  fs::create_directories(folder);
  std::fprintf(stderr, "making the show\n");
  TESSERA_TRY(run_process({options.script, folder, std::to_string(options.seconds + 8)}));
  BenchShow show{{folder + "/mia.mp4", folder + "/ada.mp4", folder + "/leo.mkv", folder + "/noor.ts"}, options.seconds};
  TESSERA_TRY_ASSIGN(const std::string job, write_job(show, folder));
  std::vector<Sample> samples;
  for (int run = 0; run < options.runs; ++run) {
    TESSERA_TRY_ASSIGN(const Sample sample, measure(options, show, job, folder));
    std::fprintf(stderr, "run %d of %d: CPU %.1f s, ffmpeg %.1f s\n", run + 1, options.runs, sample.own.cpu_seconds,
                 sample.other.cpu_seconds);
    samples.push_back(sample);
  }
  fs::remove_all(folder);
  return report(samples);
}

void print(const Json& report) {
  for (const auto& [name, values] : report.items()) {
    std::printf("%-22s min %7.2f  median %7.2f  max %7.2f\n", name.c_str(), values["min"].get<double>(),
                values["median"].get<double>(), values["max"].get<double>());
  }
}

}  // namespace

int compare_main(int argc, char** argv) {
  const fs::path self = fs::read_symlink("/proc/self/exe");
  Options options{(self.parent_path() / "tessera").string(),
                  (self.parent_path().parent_path() / "tests/support/make_demo.sh").string()};
  CLI::App app("tessera-bench: measured side by side with stock ffmpeg in one run, in turn, as ratios",
               "tessera-bench compare");
  app.footer("Example:\n  tessera-bench compare --runs 5 --seconds 10");
  app.add_option("--runs", options.runs, "how often each side runs; default: 3")->check(CLI::Range(1, 100));
  app.add_option("--seconds", options.seconds, "length of the show; default: 10")->check(CLI::Range(2, 3600));
  app.add_flag("--json", options.json, "one JSON object on standard output");
  CLI11_PARSE(app, argc, argv);
  const Result<Json> result = compare(options);
  if (!result) {
    std::fprintf(stderr, "tessera-bench: error: %s\n", describe(result.error()).c_str());
    return exit_code(result.error().code);
  }
  if (options.json) {
    std::printf("%s\n", result->dump(2).c_str());
  } else {
    print(*result);
  }
  return 0;
}

}  // namespace tessera::bench
