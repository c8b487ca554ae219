#pragma once

#include <string>
#include <vector>

#include "bench/show.h"

/// The show through stock ffmpeg on the GPU.
namespace tessera::bench {

/// Decodes by NVDEC, scales with scale_cuda, lays guests and overlay over each other with overlay_cuda, encodes with
/// h264_nvenc, no picture of a guest on the host. It can't crop on the GPU, so guests are stretched to their tiles, and
/// the overlay is decoded and uploaded for every frame. No sound.
std::vector<std::string> ffmpeg_cuda_command(const BenchShow& show, const std::string& folder);

struct PeerRun {
  double wall_seconds = 0;
  double times_real_time = 0;
  std::string why_not;  ///< where this ffmpeg or GPU can't
};

PeerRun run_ffmpeg_cuda(const BenchShow& show, const std::string& folder);

}  // namespace tessera::bench
