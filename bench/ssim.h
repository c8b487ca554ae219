#pragma once

#include <map>
#include <string>

#include "bench/show.h"

namespace tessera::bench {

/// SSIM (ffmpeg's, all planes) of the largest rendition that tessera and ffmpeg left in `folder` after the full stage,
/// each against its own frames before encoding, so that encoders are compared and not scalers.
Result<std::map<std::string, double>> ssim_of_largest(const BenchShow& show, const std::string& folder);

}  // namespace tessera::bench
