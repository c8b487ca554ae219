#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"

/// What the video engines of an NVIDIA GPU can do, found out by trying.
namespace tessera::device {

/// One codec of NVDEC, as the driver tells.
struct NvdecCodec {
  std::string codec;  ///< "h264", "hevc", "vp9", "av1"
  int depth = 8;      ///< bits; 4:2:0
  int min_width = 0, min_height = 0, max_width = 0, max_height = 0;
  int64_t max_macroblocks = 0;  ///< of 16x16 pixels, in a picture
  int engines = 0;              ///< that decode it
  bool used = false;            ///< whether takes of it are given to NVDEC, not to software
  std::string missing;          ///< why there is none; empty where there is
};

/// One codec of NVENC: sizes as the driver tells, `missing` from a picture that was encoded.
struct NvencCodec {
  std::string codec;  ///< "h264", "hevc"
  int depth = 8;      ///< bits; 4:2:0
  int min_width = 0, min_height = 0, max_width = 0, max_height = 0;
  std::string missing;  ///< why nothing is encoded; empty where it is
};

struct VideoEngines {
  std::string gpu;                ///< of which GPU: "NVIDIA L4, driver 580.65.06, CUDA 13.0"
  std::string headers;            ///< of NVENC's interface, that this build was made with: "11.1"
  std::string nvdec_missing;      ///< why there is no NVDEC, and what to do; empty where there is
  std::string nvenc_missing;      ///< the same of NVENC
  std::vector<NvdecCodec> nvdec;  ///< in job-format.md's order; empty where NVDEC can't be asked
  std::vector<NvencCodec> nvenc;  ///< empty where NVENC can't be asked
  std::string nvenc_api;          ///< the newest of NVENC's interface that the driver has: "13.0"; empty: not known
  int nvenc_engines = 0;          ///< 0: not known
  int nvenc_sessions = 0;         ///< that were open at the same time, each with a picture encoded
  std::string nvenc_limit;        ///< why there were no more; empty: kMostTried, and nobody asked for more
};

/// How many NVENC sessions are opened at the most.
inline constexpr int kMostTried = 16;

/// The video engines of the GPU that create_device("cuda") takes. Opens decoders and encoders for a moment.
/// @retval kDevice there is no such GPU, and what to do
Result<VideoEngines> cuda_video_engines();

}  // namespace tessera::device
