#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/gpu_ops.h"
#include "bench/gpu_peer.h"
#include "bench/gpu_show.h"

/// What `tessera-bench gpu` found.
namespace tessera::bench {

struct GpuFindings {
  bool simulated = false;
  std::string gpu;  ///< name, compute capability, driver
  double copy_bytes_a_second = 0;
  std::vector<GpuOperation> operations;
  std::optional<Stages> stages;
  bool encodes_on_gpu = true;
  std::vector<Held> shows;
  std::optional<PeerRun> ffmpeg;
};

/// Of a simulated GPU without any time or rate.
nlohmann::ordered_json to_json(const GpuFindings& findings);

/// For people. Of a simulated GPU every line says so.
std::string to_table(const GpuFindings& findings);

}  // namespace tessera::bench
