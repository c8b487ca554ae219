#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/audio/sample_source.h"

namespace tessera::audio {

/// A stretch of a source that moves forward: reads each sample once although its users' requests overlap. Opens the
/// source at the first request. Samples that are not finite become silence, and none leaves -16..16 (+24 dBFS).
/// Memory: the longest request.
class SampleWindow {
 public:
  explicit SampleWindow(OpenSource open) : open_(std::move(open)) {}

  /// The interleaved samples [first, first + count); silence before 0. Valid until the next call.
  Result<const float*> at(int64_t first, int64_t count);
  /// Gives the source and the memory back.
  void close();

 private:
  Result<void> extend(int64_t end);

  OpenSource open_;
  std::unique_ptr<SampleSource> source_;
  int64_t begin_ = 0;
  std::vector<float> samples_;
};

}  // namespace tessera::audio
