#include "engine/base/rational.h"

#include <cassert>
#include <charconv>
#include <cstdio>
#include <limits>

namespace tessera {

Int128 gcd(Int128 a, Int128 b) {
  if (a < 0) a = -a;
  while (b != 0) {
    const Int128 r = a % b;
    a = b;
    b = r;
  }
  return a == 0 ? 1 : a;
}

namespace {

Rational make(Int128 num, Int128 den) {
  if (den < 0) {
    num = -num;
    den = -den;
  }
  const Int128 g = gcd(num, den);
  num /= g;
  den /= g;
  assert(num <= std::numeric_limits<int64_t>::max() && num >= std::numeric_limits<int64_t>::min());
  assert(den > 0 && den <= std::numeric_limits<int64_t>::max());
  return {static_cast<int64_t>(num), static_cast<int64_t>(den)};
}

Int128 floor_div(Int128 a, Int128 b) {
  const Int128 q = a / b;
  return (a % b != 0 && a < 0) ? q - 1 : q;
}

bool parse_int(std::string_view text, int64_t& out) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

Rational Rational::reduced() const { return make(num, den); }

Rational operator+(const Rational& a, const Rational& b) {
  return make(static_cast<Int128>(a.num) * b.den + static_cast<Int128>(b.num) * a.den,
              static_cast<Int128>(a.den) * b.den);
}
Rational operator-(const Rational& a, const Rational& b) {
  return make(static_cast<Int128>(a.num) * b.den - static_cast<Int128>(b.num) * a.den,
              static_cast<Int128>(a.den) * b.den);
}
Rational operator*(const Rational& a, const Rational& b) {
  return make(static_cast<Int128>(a.num) * b.num, static_cast<Int128>(a.den) * b.den);
}
Rational operator/(const Rational& a, const Rational& b) {
  assert(b.num != 0);
  return make(static_cast<Int128>(a.num) * b.den, static_cast<Int128>(a.den) * b.num);
}

int64_t muldiv_floor(int64_t a, int64_t b, int64_t c) {
  return static_cast<int64_t>(floor_div(static_cast<Int128>(a) * b, c));
}
int64_t muldiv_round(int64_t a, int64_t b, int64_t c) {
  return static_cast<int64_t>(floor_div(static_cast<Int128>(a) * b * 2 + c, static_cast<Int128>(c) * 2));
}
int64_t muldiv_ceil(int64_t a, int64_t b, int64_t c) {
  return static_cast<int64_t>(-floor_div(-(static_cast<Int128>(a) * b), c));
}

Result<Rational> parse_rate(std::string_view text) {
  constexpr int64_t kMax = 1'000'000;
  int64_t num = 0;
  int64_t den = 1;
  const size_t slash = text.find('/');
  const bool ok = parse_int(text.substr(0, slash), num) &&
                  (slash == std::string_view::npos || parse_int(text.substr(slash + 1), den));
  if (!ok || num < 1 || den < 1 || num > kMax || den > kMax) {
    return fail(Errc::kBadInput, "rate",
                "\"" + std::string(text) + "\" is no rate; wanted frames per second like \"30\" or \"30000/1001\"");
  }
  return Rational{num, den}.reduced();
}

std::string format_rate(const Rational& rate) {
  const Rational r = rate.reduced();
  return r.den == 1 ? std::to_string(r.num) : std::to_string(r.num) + "/" + std::to_string(r.den);
}

std::string format_time(const Rational& seconds) {
  int64_t ms = muldiv_round(seconds.num, 1000, seconds.den);
  const char* sign = ms < 0 ? "-" : "";
  if (ms < 0) ms = -ms;
  char text[48];
  std::snprintf(text, sizeof text, "%s%lld:%02lld:%02lld.%03lld", sign, static_cast<long long>(ms / 3'600'000),
                static_cast<long long>(ms / 60'000 % 60), static_cast<long long>(ms / 1000 % 60),
                static_cast<long long>(ms % 1000));
  return text;
}

}  // namespace tessera
