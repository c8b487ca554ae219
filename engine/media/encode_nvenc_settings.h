#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/media/encode.h"

namespace tessera::media {

/// What a GPU's NVENC may lack, by generation. Values.
struct NvencFeatures {
  bool b_frames = true;
  bool b_references = true;  ///< B-frames as references
  bool look_ahead = true;
  bool temporal_aq = true;
  bool operator==(const NvencFeatures&) const = default;
};

/// What to try, in order: everything first, and less and less.
std::vector<NvencFeatures> nvenc_feature_sets();

/// "B-frames, look-ahead": what is false. Empty where nothing is.
std::string describe_lacking(const NvencFeatures& features);

/// How libavcodec's NVENC is set up. Values.
struct NvencPlan {
  std::string codec;  ///< "h264_nvenc"
  std::vector<std::pair<std::string, std::string>> options;
  int bframes = 0;
  int64_t bitrate_bps = 0;  ///< average; 0 with constant quality
  int64_t maxrate_bps = 0;  ///< 0: no limit
  int64_t bufsize_bits = 0;
};

/// The plan depends on its arguments alone. A rendition's leaky bucket holds over chunks that know nothing of each
/// other, as far as NVENC keeps to its own: see encode_nvenc_settings.cc.
NvencPlan plan_nvenc(const VideoEncoderSettings& settings, const NvencFeatures& features);

/// "p1" to "p7" for a preset's name, x264's or NVENC's own; "p4" for others.
std::string nvenc_preset(const std::string& preset);

/// The plan as text, for fingerprints.
std::string to_text(const NvencPlan& plan);

}  // namespace tessera::media
