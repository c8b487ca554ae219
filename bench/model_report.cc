#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/command_line.h"
#include "bench/model.h"

namespace tessera::bench {
namespace {

using Json = nlohmann::ordered_json;

/// What was counted by hand before there was a plan to count: no overlay, the canvas read once for all renditions.
constexpr double kHandCountedMb = 31.0, kHandCountedL4 = 24;

constexpr const char* kAssumptions[] = {
    "an engine's rate goes with pixels, engines add up, clocks are those of the tables",
    "NVENC as low-latency CBR: the engine also sets B-frames, look-ahead and adaptive quantisation, which cost more",
    "the encoder's and decoder's own reference traffic is not in the bytes",
    "each operation reads and writes its samples once, from and to memory: caches are left out",
    "sound, the log, compressed bytes and the CPU take no part",
    "GPUs without NVENC download every rendition; the CPUs that must encode them are not in the model",
};

struct Options {
  ModelSettings model;
  std::string guest = "720x1280";
  bool json = false;
};

struct Model {
  ModelSettings settings;
  FrameBytes bytes, without_overlay;
  std::vector<Capacity> gpus;
};

Result<Model> compute(const Options& options) {
  Model m;
  m.settings = options.model;
  std::array<char, 2> rest{};
  if (std::sscanf(options.guest.c_str(), "%dx%d%1s", &m.settings.guest_width, &m.settings.guest_height, rest.data()) !=
          2 ||
      m.settings.guest_width < 16 || m.settings.guest_height < 16 || m.settings.guest_width > 8192 ||
      m.settings.guest_height > 8192) {
    return fail(Errc::kUsage, "--guest", "\"" + options.guest + "\": want WIDTHxHEIGHT of 16 to 8192");
  }
  TESSERA_TRY_ASSIGN(m.bytes, count_show(m.settings));
  ModelSettings bare = m.settings;
  bare.overlay = false;
  TESSERA_TRY_ASSIGN(m.without_overlay, count_show(bare));
  for (const Gpu& gpu : known_gpus()) m.gpus.push_back(predict(gpu, m.settings, m.bytes));
  return m;
}

double mb(int64_t bytes) { return static_cast<double>(bytes) / 1e6; }
double tenths(double v) { return std::round(v * 10) / 10; }

Json gpu_json(const Capacity& c, const ModelSettings& s) {
  const Gpu& g = *c.gpu;
  Json json = {{"name", g.name},
               {"generation", g.rates.generation},
               {"programmes", static_cast<int>(c.programmes)},
               {"limited_by", c.limit}};
  json["nvdec"] = {{"engines", g.decoders},
                   {"engines_source", g.engines_source},
                   {"fps_1080p_an_engine", g.rates.decode},
                   {"rate_source", kRatesSource},
                   {"programmes", tenths(c.decode)}};
  json["memory"] = {{"peak_gb_s", g.memory_gb_s},
                    {"source", g.memory_source},
                    {"share", s.memory_share},
                    {"programmes", tenths(c.memory)}};
  if (c.encode) {
    const EngineRates& r = g.rates;
    json["nvenc"] = {
        {"engines", g.encoders},
        {"engines_source", g.engines_source},
        {"fps_1080p_an_engine", {{"p1", r.encode_p1}, {"p3", r.encode_p3}, {"p5", r.encode_p5}, {"p7", r.encode_p7}}},
        {"rate_source", kRatesSource},
        {"programmes", tenths(*c.encode)}};
  }
  if (c.pcie) {
    json["pcie"] = {
        {"peak_gb_s", g.pcie_gb_s}, {"source", kPcieSource}, {"share", s.pcie_share}, {"programmes", tenths(*c.pcie)}};
  }
  if (c.sessions) {
    json["encoder_sessions"] = {
        {"cap", kCappedSessions}, {"source", kSessionSource}, {"programmes", tenths(*c.sessions)}};
  }
  return json;
}

Json bytes_json(const FrameBytes& b) {
  Json plan = Json::array();
  for (const BatchBytes& batch : b.plan) {
    plan.push_back({{"operations", batch.operations},
                    {"kind", batch.kind},
                    {"read", batch.read},
                    {"written", batch.written},
                    {"read_each_sample_once", batch.read_once}});
  }
  return {{"decoder_map_copies", b.map_copies},
          {"operations", b.compose()},
          {"encoder_reads", b.encoder_reads},
          {"total", b.total()},
          {"operations_each_sample_once_a_batch", b.compose_once()},
          {"renditions", b.renditions},
          {"frame_plan", plan}};
}

Json to_json(const Model& m) {
  Json gpus = Json::array(), assumptions = Json::array();
  for (const Capacity& c : m.gpus) gpus.push_back(gpu_json(c, m.settings));
  for (const char* a : kAssumptions) assumptions.push_back(a);
  const auto& bare = m.without_overlay;
  return {{"label", kModelLabel},
          {"show",
           {{"guests", kGuests},
            {"guest", std::to_string(m.settings.guest_width) + "x" + std::to_string(m.settings.guest_height)},
            {"canvas", std::to_string(kWidth) + "x" + std::to_string(kHeight)},
            {"fps", kFps},
            {"renditions", kLadder.size()},
            {"nvenc_preset", m.settings.preset}}},
          {"bytes_a_frame", bytes_json(m.bytes)},
          {"bytes_a_frame_without_overlay", bytes_json(bare)},
          {"counted_by_hand",
           {{"mb_a_frame", kHandCountedMb},
            {"l4_programmes", kHandCountedL4},
            {"of", "guests of 720x1280, no overlay, the canvas read once for all renditions"}}},
          {"gpus", gpus},
          {"assumptions", assumptions}};
}

template <class... Values>
std::string line(const char* format, Values... values) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

std::string bytes_text(const Model& m) {
  const FrameBytes &b = m.bytes, &bare = m.without_overlay;
  std::string text = "bytes a frame of one programme, counted from its frame plan, MB\n";
  text += line("  %-52s %6.2f\n", "decoders map their pictures: read and written", mb(b.map_copies));
  for (const BatchBytes& batch : b.plan) {
    const std::string what = std::to_string(batch.operations) + " x " + batch.kind;
    text += line("  %-52s %6.2f  = %.2f read + %.2f written\n", what.c_str(), mb(batch.read + batch.written),
                 mb(batch.read), mb(batch.written));
  }
  text += line("  %-52s %6.2f\n", "encoders read the renditions", mb(b.encoder_reads));
  text += line("  %-52s %6.2f  = %.2f GB/s at %d fps\n", "in all", mb(b.total()), mb(b.total()) * kFps / 1e3, kFps);
  text +=
      line("  By hand: %.1f, without the overlay (%.2f here) and with the canvas read once for all renditions (%.2f)\n",
           kHandCountedMb, mb(b.total() - bare.total()), mb(bare.compose() - bare.compose_once()));
  return text;
}

std::string cell(const std::optional<double>& programmes) {
  return programmes ? line("%8.1f", *programmes) : std::string("       -");
}

std::string to_table(const Model& m) {
  std::string text = std::string(kModelLabel) + "\n\n" + bytes_text(m) + "\n";
  text += "programmes of four guests, " + std::to_string(kLadder.size()) + " renditions, " + std::to_string(kFps) +
          " fps, NVENC " + m.settings.preset + " (" + kModelLabel + ")\n";
  text += "  GPU              NVENC   NVDEC  memory    PCIe sessions   carries  limited by\n";
  for (const Capacity& c : m.gpus) {
    text += line("  %-13s", c.gpu->name) + cell(c.encode) + cell(c.decode) + cell(c.memory) + cell(c.pcie) +
            cell(c.sessions) + line("  %8d  %s\n", static_cast<int>(c.programmes), c.limit.c_str());
  }
  text +=
      line("  memory: %.0f %% of peak, PCIe: %.0f %%\n", m.settings.memory_share * 100, m.settings.pcie_share * 100);
  text += std::string("sources: ") + kRatesSource + "; engines and bandwidths: --json has the source of each\n";
  text += "taken for granted:\n";
  for (const char* a : kAssumptions) text += std::string("  ") + a + "\n";
  return text + kModelLabel + "\n";
}

}  // namespace

int model_main(int argc, char** argv) {
  Options options;
  CLI::App app(std::string("what known GPUs should carry of the four-guest show: ") + kModelLabel,
               "tessera-bench model");
  app.add_option("--guest", options.guest, "WIDTHxHEIGHT of the guests' H.264; default: 720x1280");
  app.add_option("--preset", options.model.preset, "of NVENC: p1, p3 (tessera's veryfast), p5, p7; default: p3")
      ->check(CLI::IsMember({"p1", "p3", "p5", "p7"}));
  app.add_option("--memory-share", options.model.memory_share, "of peak memory bandwidth that is usable; default: 0.6")
      ->check(CLI::Range(0.05, 1.0));
  app.add_flag("--json", options.json, "one JSON object on standard output");
  if (const auto stop = stop_parsing(app, argc, argv)) return *stop;
  const auto model = compute(options);
  if (!model) {
    std::fprintf(stderr, "tessera-bench: error: %s\n", describe(model.error()).c_str());
    return exit_code(model.error().code);
  }
  std::printf("%s", options.json ? (to_json(*model).dump(2) + "\n").c_str() : to_table(*model).c_str());
  return 0;
}

}  // namespace tessera::bench
