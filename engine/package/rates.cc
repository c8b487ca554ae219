#include "engine/package/rates.h"

#include <algorithm>

namespace tessera::package {
namespace {

constexpr int64_t kBitsPerByte = 8;

int64_t bps_ceil(int64_t bytes, int64_t ticks, int64_t timescale) {
  return ticks > 0 ? muldiv_ceil(bytes * kBitsPerByte, timescale, ticks) : 0;
}

}  // namespace

Rates measure_segments(const std::vector<SizedSegment>& segments, int64_t timescale, int64_t target_s) {
  Rates rates;
  const int64_t target = target_s * timescale;
  int64_t all_bytes = 0, all_ticks = 0, longest_rate = 0;
  for (size_t first = 0; first < segments.size(); ++first) {
    all_bytes += segments[first].bytes;
    all_ticks += segments[first].duration;
    longest_rate = std::max(longest_rate, bps_ceil(segments[first].bytes, segments[first].duration, timescale));
    int64_t bytes = 0, ticks = 0;
    for (size_t last = first; last < segments.size(); ++last) {
      bytes += segments[last].bytes;
      ticks += segments[last].duration;
      if (2 * ticks > 3 * target) break;
      if (2 * ticks >= target) rates.peak_bps = std::max(rates.peak_bps, bps_ceil(bytes, ticks, timescale));
    }
  }
  if (all_ticks > 0) rates.average_bps = muldiv_round(all_bytes * kBitsPerByte, timescale, all_ticks);
  // A track shorter than half a target duration has no such run.
  if (rates.peak_bps == 0) rates.peak_bps = longest_rate;
  rates.peak_bps = std::max(rates.peak_bps, rates.average_bps);
  return rates;
}

int64_t target_duration(const Track& track) {
  int64_t longest = 0;
  for (const Segment& segment : track.segments) longest = std::max(longest, segment.duration);
  return std::max<int64_t>(1, muldiv_round(longest, 1, track.timescale));
}

int64_t target_duration(const Presentation& presentation) {
  int64_t target = 1;
  for (const Track& track : presentation.video) target = std::max(target, target_duration(track));
  for (const Track& track : presentation.audio) target = std::max(target, target_duration(track));
  return target;
}

Rates measure(const Track& track) {
  std::vector<SizedSegment> segments;
  segments.reserve(track.segments.size());
  for (const Segment& segment : track.segments) segments.push_back({segment.bytes, segment.duration});
  return measure_segments(segments, track.timescale, target_duration(track));
}

}  // namespace tessera::package
