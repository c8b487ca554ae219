#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/frame_bytes.h"
#include "bench/model_gpus.h"
#include "bench/show.h"
#include "engine/base/result.h"

/// What GPUs should carry of the four-guest show, computed from counted bytes and published rates.
namespace tessera::bench {

inline constexpr const char* kModelLabel = "a model, not a measurement";

struct ModelSettings {
  int guest_width = 720, guest_height = 1280;  ///< of a guest's picture
  std::string preset = "p3";                   ///< of NVENC: "p1", "p3", "p5" or "p7"; veryfast is p3
  double memory_share = 0.6;                   ///< of peak bandwidth that can be used
  double pcie_share = 0.8;
  bool overlay = true;
};

/// Bytes a frame of one programme.
struct FrameBytes {
  std::vector<BatchBytes> plan;
  int64_t map_copies = 0;  ///< a decoded picture is read and written when it is mapped
  int64_t encoder_reads = 0;
  int64_t renditions = 0;  ///< what a GPU without an encoder downloads

  int64_t compose() const;       ///< read and written by operations
  int64_t compose_once() const;  ///< with what a batch reads several times counted once
  int64_t total() const { return map_copies + compose() + encoder_reads; }
};

/// From the frame plan that the compositor makes for the show.
Result<FrameBytes> count_show(const ModelSettings& settings);

struct Capacity {
  const Gpu* gpu = nullptr;
  std::optional<double> encode;  ///< programmes that the encoders carry; none: it has no encoder
  double decode = 0, memory = 0;
  std::optional<double> pcie;      ///< where renditions are downloaded
  std::optional<double> sessions;  ///< where the number of encoder sessions has a cap
  double programmes = 0;           ///< the least of all
  std::string limit;               ///< which that is
};

Capacity predict(const Gpu& gpu, const ModelSettings& settings, const FrameBytes& bytes);

/// `tessera-bench model`. @param argv argv[0] is "model" @return the exit code
int model_main(int argc, char** argv);

}  // namespace tessera::bench
