#include "engine/spec/decimal.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "engine/base/rational.h"

namespace tessera::spec {
namespace {

TEST(Decimal, RoundsTheTextOnceHalvesAwayFromZero) {
  struct Case {
    const char* text;
    int scale;
    int64_t value;
    bool exact;
  };
  const Case cases[] = {
      {"0", 6, 0, true},
      {"-0", 6, 0, true},
      {"0.1234565", 6, 123457, false},  // the nearest double lies below the half
      {"1.0000005", 6, 1000001, false},
      {"2.6755", 3, 2676, false},  // likewise
      {"-0.0000005", 6, -1, false},
      {"0.00000049999999999999999999999999999", 6, 0, false},
      {"0.000000500000000000000000000000000001", 6, 1, false},
      {"12.50", 1, 125, true},
      {"125e-1", 1, 125, true},
      {"1.25E+1", 1, 125, true},
      {"1e-400", 6, 0, false},
      {"0e99999999999999999999", 6, 0, true},
      {"0.000e-7", 0, 0, true},
      {"9223372036854775807", 0, INT64_MAX, true},
      {"-9223372036854775808", 0, INT64_MIN, true},
      {"3.0", 0, 3, true},
      {"9.5", 0, 10, false},
      {"000123", 0, 123, true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto got = parse_decimal(c.text, c.scale);
    ASSERT_TRUE(got.has_value());
    EXPECT_EQ(got->value, c.value);
    EXPECT_EQ(got->exact, c.exact);
  }
}

TEST(Decimal, RefusesWhatIsNoNumberOrDoesNotFit) {
  for (const char* text : {"", "-", "+1", ".5", "5.", "1e", "1e+", "1x", "0x10", "nan", "inf", "1 ", " 1", "1e400",
                           "1e99999999999999999999", "9223372036854775808", "-9223372036854775809", "1e19", "1e1e1"}) {
    EXPECT_FALSE(parse_decimal(text, 0).has_value()) << text;
  }
}

TEST(Decimal, AgreesWithIntegerDivision) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const auto digits = static_cast<int64_t>(random() % 1'000'000'000'000);
    const int places = static_cast<int>(random() % 12);
    int64_t unit = 1;
    for (int p = 0; p < places; ++p) unit *= 10;
    std::string text = std::to_string(digits / unit);
    if (places > 0) text += "." + std::to_string(unit + digits % unit).substr(1);
    // digits / 10^places * 10^6, rounded half up
    const Int128 scaled = static_cast<Int128>(digits) * 1'000'000;
    const auto want = static_cast<int64_t>((2 * scaled + unit) / (2 * static_cast<Int128>(unit)));
    ASSERT_EQ(parse_decimal(text, 6)->value, want) << text;
    ASSERT_EQ(parse_decimal("-" + text, 6)->value, -want) << text;
    ASSERT_EQ(parse_decimal(text, 6)->exact, scaled % unit == 0) << text;
  }
}

TEST(ClockTime, IsHoursMinutesSeconds) {
  EXPECT_EQ(parse_clock_time("0:00:00"), 0);
  EXPECT_EQ(parse_clock_time("1:02:03.5"), 3'723'500'000);
  EXPECT_EQ(parse_clock_time("-0:00:02.000001"), -2'000'001);
  EXPECT_EQ(parse_clock_time("0:00:00.1234565"), 123'457);
  EXPECT_EQ(parse_clock_time("0:59:59.999999999999"), 3'600'000'000);
  EXPECT_EQ(parse_clock_time("9999:00:00"), 35'996'400'000'000);
  for (const char* text : {"", "1", "1:2", "1:02", "1:02:3", "1:2:03", "1:60:00", "1:00:60", "1:00:00.", "1:00:00.x",
                           "1:00:00.1234567890123", "10000:00:00", "1:00:00:00", ":00:00", "1:-1:00", "1:00:00 ",
                           "--1:00:00", "1:00:0e1", "1:00:00.5e1"}) {
    EXPECT_FALSE(parse_clock_time(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tessera::spec
