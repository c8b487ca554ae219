#include "engine/spec/decimal.h"

#include <algorithm>
#include <limits>
#include <string>

#include "engine/base/rational.h"

namespace tessera::spec {
namespace {

/// Far beyond any exponent that matters, far below overflow when a text's length is added.
constexpr int64_t kExponentCap = 1'000'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the front of `text`.
std::string_view take_digits(std::string_view& text) {
  size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  const std::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  return negative;
}

/// "e-12" -> -12, capped; empty text -> 0.
std::optional<int64_t> parse_exponent(std::string_view text) {
  if (text.empty()) return 0;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  const bool negative = take_sign(text);
  const std::string_view digits = take_digits(text);
  if (digits.empty() || !text.empty()) return std::nullopt;
  int64_t value = 0;
  for (const char c : digits) value = std::min(kExponentCap, value * 10 + (c - '0'));
  return negative ? -value : value;
}

/// digits x 10^(point - digits.size()), rounded; `digits` has no leading zero.
std::optional<Scaled> round_digits(std::string_view digits, int64_t point, bool negative) {
  if (digits.empty()) return Scaled{0, true};
  if (point < 0) return Scaled{0, false};
  if (point > 19) return std::nullopt;
  Int128 magnitude = 0;
  const auto whole = static_cast<size_t>(point);
  for (size_t i = 0; i < whole; ++i) magnitude = magnitude * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  if (whole < digits.size() && digits[whole] >= '5') magnitude += 1;
  const bool exact = whole >= digits.size() || digits.substr(whole).find_first_not_of('0') == std::string_view::npos;
  if (negative) magnitude = -magnitude;
  if (magnitude > std::numeric_limits<int64_t>::max() || magnitude < std::numeric_limits<int64_t>::min()) {
    return std::nullopt;
  }
  return Scaled{static_cast<int64_t>(magnitude), exact};
}

}  // namespace

std::optional<Scaled> parse_decimal(std::string_view text, int scale) {
  const bool negative = take_sign(text);
  const std::string_view whole = take_digits(text);
  if (whole.empty()) return std::nullopt;
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
  }
  const std::optional<int64_t> exponent = parse_exponent(text);
  if (!exponent) return std::nullopt;
  std::string digits = std::string(whole) + std::string(fraction);
  const size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
  digits.erase(0, zeros);
  const int64_t point =
      static_cast<int64_t>(whole.size()) - static_cast<int64_t>(zeros) + *exponent + static_cast<int64_t>(scale);
  return round_digits(digits, point, negative);
}

std::optional<int64_t> parse_clock_time(std::string_view text) {
  const bool negative = take_sign(text);
  const std::string_view hours = take_digits(text);
  if (hours.empty() || hours.size() > 4 || text.size() < 6 || text[0] != ':' || text[3] != ':') return std::nullopt;
  const std::string_view minutes = text.substr(1, 2);
  std::string_view seconds = text.substr(4);
  std::string_view rest = seconds;
  const std::string_view whole = take_digits(rest);
  if (whole.size() != 2 || whole[0] > '5' || !is_digit(minutes[0]) || minutes[0] > '5' || !is_digit(minutes[1])) {
    return std::nullopt;
  }
  if (!rest.empty() && (rest.size() < 2 || rest.size() > 13 || rest[0] != '.' ||
                        rest.find_first_not_of("0123456789", 1) != std::string_view::npos)) {
    return std::nullopt;
  }
  const auto h = parse_decimal(hours, 0);
  const auto m = parse_decimal(minutes, 0);
  const auto s = parse_decimal(seconds, 6);
  if (!h || !m || !s) return std::nullopt;
  const int64_t micros = (h->value * 60 + m->value) * 60 * kMicrosPerSecond + s->value;
  return negative ? -micros : micros;
}

}  // namespace tessera::spec
