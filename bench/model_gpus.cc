#include "bench/model_gpus.h"

namespace tessera::bench {
namespace {

constexpr EngineRates kTuring{"Turing", 855, 600, 271, 229, 771};
constexpr EngineRates kAmpere{"Ampere", 868, 613, 273, 231, 748};
constexpr EngineRates kAda{"Ada", 910, 652, 291, 247, 903};
constexpr EngineRates kBlackwell{"Blackwell", 977, 718, 323, 264, 2172};
// The notes give these chips' decoders the same rates as Turing's. They have no encoder.
constexpr EngineRates kGa100{"GA100", 0, 0, 0, 0, 771};
constexpr EngineRates kHopper{"Hopper", 0, 0, 0, 0, 771};
// The notes' Blackwell is not this chip: its decoders are taken to be the same.
constexpr EngineRates kB200{"Blackwell (data centre)", 0, 0, 0, 0, 2172};

constexpr double kPcie3 = 15.75, kPcie4 = 31.5, kPcie5 = 63;
constexpr const char* kDynamo = "NVIDIA Dynamo documentation";
constexpr const char* kFromMemory = "unverified";
constexpr const char* kDataSheet = "NVIDIA data sheet, by secondary sources";

}  // namespace

const std::vector<Gpu>& known_gpus() {
  static const std::vector<Gpu> gpus{
      {"T4", kTuring, 1, 2, kFromMemory, 320, kDataSheet, kPcie3, false},
      {"A10", kAmpere, 1, 2, kFromMemory, 600, kFromMemory, kPcie4, false},
      {"L4", kAda, 2, 4, kDynamo, 300, kDataSheet, kPcie4, false},
      {"L40S", kAda, 3, 3, kDynamo, 864, kDataSheet, kPcie4, false},
      {"RTX 4090", kAda, 2, 1, kFromMemory, 1008, kFromMemory, kPcie4, true},
      {"RTX 5090", kBlackwell, 3, 2, kFromMemory, 1792, kFromMemory, kPcie5, true},
      {"A100 80GB SXM", kGa100, 0, 5, kDynamo, 2039, kDataSheet, kPcie4, false},
      {"H100 SXM", kHopper, 0, 7, kDynamo, 3350, kDataSheet, kPcie5, false},
      {"B200", kB200, 0, 7, kDynamo, 8000, kDataSheet, kPcie5, false},
  };
  return gpus;
}

}  // namespace tessera::bench
