#include "bench/gpu_report.h"

#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

namespace tessera::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSimulated = "simulated";

template <class... Values>
std::string line(const char* format, Values... values) {
  std::array<char, 320> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

double bytes_a_second(const GpuOperation& o) { return static_cast<double>(o.bytes) * 1e3 / o.milliseconds; }

/// The most shows that held.
int most_held(const std::vector<Held>& shows) {
  int most = 0;
  for (const Held& h : shows) {
    if (h.held && h.shows > most) most = h.shows;
  }
  return most;
}

Json operations_json(const GpuFindings& f) {
  Json rows = Json::array();
  for (const GpuOperation& o : f.operations) {
    Json row = {{"name", o.name}, {"operations", o.operations}, {"bytes", o.bytes}};
    if (!f.simulated) {
      row["milliseconds"] = o.milliseconds;
      row["gb_s"] = bytes_a_second(o) / 1e9;
      row["percent_of_copy"] = 100 * bytes_a_second(o) / f.copy_bytes_a_second;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Json stages_json(const GpuFindings& f) {
  const RunCounters& c = f.stages->counters;
  Json stages = Json::array();
  for (const StageTime& s : f.stages->times) {
    Json row = {{"stage", s.name}, {"frames", s.frames}};
    if (!f.simulated) {
      row["wall_ms_a_frame"] = s.wall_ms;
      if (s.gpu_ms >= 0) row["gpu_ms_a_frame_of_composing"] = s.gpu_ms;
      row["frames_a_second"] = 1e3 / s.wall_ms;
    }
    stages.push_back(std::move(row));
  }
  return {{"stages", stages},
          {"encodes_on_gpu", f.encodes_on_gpu},
          {"counters",
           {{"decoded_surfaces", c.decoded_surfaces},
            {"software_decoded", c.software_decoded},
            {"encodes", c.encodes},
            {"fall_backs", c.fall_backs},
            {"launches", c.launches},
            {"allocations", c.allocations},
            {"host_to_device_bytes", c.host_to_device_bytes},
            {"device_to_host_bytes", c.device_to_host_bytes}}}};
}

Json shows_json(const GpuFindings& f) {
  Json tried = Json::array();
  for (const Held& h : f.shows) {
    Json row = {{"shows", h.shows}};
    if (!f.simulated) {
      row["held"] = h.held;
      row["worst_late_s"] = h.worst_late_s;
    }
    if (!h.why.empty()) row["why"] = h.why;
    tried.push_back(std::move(row));
  }
  Json json = {{"tried", tried}};
  if (!f.simulated) json["most_held"] = most_held(f.shows);
  return json;
}

std::string operations_text(const GpuFindings& f) {
  std::string text = "operations, one launch each\n";
  if (!f.simulated) text += line("  device copy: %.1f GB/s, reads and writes\n", f.copy_bytes_a_second / 1e9);
  for (const GpuOperation& o : f.operations) {
    const double mb = static_cast<double>(o.bytes) / 1e6;
    text += line("  %-30s %3d x %7.2f MB", o.name.c_str(), o.operations, mb / o.operations);
    if (!f.simulated) {
      text += line(" %9.3f ms %8.1f GB/s %5.1f %% of copy", o.milliseconds, bytes_a_second(o) / 1e9,
                   100 * bytes_a_second(o) / f.copy_bytes_a_second);
    }
    text += "\n";
  }
  return text;
}

std::string stages_text(const GpuFindings& f) {
  std::string text = "the four-guest show, one at a time, as fast as it goes\n";
  for (const StageTime& s : f.stages->times) {
    text += line("  %-28s %5d frames", s.name.c_str(), static_cast<int>(s.frames));
    if (!f.simulated) text += line(" %8.2f ms a frame, %6.1f fps", s.wall_ms, 1e3 / s.wall_ms);
    if (!f.simulated && s.gpu_ms >= 0) text += line("; composing takes the GPU %.3f ms", s.gpu_ms);
    text += "\n";
  }
  const RunCounters& c = f.stages->counters;
  text += line("  %lld surfaces decoded, %lld pictures decoded in software, %lld encodes, %lld fall-backs\n",
               static_cast<long long>(c.decoded_surfaces), static_cast<long long>(c.software_decoded),
               static_cast<long long>(c.encodes), static_cast<long long>(c.fall_backs));
  text += line("  picture bytes to the GPU %lld, back %lld\n", static_cast<long long>(c.host_to_device_bytes),
               static_cast<long long>(c.device_to_host_bytes));
  if (!f.encodes_on_gpu) text += "  this GPU does not encode all renditions: the CPU does, after one download each\n";
  return text;
}

std::string shows_text(const GpuFindings& f) {
  std::string text = f.simulated ? "shows at once\n" : "shows at once, each at 30 fps\n";
  for (const Held& h : f.shows) {
    text += line("  %3d", h.shows);
    if (f.simulated) {
      text += h.held ? " ran\n" : " did not run: " + h.why + "\n";
      continue;
    }
    text += h.held ? line("  held, worst frame %+.3f s to its due time\n", h.worst_late_s)
                   : "  not held: " + h.why + line(", %+.3f s\n", h.worst_late_s);
  }
  if (!f.simulated) text += line("  the most that held: %d\n", most_held(f.shows));
  return text;
}

std::string peer_text(const GpuFindings& f) {
  std::string text = "stock ffmpeg: -hwaccel cuda, scale_cuda, overlay_cuda, h264_nvenc; stretched, no sound\n";
  if (!f.ffmpeg->why_not.empty()) return text + "  not run: " + f.ffmpeg->why_not.substr(0, 200) + "\n";
  return text + line("  %.2f s, %.2f times real time\n", f.ffmpeg->wall_seconds, f.ffmpeg->times_real_time);
}

/// Says of every line that it is simulated.
std::string labelled(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    out += std::string(kSimulated) + ": " + text.substr(at, end + 1 - at);
    at = end + 1;
  }
  return out;
}

}  // namespace

Json to_json(const GpuFindings& f) {
  Json json;
  if (f.simulated) json[kSimulated] = "a simulated GPU: no time or rate means anything, so none is told";
  json["gpu"] = f.simulated ? std::string(kSimulated) + ": " + f.gpu : f.gpu;
  if (!f.simulated) json["copy_gb_s"] = f.copy_bytes_a_second / 1e9;
  json["operations"] = operations_json(f);
  if (f.stages) json["show"] = stages_json(f);
  if (!f.shows.empty()) json["shows_at_once"] = shows_json(f);
  if (f.ffmpeg) {
    json["ffmpeg"] = {{"why_not", f.ffmpeg->why_not}};
    if (f.ffmpeg->why_not.empty() && !f.simulated) {
      json["ffmpeg"] = {{"wall_seconds", f.ffmpeg->wall_seconds}, {"times_real_time", f.ffmpeg->times_real_time}};
    }
  }
  return json;
}

std::string to_table(const GpuFindings& f) {
  std::string text = f.gpu + "\n";
  if (!f.operations.empty()) text += operations_text(f);
  if (f.stages) text += stages_text(f);
  if (!f.shows.empty()) text += shows_text(f);
  if (f.ffmpeg) text += peer_text(f);
  return f.simulated ? labelled(text) : text;
}

}  // namespace tessera::bench
