#include "bench/report.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <thread>

#include <nlohmann/json.hpp>

namespace tessera::bench {
namespace {

using Json = nlohmann::ordered_json;

double cpu(const Usage& u) { return u.cpu_seconds; }
double wall(const Usage& u) { return u.wall_seconds; }
double peak_mb(const Usage& u) { return static_cast<double>(u.peak_bytes) / 1e6; }

Json spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {{"min", values.front()}, {"median", values[values.size() / 2]}, {"max", values.back()}};
}

std::vector<double> each(const Runs& runs, double (*figure)(const Usage&)) {
  std::vector<double> values;
  for (const Usage& u : runs) values.push_back(figure(u));
  return values;
}

std::vector<double> over(const std::vector<double>& a, const std::vector<double>& b, double (*op)(double, double)) {
  std::vector<double> values;
  for (size_t i = 0; i < a.size(); ++i) values.push_back(op(a[i], b[i]));
  return values;
}

double quotient(double a, double b) { return a / b; }
double difference(double a, double b) { return a - b; }

/// CPU milliseconds a frame that composing and scaling take: the compose stage less the decode stage.
std::vector<double> compose_ms(const Comparison& c, const std::string& engine) {
  const auto& stages = c.runs.at(engine);
  if (!stages.contains(Stage::kDecode) || !stages.contains(Stage::kCompose)) return {};
  auto values = over(each(stages.at(Stage::kCompose), cpu), each(stages.at(Stage::kDecode), cpu), difference);
  for (double& v : values) v *= 1000.0 / (c.show.seconds * kFps);
  return values;
}

std::string first_line_with(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t at = line.find_first_of(":=");
    if (line.starts_with(key) && at != std::string::npos) {
      const size_t begin = line.find_first_not_of(": =\t\"", at);
      return begin == std::string::npos ? "" : line.substr(begin, line.find_last_not_of('"') + 1 - begin);
    }
  }
  return "unknown";
}

Json machine() {
  return {{"cpu", first_line_with("/proc/cpuinfo", "model name")},
          {"cores", std::thread::hardware_concurrency()},
          {"system", first_line_with("/etc/os-release", "PRETTY_NAME")}};
}

Json stage_json(const Comparison& c, Stage stage) {
  Json json;
  const Runs& own = c.runs.at(c.engines.front()).at(stage);
  for (const std::string& engine : c.engines) {
    if (!c.runs.at(engine).contains(stage)) continue;
    const Runs& runs = c.runs.at(engine).at(stage);
    Json& e = json[engine];
    e["cpu_seconds"] = spread(each(runs, cpu));
    e["wall_seconds"] = spread(each(runs, wall));
    e["peak_mb"] = spread(each(runs, peak_mb));
    if (engine == c.engines.front()) continue;
    e["tessera_to_this"] = {{"cpu", spread(over(each(own, cpu), each(runs, cpu), quotient))},
                            {"wall", spread(over(each(own, wall), each(runs, wall), quotient))},
                            {"memory", spread(over(each(own, peak_mb), each(runs, peak_mb), quotient))}};
  }
  return json;
}

Json compose_json(const Comparison& c) {
  Json json;
  const std::vector<double> own = compose_ms(c, c.engines.front());
  for (const std::string& engine : c.engines) {
    const std::vector<double> ms = compose_ms(c, engine);
    if (ms.empty()) continue;
    json[engine]["cpu_ms_a_frame"] = spread(ms);
    if (engine != c.engines.front()) json[engine]["tessera_to_this"] = spread(over(own, ms, quotient));
  }
  return json;
}

std::string line(const char* format, const std::string& name, const Json& s) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), format, name.c_str(), s["min"].get<double>(), s["median"].get<double>(),
                s["max"].get<double>());
  return text.data();
}

}  // namespace

Json to_json(const Comparison& c) {
  Json json = {{"machine", machine()},
               {"settings",
                {{"guests", kGuests},
                 {"canvas", std::to_string(kWidth) + "x" + std::to_string(kHeight)},
                 {"fps", kFps},
                 {"seconds", c.show.seconds},
                 {"scaler", c.show.scaler},
                 {"device", "cpu"},
                 {"encoder", "libx264 veryfast"},
                 {"runs", c.runs.at(c.engines.front()).begin()->second.size()}}}};
  for (const auto& [stage, runs] : c.runs.at(c.engines.front())) json["stages"][name_of(stage)] = stage_json(c, stage);
  const Json composing = compose_json(c);
  if (!composing.empty()) json["compose_and_scale"] = composing;
  for (const auto& [engine, why] : c.failed) json["failed"][engine] = why;
  for (const auto& [engine, ssim] : c.ssim) json["ssim"][engine] = ssim;
  return json;
}

std::string to_table(const Json& report) {
  std::string text = "                                   min   median      max\n";
  for (const auto& [stage, engines] : report["stages"].items()) {
    text += stage + "\n";
    for (const auto& [engine, e] : engines.items()) {
      text += line("  %-26s %9.2f %8.2f %8.2f\n", engine + ": CPU s", e["cpu_seconds"]);
      text += line("  %-26s %9.2f %8.2f %8.2f\n", engine + ": wall s", e["wall_seconds"]);
      text += line("  %-26s %9.0f %8.0f %8.0f\n", engine + ": peak MB", e["peak_mb"]);
      if (!e.contains("tessera_to_this")) continue;
      for (const char* what : {"cpu", "wall", "memory"}) {
        text += line("  %-26s %9.2f %8.2f %8.2f\n", "tessera / " + engine + ", " + what, e["tessera_to_this"][what]);
      }
    }
  }
  if (report.contains("compose_and_scale")) {
    text += "compose and scale (compose less decode)\n";
    for (const auto& [engine, e] : report["compose_and_scale"].items()) {
      text += line("  %-26s %9.2f %8.2f %8.2f\n", engine + ": CPU ms a frame", e["cpu_ms_a_frame"]);
      if (e.contains("tessera_to_this")) {
        text += line("  %-26s %9.2f %8.2f %8.2f\n", "tessera / " + engine, e["tessera_to_this"]);
      }
    }
  }
  if (report.contains("failed")) {
    for (const auto& [engine, why] : report["failed"].items()) text += engine + " failed and was left out\n";
  }
  if (report.contains("ssim")) {
    text += "SSIM of the largest rendition against the engine's own frames\n";
    for (const auto& [engine, ssim] : report["ssim"].items()) {
      std::array<char, 80> row{};
      std::snprintf(row.data(), row.size(), "  %-26s %9.4f\n", engine.c_str(), ssim.get<double>());
      text += row.data();
    }
  }
  return text;
}

}  // namespace tessera::bench
