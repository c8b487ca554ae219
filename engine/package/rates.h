#pragma once

#include <cstdint>
#include <vector>

#include "engine/package/model.h"

namespace tessera::package {

/// One media segment as bandwidth sees it.
struct SizedSegment {
  int64_t bytes = 0;
  int64_t duration = 0;  ///< ticks
};

/// The rates of RFC 8216: the peak is the largest bit rate of any run of segments that lasts between half and one and a
/// half target durations, so that a short last segment does not count alone. `target_s` whole seconds.
Rates measure_segments(const std::vector<SizedSegment>& segments, int64_t timescale, int64_t target_s);

/// EXT-X-TARGETDURATION for segments of these lengths: the longest, rounded to the nearest second, at least 1.
int64_t target_duration(const Track& track);
/// The one target duration of all playlists of a programme.
int64_t target_duration(const Presentation& presentation);

}  // namespace tessera::package
