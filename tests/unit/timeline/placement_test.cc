#include "engine/timeline/placement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/timeline/exact.h"
#include "tests/unit/timeline/show_builder.h"

namespace tessera::timeline {
namespace {

using test::kSecond;
using test::picture_take;

TEST(Placement, CutsAndPlaces) {
  spec::Take take;
  take.at = 5 * kSecond;
  take.in = 2 * kSecond;
  take.out = 6 * kSecond;
  const PlacedTake placed(0, 0, take, picture_take(300, {30, 1}));
  EXPECT_EQ(placed.begin(), (Rational{5, 1}));
  EXPECT_EQ(*placed.end(), (Rational{9, 1}));
  EXPECT_EQ(placed.to_take({22, 3}), (Rational{13, 3}));
  EXPECT_EQ(placed.to_show({13, 3}), (Rational{22, 3}));
  EXPECT_FALSE(placed.runs_at({149, 30}));
  EXPECT_TRUE(placed.runs_at({150, 30}));
  EXPECT_TRUE(placed.runs_at({269, 30}));
  EXPECT_FALSE(placed.runs_at({270, 30}));
}

TEST(Placement, EndsWithItsMediaOrWithItsCut) {
  spec::Take take;
  EXPECT_EQ(*PlacedTake(0, 0, take, picture_take(300, {30, 1})).end(), (Rational{10, 1}));
  take.out = 20 * kSecond;
  EXPECT_EQ(*PlacedTake(0, 0, take, picture_take(300, {30, 1})).end(), (Rational{10, 1}));
  EXPECT_EQ(*PlacedTake(0, 0, take, nullptr).end(), (Rational{20, 1}));
  take.out.reset();
  const PlacedTake lost(0, 0, take, nullptr);
  EXPECT_TRUE(lost.lost());
  EXPECT_FALSE(lost.end().has_value());
  EXPECT_TRUE(lost.runs_at({1'000'000, 1}));
  take.in = 12 * kSecond;
  EXPECT_FALSE(PlacedTake(0, 0, take, picture_take(300, {30, 1})).runs_at({0, 1}));
}

TEST(Placement, ClockIsPiecewiseLinearAndGoesOnAtBothEnds) {
  spec::Take take;
  take.at = 77 * kSecond;  // the clock replaces it
  take.clock = {{0, 10 * kSecond}, {4 * kSecond, 12 * kSecond}, {8 * kSecond, 24 * kSecond}};
  const PlacedTake placed(0, 0, take, picture_take(300, {30, 1}));
  EXPECT_EQ(placed.begin(), (Rational{10, 1}));
  EXPECT_EQ(*placed.end(), (Rational{30, 1}));  // 8 -> 24, then 2 s at the slope 3
  const std::pair<Rational, Rational> points[] = {{{-2, 1}, {9, 1}},    {{0, 1}, {10, 1}}, {{1, 3}, {61, 6}},
                                                  {{4, 1}, {12, 1}},    {{5, 1}, {15, 1}}, {{8, 1}, {24, 1}},
                                                  {{81, 10}, {243, 10}}};
  for (const auto& [take_time, show_time] : points) {
    EXPECT_EQ(placed.to_show(take_time), show_time) << take_time.to_double();
    EXPECT_EQ(placed.to_take(show_time), take_time) << show_time.to_double();
  }
}

/// Any time base a file may claim, any drift: no overflow, and within a nanosecond of long double arithmetic.
TEST(Placement, MapsSurviveHostileTimeBases) {
  std::mt19937_64 random(11);
  const auto up_to = [&](int64_t limit) { return static_cast<int64_t>(random() % static_cast<uint64_t>(limit)); };
  for (int round = 0; round < 20'000; ++round) {
    spec::Take take;
    const Micros length = 1 + up_to(6 * 3600 * kSecond);
    const Micros start = up_to(24 * 3600 * kSecond);
    take.clock = {{0, start}, {length, start + length + up_to(100'000) - std::min<Micros>(length - 1, 50'000)}};
    const PlacedTake placed(0, 0, take, nullptr);
    const int64_t den = 1 + up_to(4'294'967'295);
    const Rational t{up_to(6 * 3600) * den + up_to(den), den};
    const long double slope = static_cast<long double>(take.clock[1].second - start) / static_cast<long double>(length);
    const long double x = static_cast<long double>(t.num) / static_cast<long double>(t.den);
    const long double want = static_cast<long double>(start) / 1e6L + x * slope;
    const Rational got = placed.to_show(t);
    // Half a nanosecond for t's time base, as much for the product (both only where they don't fit exactly).
    EXPECT_LE(std::abs(static_cast<long double>(got.num) / static_cast<long double>(got.den) - want),
              0.51e-9L * (1 + slope))
        << "round " << round << " of seed 11";
    const Rational back = sub_times(placed.to_take(got), t);
    EXPECT_LE(std::abs(back.to_double()), 3e-9 * (1 + 1 / static_cast<double>(slope))) << "round " << round;
  }
}

TEST(Placement, SumsStayExactForShowRatesAndMicroseconds) {
  const Rational frame{431'568LL * 1001, 30000};  // a four-hour show's last frame
  const Rational at = Rational::from_micros(7'123'456'789);
  EXPECT_EQ(sub_times(frame, at), frame - at);
  EXPECT_EQ(add_times(frame, at), frame + at);
  const Rational odd{3, 999'983};
  EXPECT_EQ(add_times(odd, at), odd + at);
}

TEST(Placement, TellsDurationAndFrames) {
  test::ShowBuilder show;
  show.guest("host");
  EXPECT_FALSE(show_duration(show.show.job, show.takes).has_value());
  show.take(0, picture_take(300, {30, 1}), 2 * kSecond);
  show.take(0, nullptr, 50 * kSecond);
  EXPECT_EQ(show_duration(show.show.job, show.takes).value(), 12 * kSecond);
  show.show.job.duration = 7 * kSecond;
  EXPECT_EQ(show_duration(show.show.job, show.takes).value(), 7 * kSecond);
  show.show.job.duration = 0;
  EXPECT_EQ(show_duration(show.show.job, show.takes).error().code, Errc::kBadInput);
  EXPECT_EQ(take_name(show.show.job, show.takes[1]), "host/1");

  EXPECT_EQ(frame_count(12 * kSecond, {30, 1}), 360);
  EXPECT_EQ(frame_count(12 * kSecond + 1, {30, 1}), 361);
  EXPECT_EQ(frame_count(12 * kSecond, {30000, 1001}), 360);  // 359.64
  EXPECT_EQ(frame_count(1, {1, 1}), 1);
}

}  // namespace
}  // namespace tessera::timeline
