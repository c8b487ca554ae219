#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "engine/base/result.h"

namespace tessera::audio {

/// Where a voice of the mix gets its samples from: 48 kHz interleaved stereo on the source's own clock, any length.
/// Thread-safety: one caller at a time.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  /// Fills `out` (size a multiple of 2) with the samples from number `first` >= 0 on; silence where there are none.
  virtual Result<void> read(int64_t first, std::span<float> out) = 0;
};

/// Opens a source anew. Called when the first sample is needed, and for each pass over the show: a source is never
/// rewound, so that both passes decode alike.
using OpenSource = std::function<Result<std::unique_ptr<SampleSource>>()>;

/// Samples [begin, end) of the show.
struct SampleSpan {
  int64_t begin = 0;
  int64_t end = 0;
  bool operator==(const SampleSpan&) const = default;
};

inline constexpr int64_t kBlockSamples = 960;  ///< 20 ms: what the mix is computed in, whatever its reader asks for

}  // namespace tessera::audio
