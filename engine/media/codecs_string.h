#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "engine/base/result.h"

/// RFC 6381 names of codecs, read from the bytes of their parameter sets.
namespace tessera::media {

/// "avc1.PPCCLL" from the first sequence parameter set of an Annex B byte stream: profile, constraint flags, level.
/// @retval kInternal there is no sequence parameter set in it
Result<std::string> avc_codecs_string(std::span<const uint8_t> annex_b);

/// "hvc1.1.6.L93.B0" from the first sequence parameter set: profile, compatibility, tier and level, constraint flags.
/// @retval kInternal there is none in it
Result<std::string> hevc_codecs_string(std::span<const uint8_t> annex_b);

/// Calls `unit(span)` for every NAL unit of an Annex B byte stream, without its start code.
template <class Unit>
void for_each_nal(std::span<const uint8_t> data, Unit unit) {
  const size_t none = data.size();
  size_t begin = none;
  size_t zeros = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    if (data[i] == 1 && zeros >= 2) {
      // Zeros before a start code belong to it, not to the unit: no NAL unit ends in a zero byte.
      if (begin != none) unit(data.subspan(begin, i - zeros - begin));
      begin = i + 1;
    }
    zeros = data[i] == 0 ? zeros + 1 : 0;
  }
  if (begin != none) unit(data.subspan(begin));
}

}  // namespace tessera::media
