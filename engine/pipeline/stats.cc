#include "engine/pipeline/stats.h"

#include <sys/resource.h>
#include <time.h>

#include <nlohmann/json.hpp>

namespace tessera::pipeline {
namespace {

int64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

double seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

}  // namespace

int64_t thread_cpu_ns() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
int64_t monotonic_ns() { return read_clock(CLOCK_MONOTONIC); }

std::string to_json(const Stats& stats, const device::Counters& device) {
  const double cpu = seconds(read_clock(CLOCK_PROCESS_CPUTIME_ID));
  const double compose = seconds(stats.compose_cpu_ns);
  const double encode = seconds(stats.encode_cpu_ns);
  const double audio = seconds(stats.audio_cpu_ns);
  const double wall = seconds(stats.plan_wall_ns + stats.render_wall_ns + stats.publish_wall_ns);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const nlohmann::ordered_json json = {
      {"frames_composed", stats.frames_composed.load()},
      {"frames_encoded", stats.frames_encoded.load()},
      {"chunks_rendered", stats.chunks_rendered.load()},
      {"chunks_reused", stats.chunks_reused.load()},
      {"mixes_rendered", stats.mixes_rendered.load()},
      {"mixes_reused", stats.mixes_reused.load()},
      {"device_failures", stats.device_failures.load()},
      {"bytes_written", stats.bytes_written.load()},
      {"peak_memory_bytes", int64_t{usage.ru_maxrss} * 1024},
      {"wall_seconds",
       {{"plan", seconds(stats.plan_wall_ns)},
        {"render", seconds(stats.render_wall_ns)},
        {"publish", seconds(stats.publish_wall_ns)},
        {"total", wall}}},
      {"cpu_seconds",
       {{"compose", compose},
        {"encode", encode},
        {"audio", audio},
        {"decode_and_other", cpu - compose - encode - audio},
        {"total", cpu}}},
      {"device",
       {{"host_to_device_bytes", device.host_to_device_bytes},
        {"uploads", device.uploads},
        {"parameter_bytes", device.parameter_bytes},
        {"device_to_host_bytes", device.device_to_host_bytes},
        {"launches", device.launches},
        {"submissions", device.submissions},
        {"allocations", device.allocations}}},
      {"media",
       {{"decoded_surfaces", stats.media->decoded_surfaces.load()},
        {"software_decoded", stats.media->software_decoded.load()},
        {"encodes", stats.media->encodes.load()},
        {"fall_backs", stats.media->fall_backs.load()}}},
  };
  return json.dump(2) + "\n";
}

}  // namespace tessera::pipeline
