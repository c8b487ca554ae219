#pragma once

#include <cstdint>

#include "engine/media/encode.h"

namespace tessera::media {

/// What x264 is told at the start of a chunk, so that a rendition of chunks keeps its declared rates. Values.
struct RatePlan {
  double crf = 0;            ///< constant quality: the best it will get
  bool capped = false;       ///< false: no limits, all below is unused
  double maxrate = 0;        ///< bit/s, of the rendition
  double bufsize = 0;        ///< bits, of the rendition
  double most_rate = 0;      ///< bit/s: what x264's own bucket drains at, at most
  double bucket = 0;         ///< bits: its size
  double start = 0;          ///< bits: what is free of it when the chunk starts
  int64_t step_frames = 0;   ///< how often the drain is set anew
  int64_t chunk_frames = 0;  ///< of a full chunk
  double fps = 0;
};

/// The rates of every chunk of a rendition: it depends on the settings alone.
RatePlan plan_rate(const VideoEncoderSettings& settings);

/// Follows a chunk's bits and says how fast x264's bucket may drain from now on, so that the chunk gives the
/// rendition's bucket to its successor no fuller than it got it. See encode_video_rate.cc.
class RateKeeper {
 public:
  explicit RateKeeper(const RatePlan& plan);
  /// One more frame was encoded, in decode order.
  void encoded(int64_t bits);
  /// The drain in bit/s, to be set before frame `number` of the chunk is given to the encoder.
  double drain_before(int64_t number);

 private:
  RatePlan plan_;
  double drain_;
  double own_;         ///< free bits of x264's bucket
  double renditions_;  ///< free bits of the rendition's bucket, at least
  int64_t frames_ = 0;
};

}  // namespace tessera::media
