#include <cstdio>
#include <optional>
#include <stop_token>

#include "cli/commands.h"
#include "cli/isolate.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/stop_signal.h"
#include "engine/pipeline/render.h"
#include "engine/pipeline/render_device.h"
#include "engine/pipeline/watchdog.h"

namespace tessera::cli {
namespace {

struct Options : JobOptions {
  IsolateOptions isolate;
  std::string out, stats;
  std::string progress = "auto";
  int jobs = 1;
};

Result<void> write_stats(std::optional<OutputFile>& file, const std::string& text) {
  if (!file) return {};
  std::fputs(text.c_str(), file->file());
  return file->commit();
}

std::string joined(const std::string& out, const std::string& name) {
  return out.ends_with('/') ? out + name : out + "/" + name;
}

std::string summary(const Options& options, const pipeline::RenderReport& report, const pipeline::Stats& stats) {
  std::string text;
  if (!report.published.changed) {
    text = "nothing to do: revision " + std::to_string(report.published.revision) + " is what the job gives\n";
  } else {
    text = "revision " + std::to_string(report.published.revision) + ": " + std::to_string(report.frames) +
           " frames, chunks rendered " + std::to_string(stats.chunks_rendered) + ", reused " +
           std::to_string(stats.chunks_reused) + "\n";
  }
  for (const pipeline::Degraded& d : report.published.degraded) {
    text += "degraded: " + d.take + " " + format_time(Rational::from_micros(d.start)) + " to " +
            format_time(Rational::from_micros(d.end)) + ": " + d.reason + "\n";
  }
  for (const std::string& manifest : report.manifests) text += joined(options.out, manifest) + "\n";
  return text;
}

constexpr const char* kStopped = "stopped; what was finished is kept: run the same command again to go on from there";

Result<int> render_here(const Options& options, Context& context, pipeline::Heartbeat& heartbeat,
                        const std::stop_token& stop, pipeline::Stats& stats) {
  TESSERA_TRY_ASSIGN(const ProgressKind kind, parse_progress(options.progress));
  std::optional<OutputFile> stats_file;
  if (!options.stats.empty()) {
    TESSERA_TRY_ASSIGN(OutputFile file, OutputFile::open(options.stats));
    stats_file.emplace(std::move(file));
  }
  ProgressPrinter printer(kind);
  pipeline::RenderOptions render_options{options.out,
                                         options.device,
                                         options.simd,
                                         options.jobs,
                                         open_options(options),
                                         [&](const pipeline::Progress& progress) { printer.show(progress); },
                                         stop,
                                         &heartbeat};
  device::Counters counters;
  auto report = pipeline::render(options.job, render_options, stats, counters, *context.log);
  printer.finish();
  const Result<void> stats_written = write_stats(stats_file, pipeline::to_json(stats, counters));
  if (!report && report.error().code == Errc::kDrained) return fail(Errc::kDrained, "render", kStopped, true);
  if (!report) {
    const Error& error = report.error();
    if (!pipeline::is_watched() || !pipeline::is_of_device(error)) return tl::unexpected<Error>(error);
    heartbeat.device_failed(describe(error));
    // Not an error yet where the parent goes on without the device.
    if (options.device == "auto") return exit_code(error.code);
    return tl::unexpected<Error>(error);
  }
  TESSERA_TRY(print(summary(options, *report, stats)));
  TESSERA_TRY(stats_written);
  return 0;
}

/// Renders in a child. On "auto" a device that failed is started once more, as chunks that NVENC made are no other
/// encoder's to go on with: what the ledger has is reused. Nothing where it failed again.
Result<std::optional<int>> render_in_child(const Options& options, Context& context, const std::stop_token& stop,
                                           pipeline::Stats& stats) {
  bool again = true;
  while (true) {
    const auto child = run_child(options.isolate, stop, static_cast<int>(stats.device_failures));
    if (!child && child.error().code == Errc::kDrained) return fail(Errc::kDrained, "render", kStopped, true);
    TESSERA_TRY(child);
    if (child->device_failure.empty()) return child->exit_code;
    if (options.device != "auto") {
      // A child that could speak has said it itself.
      if (child->exit_code != 0) return child->exit_code;
      return fail(Errc::kDevice, "device." + options.device, child->device_failure);
    }
    // What was too little for one is too little for the next.
    again = again && child->exit_code != exit_code(Errc::kCapacity);
    context.log->warn(again ? "the device failed; starting it once more" : "the device failed; going on on the CPU",
                      {{"error", child->device_failure}});
    stats.device_failures += 1;
    if (!again) return std::nullopt;
    again = false;
  }
}

Result<int> render(Options options, Context& context) {
  TESSERA_TRY_ASSIGN(const auto heartbeat, pipeline::heartbeat_to_parent());
  std::stop_source stop;
  const StopSignal on_signal([&] { stop.request_stop(); });
  pipeline::Stats stats;
  stats.device_failures = pipeline::earlier_failures();
  if (wants_child(options.isolate, options.device)) {
    TESSERA_TRY_ASSIGN(const auto ended, render_in_child(options, context, stop.get_token(), stats));
    if (ended) return *ended;
    options.device = "cpu";
  }
  auto done = render_here(options, context, *heartbeat, stop.get_token(), stats);
  heartbeat->finished(exit_code_of(done));
  return done;
}

}  // namespace

void add_render(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      app, context,
      {"render", kMake, "renders a job and publishes it; again: only what changed",
       "tessera render job.json --out live/\n  tessera render job.json --out live/ --jobs 2 --stats stats.json"});
  add_job_options(command, *options);
  command.add_option("--out", options->out, "where to publish: a folder or file:// URL")->required();
  command.add_option("--jobs", options->jobs, "chunks in flight, each takes memory; default: 1")
      ->check(CLI::Range(1, 64));
  add_isolate_options(command, options->isolate);
  command.add_option("--stats", options->stats, "write what it took to this file, as JSON");
  command.add_option("--progress", options->progress, "auto, plain, json or none; default: auto");
  on_run(command, context, [options](Context& c) { return render(*options, c); });
}

}  // namespace tessera::cli
