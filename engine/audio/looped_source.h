#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/audio/sample_source.h"

namespace tessera::audio {

/// A source that goes on for ever: samples [0, end) as they are, then [begin, end) again and again. Sample `end` of the
/// loop is sample `begin` of the source: nothing is lost or added at the seam.
///
/// A short loop is kept in memory (at most 10 s of it); a longer one opens its source anew for each round, so that
/// every round decodes alike.
class LoopedSource : public SampleSource {
 public:
  /// @param begin, end samples of the source's sound, 0 <= begin < end
  LoopedSource(OpenSource open, int64_t begin, int64_t end);

  Result<void> read(int64_t first, std::span<float> out) override;

 private:
  Result<void> read_round(int64_t round, int64_t first, std::span<float> out);
  Result<void> load();

  OpenSource open_;
  int64_t begin_;
  int64_t end_;
  std::unique_ptr<SampleSource> source_;
  int64_t round_ = 0;         ///< that source_ was opened for
  std::vector<float> whole_;  ///< a short loop's samples [begin, end)
};

}  // namespace tessera::audio
