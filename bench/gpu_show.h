#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/gpu_timer.h"
#include "engine/pipeline/open_show.h"
#include "engine/pipeline/plan.h"

/// The show on a GPU: its stages by themselves, and several shows at once.
namespace tessera::bench {

/// A show and how its renditions are encoded; shared by the shows that run at once.
struct GpuShow {
  pipeline::OpenShow open;
  pipeline::ShowPlan plan;
  int64_t frames = 0;
  bool encodes_on_gpu = true;  ///< all renditions

  /// @param job of one programme
  static Result<std::unique_ptr<GpuShow>> load(const std::string& job);
  const pipeline::ProgrammePlan& programme() const { return plan.programmes.front(); }
};

/// What a number of frames took.
struct StageTime {
  std::string name;
  int64_t frames = 0;
  double wall_ms = 0;  ///< a frame
  double gpu_ms = -1;  ///< a frame, of the compositor's launches; < 0: not measured
};

/// Counters of a run, for those who want to know that nothing took another way.
struct RunCounters {
  int64_t decoded_surfaces = 0, software_decoded = 0, encodes = 0, fall_backs = 0;
  int64_t launches = 0, allocations = 0, host_to_device_bytes = 0, device_to_host_bytes = 0;
};

struct Stages {
  std::vector<StageTime> times;  ///< decode, decode and compose, encode, all
  RunCounters counters;          ///< of all
};

/// Each stage as fast as it goes, one show.
Result<Stages> run_stages(const GpuShow& show);

/// Shows at the same time, each with a stream, decoders and encoders of its own, frame n due at n / fps.
struct Held {
  int shows = 0;
  bool held = false;
  double worst_late_s = 0;  ///< how late the latest frame was taken by its encoders; negative: early
  std::string why;          ///< where it did not hold
};

/// A frame may be so late: less than a player's buffer.
inline constexpr double kSlackSeconds = 0.5;

/// @param slack_s how late a frame may be, seconds
Held run_shows(const GpuShow& show, int shows, double slack_s);

/// Raises the number of shows until one is late. @return every number tried, in order
std::vector<Held> find_most_shows(const GpuShow& show, int most);

}  // namespace tessera::bench
