#pragma once

#include <string>
#include <vector>

/// What is published about GPUs, for the model of their capacity.
namespace tessera::bench {

/// How fast one engine of a generation is: 1080p frames a second, H.264.
struct EngineRates {
  const char* generation;
  double encode_p1, encode_p3, encode_p5, encode_p7;  ///< NVENC, low-latency CBR; 0: the generation has none here
  double decode;                                      ///< NVDEC
};

struct Gpu {
  const char* name;
  EngineRates rates;
  int encoders, decoders;      ///< engines
  const char* engines_source;  ///< where their numbers are from
  double memory_gb_s;          ///< peak of the data sheet
  const char* memory_source;
  double pcie_gb_s;  ///< peak, one way
  bool session_cap;  ///< NVIDIA limits how many encoder sessions such cards may have
};

/// Sessions that all cards of a system with a cap may have together.
inline constexpr int kCappedSessions = 8;

const std::vector<Gpu>& known_gpus();

inline constexpr const char* kRatesSource =
    "NVIDIA Video Codec SDK 13.0, application notes of NVENC and NVDEC: 1080p, 8 bit 4:2:0, at the clocks of their "
    "tables";
inline constexpr const char* kSessionSource =
    "NVIDIA Video Codec SDK 13.0: 8 sessions a system, all such cards together";
inline constexpr const char* kPcieSource = "the interface's raw rate: version 3 15.75, 4 31.5, 5 63 GB/s for 16 lanes";

}  // namespace tessera::bench
