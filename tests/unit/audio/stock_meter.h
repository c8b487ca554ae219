#pragma once

#include <span>

namespace tessera::audio::testing {

struct StockLoudness {
  double lufs = 0;
  double true_peak_dbfs = 0;
};

/// What the stock `ffmpeg -af ebur128=peak=true` measures of 48 kHz stereo floats. Fails the test where it can't be
/// run.
StockLoudness stock_loudness(std::span<const float> samples);

}  // namespace tessera::audio::testing
