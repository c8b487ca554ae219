#pragma once

#include <cstdint>

#include "engine/media/encode.h"

namespace tessera::media {

/// What x264 is told so that a rendition of chunks keeps its declared rates. Values.
struct RatePlan {
  double crf = 0;              ///< constant quality, the best it will get
  bool capped = false;         ///< false: no buffer model, the three below are unused
  int64_t rate_bps = 0;        ///< what the encoder's leaky bucket drains at
  int64_t bucket_bits = 0;     ///< its size
  double initial_fill = 0;     ///< of bucket_bits, 0..1
};

/// The rates of one chunk. Depends on the settings alone, so that every chunk of a rendition has the same.
RatePlan plan_rate(const VideoEncoderSettings& settings);

}  // namespace tessera::media
