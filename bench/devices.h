#pragma once

namespace tessera::bench {

/// `tessera-bench devices`: the CPU time that the same frames of the four-guest show take on each device, as multiples
/// of the scalar code's: 8 and 10 bit, tiles plain, and rounded and translucent.
/// @return the exit code
int devices_main(int argc, char** argv);

}  // namespace tessera::bench
