#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// Exact decimal numbers: what times and fractions in a job, a log and on the command line are read with.
namespace tessera::spec {

/// A number times a power of ten, rounded once.
struct Scaled {
  int64_t value = 0;
  bool exact = true;  ///< nothing was rounded off
};

/// The number that `text` (JSON's grammar: "-12.5e3") denotes, times 10^scale, rounded to the nearest integer, halves
/// away from zero. Works on the digits: never through a binary fraction. Any length and exponent. Empty where the text
/// is no such number or the result does not fit.
std::optional<Scaled> parse_decimal(std::string_view text, int scale);

/// "h:mm:ss" or "h:mm:ss.mmm" (1 to 4 digits of hours, 1 to 12 of fraction, a sign allowed) as microseconds, rounded as
/// parse_decimal() does. Empty where the text is no such time.
std::optional<int64_t> parse_clock_time(std::string_view text);
/// The same grammar for the schema.
inline constexpr std::string_view kClockTimePattern = R"(^-?[0-9]{1,4}:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,12})?$)";

}  // namespace tessera::spec
