#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/isolate.h"
#include "cli/probe_nvidia.h"
#include "engine/device/device.h"
#include "engine/media/capabilities.h"
#include "engine/media/take_index.h"

namespace tessera::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  IsolateOptions isolate;
  bool json = false;
};

/// A device by name and whether it can be used.
struct DeviceRow {
  std::string name;
  device::Limits limits;
  std::string missing;
};

std::vector<DeviceRow> devices(pipeline::Heartbeat::Work& life) {
  std::vector<DeviceRow> rows;
  for (const char* name : {"cpu", "vulkan", "cuda"}) {
    const auto made = device::create_device(name, {});
    rows.push_back(made ? DeviceRow{name, (*made)->limits(), ""} : DeviceRow{name, {}, made.error().detail});
    life.beat();
  }
  return rows;
}

Json codecs_json(const std::vector<media::CodecSupport>& all) {
  Json rows = Json::array();
  for (const auto& c : all) {
    rows.push_back({{"codec", c.name}, {"usable", c.missing.empty()}, {"by", c.by}, {"missing", c.missing}});
  }
  return rows;
}

std::string codecs_text(const std::vector<media::CodecSupport>& all) {
  std::string text;
  for (const auto& c : all) text += row_text(c.name, c.missing.empty(), c.missing.empty() ? c.by : c.missing);
  return text;
}

/// The levels, lowest first: the last is what --simd auto uses.
std::string levels_text() {
  std::string text;
  for (const std::string& level : device::simd_levels()) text += (text.empty() ? "" : ", ") + level;
  return text;
}

/// The adapters that --device vulkan chooses from, the first usable one; none where there is no Vulkan.
std::vector<device::Adapter> adapters() {
  auto all = device::vulkan_adapters();
  return all ? *std::move(all) : std::vector<device::Adapter>();
}

Json adapters_json() {
  Json rows = Json::array();
  for (const device::Adapter& a : adapters()) {
    rows.push_back({{"name", a.name},
                    {"type", a.type},
                    {"driver", a.driver},
                    {"api", a.api},
                    {"usable", a.missing.empty()},
                    {"missing", a.missing}});
  }
  return rows;
}

std::string adapters_text() {
  std::string text;
  for (const device::Adapter& a : adapters()) {
    const std::string what = a.name + ", " + a.type + ", " + a.driver + ", Vulkan " + a.api;
    text += row_text("  adapter", a.missing.empty(), a.missing.empty() ? what : what + ": " + a.missing);
  }
  return text;
}

Result<int> probe(const Options& options, pipeline::Heartbeat::Work& life) {
  const auto rows = devices(life);
  const media::MediaLimits limits;
  if (options.json) {
    Json list = Json::array();
    for (const DeviceRow& row : rows) {
      list.push_back({{"device", row.name},
                      {"usable", row.missing.empty()},
                      {"max_side", row.limits.max_side},
                      {"depth10", row.limits.depth10},
                      {"missing", row.missing}});
      if (row.name == "cpu") list.back()["simd"] = device::simd_levels();
      if (row.name == "vulkan") list.back()["adapters"] = adapters_json();
      if (row.name == "cuda") add_nvidia(list.back(), row.missing.empty());
    }
    const Json json = {{"devices", list},
                       {"decoders", codecs_json(media::decoders())},
                       {"encoders", codecs_json(media::encoders())},
                       {"limits",
                        {{"max_side", limits.max_side},
                         {"max_pixels", limits.max_pixels},
                         {"max_streams", limits.max_streams},
                         {"max_bytes", limits.max_bytes}}},
                       {"libraries", media::library_versions()}};
    TESSERA_TRY(print(json.dump(2) + "\n"));
    return 0;
  }
  std::string text = "devices\n";
  for (const DeviceRow& row : rows) {
    text += row_text(row.name, row.missing.empty(),
                     row.missing.empty() ? "up to " + std::to_string(row.limits.max_side) + " pixels a side" +
                                               (row.limits.depth10 ? ", 8 and 10 bit" : ", 8 bit")
                                         : row.missing);
    if (row.name == "cpu") text += row_text("simd", true, levels_text());
    if (row.name == "vulkan") text += adapters_text();
    if (row.name == "cuda") text += nvidia_text(row.missing.empty());
  }
  text += "decoders\n" + codecs_text(media::decoders()) + "encoders\n" + codecs_text(media::encoders());
  text += "limits\n  input     " + std::to_string(limits.max_side) + " pixels a side, " +
          std::to_string(limits.max_pixels) + " pixels, " + std::to_string(limits.max_streams) + " streams\n";
  TESSERA_TRY(print(text + media::library_versions() + "\n"));
  return 0;
}

}  // namespace

void add_probe(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      app, context,
      {"probe", kMachine, "lists devices, decoders, encoders and limits, and what is missing", "tessera probe --json"});
  command.add_flag("--json", options->json, "one JSON object");
  add_isolate_options(command, options->isolate);
  on_run(command, context, [options](Context& c) {
    std::string device = "auto";
    return run_watched(options->isolate, device, Again::kNo, c, [&](pipeline::Heartbeat& heartbeat) {
      pipeline::Heartbeat::Work life(heartbeat);
      return probe(*options, life);
    });
  });
}

}  // namespace tessera::cli
