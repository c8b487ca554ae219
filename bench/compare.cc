#include "bench/compare.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/command_line.h"
#include "bench/peers.h"
#include "bench/process.h"
#include "bench/report.h"
#include "bench/ssim.h"
#include "bench/workplace.h"

namespace tessera::bench {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string script, out, scaler = "bicubic";
  std::vector<std::string> clips;
  std::set<std::string> stages, engines;
  int runs = 3;
  int seconds = 10;
  bool json = false, quality = false;
};

bool wanted(const std::set<std::string>& words, const std::string& word) {
  return words.empty() || words.contains(word);
}

Result<void> run_all(const Options& options, const std::vector<Engine>& engines, const std::string& folder,
                     Comparison& c) {
  for (int run = 0; run < options.runs; ++run) {
    for (const Stage stage : kStages) {
      if (!wanted(options.stages, name_of(stage))) continue;
      std::fprintf(stderr, "run %d of %d, %s:", run + 1, options.runs, name_of(stage));
      for (const Engine& engine : engines) {
        if (c.failed.contains(engine.name)) continue;
        const Result<Usage> usage = run_process(engine.command(stage, c.show, folder));
        if (!usage && engine.name == "tessera") return tl::unexpected(usage.error());
        if (!usage) {
          c.failed[engine.name] = describe(usage.error());
          std::fprintf(stderr, "  %s fails and is left out", engine.name.c_str());
          continue;
        }
        c.runs[engine.name][stage].push_back(*usage);
        std::fprintf(stderr, "  %s %.2f s of CPU", engine.name.c_str(), usage->cpu_seconds);
      }
      std::fprintf(stderr, "\n");
    }
  }
  for (const auto& [engine, why] : c.failed) {
    std::erase(c.engines, engine);
    c.runs.erase(engine);
  }
  return {};
}

Result<nlohmann::ordered_json> compare(const Options& options) {
  const Workplace place;
  std::fprintf(stderr, "making the show\n");
  Comparison c;
  TESSERA_TRY_ASSIGN(c.show, make_show(options.clips, options.seconds, options.script, place.path()));
  c.show.scaler = options.scaler;
  TESSERA_TRY(write_job(c.show, place.path()));
  std::vector<Engine> all;
  for (const Engine& engine : engines()) {
    if (engine.name != "tessera" && !wanted(options.engines, engine.name)) continue;
    c.engines.push_back(engine.name);
    all.push_back(engine);
  }
  TESSERA_TRY(run_all(options, all, place.path(), c));
  if (options.quality && wanted(options.stages, name_of(Stage::kFull))) {
    std::fprintf(stderr, "measuring SSIM\n");
    TESSERA_TRY_ASSIGN(c.ssim, ssim_of_largest(c.show, place.path()));
  }
  return to_json(c);
}

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) return fail(Errc::kUnreachable, path, "can't be written");
  return {};
}

Result<void> write_report(const std::string& folder, const nlohmann::ordered_json& report) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  TESSERA_TRY(write_file(folder + "/compare.json", report.dump(2) + "\n"));
  TESSERA_TRY(write_file(folder + "/compare.svg", to_svg(report)));
  std::fprintf(stderr, "written: %s/compare.json, %s/compare.svg\n", folder.c_str(), folder.c_str());
  return {};
}

void add_options(CLI::App& app, Options& options) {
  app.footer(
      "Stages: decode (every picture of the guests), compose (and composed and scaled), full (and encoded, with "
      "sound).\n"
      "Example:\n  tessera-bench compare --runs 5 --clips host.mp4 ada.mp4 leo.mkv noor.ts --out bench-out");
  app.add_option("--runs", options.runs, "how often each side runs; default: 3")->check(CLI::Range(1, 100));
  app.add_option("--seconds", options.seconds, "length of the show; default: 10")->check(CLI::Range(2, 3600));
  app.add_option("--clips", options.clips, "four recordings, at least as long; default: the demo's guests");
  app.add_option("--scaler", options.scaler, "bicubic or lanczos, on every side; default: bicubic")
      ->check(CLI::IsMember({"bicubic", "lanczos"}));
  app.add_option("--stages", options.stages, "which; default: all")
      ->check(CLI::IsMember({"decode", "compose", "full"}));
  app.add_option("--peers", options.engines, "ffmpeg, gstreamer; default: those installed");
  app.add_option("--out", options.out, "folder to write compare.json and compare.svg to");
  app.add_flag("--quality", options.quality, "also SSIM of the largest rendition, tessera's and ffmpeg's");
  app.add_flag("--json", options.json, "one JSON object on standard output");
}

}  // namespace

int compare_main(int argc, char** argv) {
  Options options;
  options.script = demo_script();
  CLI::App app("the four-guest show: tessera and its peers on the same files and settings, in turn, in one run",
               "tessera-bench compare");
  add_options(app, options);
  if (const auto stop = stop_parsing(app, argc, argv)) return *stop;
  const auto report = compare(options);
  const Result<void> written = report && !options.out.empty() ? write_report(options.out, *report) : Result<void>{};
  if (!report || !written) {
    const Error& error = report ? written.error() : report.error();
    std::fprintf(stderr, "tessera-bench: error: %s\n", describe(error).c_str());
    return exit_code(error.code);
  }
  std::printf("%s", options.json ? (report->dump(2) + "\n").c_str() : to_table(*report).c_str());
  return 0;
}

}  // namespace tessera::bench
