#include "bench/ops.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "bench/ops_cases.h"

namespace tessera::bench {
namespace {

constexpr const char* kHelp =
    "tessera-bench ops: the operations by themselves, on every SIMD level of this machine\n"
    "\n"
    "  --benchmark_filter=REGEX      cases by name: OPERATION/CASE/DEPTH/LEVEL, such as resample/tile/8bit/avx2\n"
    "  --benchmark_list_tests=true   their names\n"
    "  --benchmark_repetitions=N --benchmark_enable_random_interleaving=true   where other work shares the machine\n"
    "  --benchmark_format=console|json|csv, --benchmark_out=FILE\n"
    "\n"
    "memory_% is the bytes moved in proportion to what memcpy moves on this machine, measured at the start.\n";

/// How fast this machine moves memory, in bytes a second, read and write counted.
double memory_bandwidth() {
  using Clock = std::chrono::steady_clock;
  const std::vector<uint8_t> from(size_t{256} << 20, 1);
  std::vector<uint8_t> to(from.size());
  double best = 0;
  for (int i = 0; i < 5; ++i) {
    const auto start = Clock::now();
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, 2 * static_cast<double>(from.size()) / seconds);
  }
  return best;
}

}  // namespace

int ops_main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--help") != 0 && std::strcmp(argv[i], "-h") != 0) continue;
    std::fputs(kHelp, stdout);
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const double bandwidth = memory_bandwidth();
  benchmark::AddCustomContext("memory_bandwidth", std::to_string(bandwidth / 1e9) + " GB/s, memcpy, reads and writes");
  register_operations(bandwidth);
  register_plans();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace tessera::bench
