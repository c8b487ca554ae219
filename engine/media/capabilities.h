#pragma once

#include <string>
#include <vector>

namespace tessera::media {

/// A codec of job-format.md and whether this machine's libavcodec can do it.
struct CodecSupport {
  std::string name;     ///< "h264"
  std::string by;       ///< libavcodec's name of what does it: "libx264"; empty where nothing does
  std::string missing;  ///< what to do about it; empty where it can be used
};

/// Decoders of pictures and sound, in job-format.md's order.
std::vector<CodecSupport> decoders();

/// Encoders: of the video codecs and of AAC.
std::vector<CodecSupport> encoders();

/// "libavcodec 59.37.100, libavformat 59.27.100".
std::string library_versions();

}  // namespace tessera::media
