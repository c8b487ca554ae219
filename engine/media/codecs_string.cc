#include "engine/media/codecs_string.h"

#include <cstdint>
#include <cstdio>
#include <vector>

namespace tessera::media {
namespace {

constexpr int kSequenceParameterSet = 7;

/// What RFC 6381 (ISO/IEC 14496-15 annex E) has of a general profile_tier_level.
std::string hevc_profile(std::span<const uint8_t, 12> ptl) {
  constexpr const char* kSpaces[] = {"", "A", "B", "C"};
  uint32_t compatible = 0;
  for (int bit = 0; bit < 32; ++bit) {
    if ((ptl[static_cast<size_t>(1 + bit / 8)] >> (7 - bit % 8) & 1) != 0) compatible |= uint32_t{1} << bit;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%s%d.%X.%c%d", kSpaces[ptl[0] >> 6], ptl[0] & 0x1f, compatible,
                (ptl[0] >> 5 & 1) != 0 ? 'H' : 'L', ptl[11]);
  std::string name = text;
  size_t end = 11;
  while (end > 5 && ptl[end - 1] == 0) --end;
  for (size_t i = 5; i < end; ++i) {
    std::snprintf(text, sizeof text, ".%X", ptl[i]);
    name += text;
  }
  return name;
}

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

Result<std::string> hevc_codecs_string(std::span<const uint8_t> annex_b) {
  constexpr int kHevcSps = 33;
  constexpr size_t kHeader = 2 + 1;  // NAL unit header, then VPS number and sub-layers
  constexpr size_t kProfileTierLevel = 12;
  std::string name;
  for_each_nal(annex_b, [&](std::span<const uint8_t> nal) {
    if (!name.empty() || nal.empty() || (nal[0] >> 1 & 0x3f) != kHevcSps) return;
    std::vector<uint8_t> plain;  // without the bytes that keep start codes out
    for (size_t i = 0; i < nal.size() && plain.size() < kHeader + kProfileTierLevel; ++i) {
      if (i >= 2 && nal[i] == 3 && nal[i - 1] == 0 && nal[i - 2] == 0) continue;
      plain.push_back(nal[i]);
    }
    if (plain.size() == kHeader + kProfileTierLevel) {
      name = "hvc1." + hevc_profile(std::span(plain).subspan(kHeader).first<kProfileTierLevel>());
    }
  });
  if (name.empty()) {
    return fail(Errc::kInternal, "media.encode", "the encoder gave no HEVC sequence parameter set in its header");
  }
  return name;
}

}  // namespace tessera::media
