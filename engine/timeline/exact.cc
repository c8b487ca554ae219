#include "engine/timeline/exact.h"

#include <algorithm>

namespace tessera::timeline {
namespace {

constexpr int64_t kMaxDenominator = 1'000'000'000'000;
constexpr int64_t kNanos = 1'000'000'000;
constexpr Int128 kMaxNumerator = static_cast<Int128>(1) << 62;

/// floor(a / b + 1/2) for b > 0 and |a| < 2^126.
Int128 round_div(Int128 a, Int128 b) {
  Int128 quotient = a / b;
  Int128 rest = a % b;
  if (rest < 0) {
    rest += b;
    --quotient;
  }
  return rest >= b - rest ? quotient + 1 : quotient;
}

/// num / den for den > 0, |num| and den < 2^126.
Rational fit(Int128 num, Int128 den) {
  const Int128 g = gcd(num, den);
  num /= g;
  den /= g;
  if (den <= kMaxDenominator && num <= kMaxNumerator && num >= -kMaxNumerator) {
    return {static_cast<int64_t>(num), static_cast<int64_t>(den)};
  }
  // Whole seconds first, so that the product with 10^9 stays in 128 bits.
  constexpr Int128 kMaxSeconds = kMaxNumerator / kNanos;
  const Int128 seconds = std::clamp(num / den, -kMaxSeconds, kMaxSeconds);
  Int128 rest = num % den;
  while (den > (static_cast<Int128>(1) << 95)) {
    rest /= 2;
    den /= 2;
  }
  const Int128 nanos = std::clamp(seconds * kNanos + round_div(rest * kNanos, den), -kMaxNumerator, kMaxNumerator);
  return Rational{static_cast<int64_t>(nanos), kNanos}.reduced();
}

/// A time with a denominator that later sums can take.
Rational tame(const Rational& a) { return fit(a.num, a.den); }

Rational sum(const Rational& a, const Rational& b, int sign) {
  const Rational x = tame(a);
  const Rational y = tame(b);
  return fit(static_cast<Int128>(x.num) * y.den + sign * static_cast<Int128>(y.num) * x.den,
             static_cast<Int128>(x.den) * y.den);
}

}  // namespace

Rational add_times(const Rational& a, const Rational& b) { return sum(a, b, 1); }
Rational sub_times(const Rational& a, const Rational& b) { return sum(a, b, -1); }

Rational map_time(const Rational& x, Micros x0, Micros x1, Micros y0, Micros y1) {
  const Rational from_x0 = sub_times(x, Rational::from_micros(x0));
  const Int128 run = x1 == x0 ? 1 : x1 - x0;
  const Int128 rise = x1 == x0 ? 1 : y1 - y0;
  // num < 2^62 (fit), rise and run < 2^45: the product has 107 bits at most.
  return add_times(Rational::from_micros(y0), fit(from_x0.num * rise, from_x0.den * run));
}

}  // namespace tessera::timeline
