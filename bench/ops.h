#pragma once

namespace tessera::bench {

/// `tessera-bench ops [Google Benchmark's options]`: every operation of kernels/ops.h on every SIMD level and depth, at
/// the sizes of the four-guest show, and composition with scaling of that show as cases of their own.
/// @param argv the command's own words: argv[0] is "ops"
/// @return the exit code
int ops_main(int argc, char** argv);

}  // namespace tessera::bench
