#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/pipeline/heartbeat.h"
#include "engine/pipeline/open_show.h"
#include "engine/pipeline/publish.h"
#include "engine/pipeline/stats.h"

namespace tessera::pipeline {

/// How far a render is. Given now and then, on any thread, never from two at once.
struct Progress {
  int64_t frames_done = 0;  ///< composed, or reused from the ledger, over all programmes
  int64_t frames_total = 0;
  int64_t frames_reused = 0;  ///< part of frames_done
  int64_t chunks_done = 0;
  int64_t chunks_total = 0;
};

struct RenderOptions {
  std::string out;  ///< origin URL
  std::string device = "auto";
  std::string simd = "auto";  ///< device::DeviceOptions::simd
  int jobs = 1;               ///< chunks in flight, 1..64
  OpenOptions open;
  std::function<void(const Progress&)> on_progress;  ///< may be empty
  std::stop_token stop;                              ///< ends the render at the next frame with kDrained
  Heartbeat* heartbeat = nullptr;                    ///< told of device work; may be null
};

struct RenderReport {
  Published published;
  int64_t frames = 0;                  ///< of all programmes
  std::vector<std::string> manifests;  ///< object names a player starts from
};

/// Renders a job and publishes it: plans, skips what the ledger has, renders what is missing, publishes; job.json last.
/// A second run renders only what changed; a killed one leaves nothing that looks finished and is taken up where it
/// was.
Result<RenderReport> render(const std::string& job_path, const RenderOptions& options, Stats& stats,
                            device::Counters& device_counters, Log& log);

}  // namespace tessera::pipeline
