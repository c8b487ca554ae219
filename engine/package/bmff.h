#pragma once

#include <cstdint>
#include <string>

#include "engine/base/hash.h"
#include "engine/base/result.h"

/// Reads back what a linter needs of CMAF objects (ISO/IEC 14496-12). The bytes are not trusted: everything is bounded.
namespace tessera::package {

/// One track's init segment.
struct InitInfo {
  uint32_t track_id = 0;
  int64_t timescale = 0;  ///< ticks a second, 1..1,000,000,000
  bool video = false;
  int width = 0, height = 0;  ///< pixels, video
  std::string sample_entry;   ///< four characters: "avc1"
  std::string codecs;         ///< RFC 6381 as the bytes say; empty for others than avc1/avc3, hvc1/hev1, mp4a
  int channels = 0;           ///< audio
  int sample_rate = 0;        ///< audio, Hz
  int64_t edit_start = 0;     ///< media time at which the edit list begins the presentation; 0 without one
  uint32_t default_duration = 0, default_size = 0, default_flags = 0;  ///< trex
};

/// One media segment: one or more fragments of one track. Times in ticks of the init's timescale, at most
/// 4,000,000,000 seconds, so that nanoseconds fit 63 bits.
struct SegmentInfo {
  int64_t decode_start = 0;        ///< tfdt of the first fragment
  int64_t decode_end = 0;          ///< after the last sample
  int64_t presentation_start = 0;  ///< of the earliest sample, after the init's edit list
  int64_t presentation_end = 0;    ///< of the latest sample, its duration included
  int64_t longest_sample = 0;      ///< duration
  int64_t samples = 0;
  bool starts_with_sync = false;
};

/// @retval kBadInput no init segment with exactly one track; the detail says what was found and what was wanted
Result<InitInfo> read_init(Bytes data);

/// @retval kBadInput no whole segment of that track: boxes that overrun, samples outside the mdat, fragments that do
///         not join, a negative decode time
Result<SegmentInfo> read_segment(Bytes data, const InitInfo& init);

}  // namespace tessera::package
