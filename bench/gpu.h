#pragma once

namespace tessera::bench {

/// `tessera-bench gpu`: what an NVIDIA GPU does of the four-guest show. Under the simulated driver of tests/simgpu
/// everything runs and no time is told.
/// @param argv argv[0] is "gpu"
/// @return the exit code: 30 where there is no GPU
int gpu_main(int argc, char** argv);

}  // namespace tessera::bench
