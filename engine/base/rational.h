#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace tessera {

/// Microseconds of show time or take time. What the job and the event log are written in.
using Micros = int64_t;
inline constexpr int64_t kMicrosPerSecond = 1'000'000;

/// An exact fraction: media time in seconds, or a rate per second. `den` > 0; not necessarily in lowest terms.
/// Products are taken in 128 bits, so any two values with 63-bit parts compare exactly.
struct Rational {
  int64_t num = 0;
  int64_t den = 1;

  static constexpr Rational from_micros(Micros us) { return {us, kMicrosPerSecond}; }

  /// Lowest terms, den > 0.
  Rational reduced() const;
  double to_double() const { return static_cast<double>(num) / static_cast<double>(den); }
};

__extension__ using Int128 = __int128;

/// The greatest common divisor of |a| and b, b >= 0; 1 where both are 0.
Int128 gcd(Int128 a, Int128 b);

constexpr std::strong_ordering operator<=>(const Rational& a, const Rational& b) {
  return static_cast<Int128>(a.num) * b.den <=> static_cast<Int128>(b.num) * a.den;
}
constexpr bool operator==(const Rational& a, const Rational& b) { return (a <=> b) == 0; }

/// Exact; the result is reduced. Overflow of the reduced parts is a programming error (asserted).
Rational operator+(const Rational& a, const Rational& b);
Rational operator-(const Rational& a, const Rational& b);
Rational operator*(const Rational& a, const Rational& b);
Rational operator/(const Rational& a, const Rational& b);

/// floor(a * b / c) and round-half-up(a * b / c) without overflow of the product; c > 0.
int64_t muldiv_floor(int64_t a, int64_t b, int64_t c);
int64_t muldiv_round(int64_t a, int64_t b, int64_t c);
/// ceil(a * b / c); c > 0.
int64_t muldiv_ceil(int64_t a, int64_t b, int64_t c);

/// "30", "25", "30000/1001": a positive rate, both parts at most 1,000,000.
/// @retval kBadInput otherwise; the detail says what was wanted.
Result<Rational> parse_rate(std::string_view text);

/// "30" or "30000/1001".
std::string format_rate(const Rational& rate);

/// "h:mm:ss.mmm", for people.
std::string format_time(const Rational& seconds);

}  // namespace tessera
