#include "engine/media/codecs_string.h"

#include <cstdio>

namespace tessera::media {
namespace {

constexpr int kSequenceParameterSet = 7;

}  // namespace

Result<std::string> avc_codecs_string(std::span<const uint8_t> annex_b) {
  std::string name;
  for_each_nal(annex_b, [&](std::span<const uint8_t> nal) {
    if (!name.empty() || nal.size() < 4 || (nal[0] & 0x1f) != kSequenceParameterSet) return;
    char text[16] = {};
    std::snprintf(text, sizeof text, "avc1.%02x%02x%02x", nal[1], nal[2], nal[3]);
    name = text;
  });
  if (name.empty()) {
    return fail(Errc::kInternal, "media.encode", "the encoder gave no H.264 sequence parameter set in its header");
  }
  return name;
}

}  // namespace tessera::media
