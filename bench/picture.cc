#include <algorithm>
#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "bench/report.h"

namespace tessera::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Bar {
  std::string engine;
  double low, value, high;
};

struct Panel {
  std::string title, unit;
  std::vector<Bar> bars;
};

constexpr int kBarLeft = 110, kBarMost = 430, kWide = 700, kTop = 56, kRow = 26, kPanelGap = 44;

std::string number(double v) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : "%.2f", v);
  return text.data();
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  return out;
}

Panel panel(const std::string& title, const std::string& unit, const Json& engines, const char* figure) {
  Panel p{title, unit, {}};
  for (const auto& [engine, e] : engines.items()) {
    const Json& s = e[figure];
    p.bars.push_back({engine, s["min"].get<double>(), s["median"].get<double>(), s["max"].get<double>()});
  }
  return p;
}

std::string text_at(double x, double y, const std::string& style, const std::string& text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + style + ">" + escaped(text) + "</text>\n";
}

std::string draw(const Bar& bar, double most, int y) {
  const auto x = [&](double v) { return kBarLeft + kBarMost * v / most; };
  const bool ours = bar.engine == "tessera";
  std::string svg = text_at(kBarLeft - 8, y + 15,
                            "text-anchor=\"end\"" + std::string(ours ? " font-weight=\"bold\"" : ""), bar.engine);
  svg += "<rect x=\"" + std::to_string(kBarLeft) + "\" y=\"" + std::to_string(y) +
         "\" height=\"20\" rx=\"3\" width=\"" + number(std::max(1.0, x(bar.value) - kBarLeft)) + "\" fill=\"" +
         (ours ? "#0f766e" : "#9ca3af") + "\"/>\n";
  const std::string middle = std::to_string(y + 10);
  svg += "<path d=\"M" + number(x(bar.low)) + " " + middle + "H" + number(x(bar.high)) +
         "\" stroke=\"#111827\" stroke-width=\"2\"/>\n";
  return svg + text_at(std::max(x(bar.high), x(bar.value)) + 8, y + 15, "", number(bar.value));
}

std::string draw(const Panel& p, int& y) {
  double most = 0;
  for (const Bar& bar : p.bars) most = std::max(most, bar.high);
  std::string svg = text_at(kBarLeft, y, "font-weight=\"bold\" font-size=\"15\"", p.title + ", " + p.unit);
  y += 10;
  for (const Bar& bar : p.bars) {
    svg += draw(bar, most, y);
    y += kRow;
  }
  y += kPanelGap - 10;
  return svg;
}

std::vector<Panel> panels(const Json& report) {
  std::vector<Panel> all;
  if (report.contains("compose_and_scale")) {
    all.push_back(panel("Compose and scale", "CPU ms a frame", report["compose_and_scale"], "cpu_ms_a_frame"));
  }
  if (report["stages"].contains("full")) {
    const Json& full = report["stages"]["full"];
    all.push_back(panel("Whole job", "CPU seconds", full, "cpu_seconds"));
    all.push_back(panel("Whole job", "wall seconds", full, "wall_seconds"));
    all.push_back(panel("Whole job", "peak MB", full, "peak_mb"));
  }
  return all;
}

}  // namespace

std::string to_svg(const Json& report) {
  int y = kTop + 24;
  std::string body;
  for (const Panel& p : panels(report)) body += draw(p, y);
  const Json& s = report["settings"];
  const Json& m = report["machine"];
  const std::string what = std::to_string(s["guests"].get<int>()) + " guests and an animated overlay on " +
                           s["canvas"].get<std::string>() + " at " + std::to_string(s["fps"].get<int>()) +
                           ", 4 renditions, " + s["scaler"].get<std::string>() + ", " + s["encoder"].get<std::string>();
  const std::string where = m["cpu"].get<std::string>() + ", " + std::to_string(m["cores"].get<unsigned>()) +
                            " cores, " + m["system"].get<std::string>() + "; bars are medians, lines min to max of " +
                            std::to_string(s["runs"].get<size_t>()) + " runs; less is better";
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(kWide) + "\" height=\"" +
         std::to_string(y - 20) + "\" font-family=\"DejaVu Sans, sans-serif\" font-size=\"13\" fill=\"#111827\">\n" +
         "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" + text_at(16, 24, "font-size=\"13\"", what) +
         text_at(16, 42, "font-size=\"10\" fill=\"#4b5563\"", where) + body + "</svg>\n";
}

}  // namespace tessera::bench
