#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/rational.h"

/// Spellings shared by the manifests.
namespace tessera::package {

/// "12.345678": microseconds as seconds with six digits.
std::string seconds_text(int64_t us);

/// Rounded to the nearest microsecond; `ticks` may be negative.
int64_t ticks_to_us(int64_t ticks, int64_t timescale);

/// "PT12.5S", to the microsecond, for XML attributes of type xs:duration.
std::string xml_duration(const Rational& seconds);

/// `text` for an XML attribute in double quotes: markup is escaped, characters that XML forbids become U+FFFD.
std::string xml_escape(std::string_view text);

/// `text` in double quotes for an HLS attribute list, where quotes and line breaks can't be written: they become
/// apostrophes and spaces.
std::string hls_quote(std::string_view text);

/// An RFC 3339 date-time moved by `us`, in UTC with milliseconds: "2026-11-22T18:00:00.000Z".
/// @retval kBadInput not an RFC 3339 date-time
Result<std::string> shift_date_time(std::string_view date_time, int64_t us);

}  // namespace tessera::package
