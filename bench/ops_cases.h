#pragma once

/// Registers cases with Google Benchmark.
namespace tessera::bench {

/// Each operation by itself. @param bandwidth what 100 % of memory bandwidth is, in bytes a second
void register_operations(double bandwidth);

/// Whole frames through compose and the cpu device on one thread, at every SIMD level.
void register_plans();

}  // namespace tessera::bench
