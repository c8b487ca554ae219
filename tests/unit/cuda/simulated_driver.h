#pragma once

#include <nlohmann/json.hpp>

/// The simulated driver in this process: it is found as libcuda.so.1 because it is there already. Lazy, memory used
/// again at once, 1 GiB of it.
namespace tessera::device {

/// Its report so far. @see tests/simgpu/README.md
nlohmann::json simulated_report();

}  // namespace tessera::device
