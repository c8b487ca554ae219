#include <gtest/gtest.h>

#include "synthetic.h"

namespace tessera::audio {
namespace {

using testing::constant;
using testing::OpenCount;
using testing::run;
using testing::source;
using testing::voice;

constexpr Micros kSecond = kMicrosPerSecond;

testing::Signal impulse(int64_t at) {
  return [=](int64_t n) { return n == at ? 1.0 : 0.0; };
}

TEST(Placement, AnImpulseComesOutAtItsShowTimeAndNowhereElse) {
  spec::Take take;
  take.at = 2 * kSecond + 500'000;
  take.in = kSecond;
  MixPlan plan;
  // Take time 3.25 s is show time 2.5 + 3.25 - 1 = 4.75 s.
  plan.takes.push_back({source(impulse(156'000)), ClockMap(take), GainCurve({{120'000, 480'000}}, 0.5)});
  const std::vector<double> mix = run(plan, 300);
  ASSERT_EQ(mix.size(), 576'000U);
  for (size_t i = 0; i < mix.size(); ++i) ASSERT_EQ(mix[i], i / 2 == 228'000 ? 0.5 : 0.0) << i;
}

TEST(Placement, ATakeBetweenSamplesGoesToTheNearestOne) {
  spec::Take take;
  take.at = 10;  // 0.48 samples late
  EXPECT_EQ(ClockMap(take).constant_offset(), 0);
  take.at = 11;  // 0.528
  EXPECT_EQ(ClockMap(take).constant_offset(), -1);
  take.clock = {{0, 11}, {kSecond, kSecond + 11}, {5 * kSecond, 5 * kSecond + 11}};
  EXPECT_EQ(ClockMap(take).constant_offset(), -1);
}

TEST(Placement, PositionsOfRandomClocksAgreeWithLongArithmetic) {
  const uint32_t seed = 20261122;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const auto within = [&](int64_t low, int64_t high) { return std::uniform_int_distribution(low, high)(random); };
  for (int round = 0; round < 200; ++round) {
    spec::Take take;
    int64_t at = within(-5 * kSecond, 5 * kSecond);
    int64_t show = within(0, 3600 * kSecond);
    for (int point = 0; point < 4; ++point) {
      take.clock.emplace_back(at, show);
      const int64_t run = within(kSecond, 7200 * kSecond);
      at += run + within(-run / 100, run / 100);
      show += run;
    }
    const ClockMap clock(take);
    for (int sample = 0; sample < 20; ++sample) {
      const int64_t first = within(0, int64_t{48'000} * 16'000);
      std::vector<SamplePosition> positions(700);
      clock.positions(first, positions);
      for (size_t n = 0; n < positions.size(); n += 233) {
        const long double time = static_cast<long double>(first + static_cast<int64_t>(n)) / 0.048L;
        size_t segment = 0;
        while (segment + 2 < take.clock.size() && time >= static_cast<long double>(take.clock[segment + 1].second)) {
          ++segment;
        }
        const auto [take0, show0] = take.clock[segment];
        const auto [take1, show1] = take.clock[segment + 1];
        const long double want = (static_cast<long double>(take0) + (time - static_cast<long double>(show0)) *
                                                                        static_cast<long double>(take1 - take0) /
                                                                        static_cast<long double>(show1 - show0)) *
                                 0.048L;
        const long double got = static_cast<long double>(positions[n].sample) + positions[n].fraction;
        ASSERT_LT(std::abs(static_cast<double>(got - want)), 1e-7) << round << ' ' << first + static_cast<int64_t>(n);
      }
    }
  }
}

/// Where the energy around an impulse lies, in samples of the show.
double centre_of(std::span<const double> block, int64_t first) {
  double moment = 0;
  double energy = 0;
  for (size_t i = 0; i < block.size(); i += 2) {
    moment += block[i] * block[i] * static_cast<double>(first + static_cast<int64_t>(i / 2));
    energy += block[i] * block[i];
  }
  EXPECT_GT(energy, 0.2);
  return moment / energy;
}

TEST(Placement, AClockThatDriftsStaysWithinAMillisecondForFourHours) {
  // A recorder that runs 73 ppm slow: 4 h of the take are 4 h and 1.05 s of the show.
  spec::Take take;
  const Micros hours4 = 14'400 * kSecond;
  take.clock = {{0, kSecond}, {hours4, kSecond + hours4 + 1'051'200}};
  constexpr int64_t kEvery = int64_t{48'000} * 600;
  Voice voice({source([](int64_t n) { return n % kEvery == kEvery / 2 ? 1.0 : 0.0; }), ClockMap(take),
               GainCurve({{0, int64_t{48'000} * 15'000}}, 1.0)},
              std::make_shared<const Resampler>());
  std::vector<double> block(kBlockSamples * 2);
  double worst = 0;
  for (int64_t take_sample = kEvery / 2; take_sample < int64_t{48'000} * 14'400; take_sample += kEvery) {
    const double expected = 48'000.0 + static_cast<double>(take_sample) * (static_cast<double>(hours4) + 1'051'200) /
                                           static_cast<double>(hours4);
    const int64_t first = static_cast<int64_t>(expected) - kBlockSamples / 2;
    std::fill(block.begin(), block.end(), 0.0);
    ASSERT_TRUE(voice.add(first, block));
    worst = std::max(worst, std::abs(centre_of(block, first) - expected));
  }
  EXPECT_LT(worst, 0.6) << "samples; 48 are a millisecond";
}

TEST(Placement, ADriftingSineKeepsItsShape) {
  spec::Take take;
  take.clock = {{0, 0}, {100 * kSecond, 100 * kSecond + 10'000}};
  MixPlan plan;
  plan.takes.push_back({source(testing::sine(5000, 0.5)), ClockMap(take), GainCurve({{-1000, 1'000'000}}, 1.0)});
  const std::vector<double> mix = run(plan, 100);
  double error = 0;
  for (size_t n = 0; n < mix.size() / 2; ++n) {
    const double time = static_cast<double>(n) / 48'000.0 / 1.0001;
    error = std::max(error, std::abs(mix[2 * n] - 0.5 * std::sin(2 * std::numbers::pi * 5000 * time)));
  }
  EXPECT_LT(error, 0.5 * 3.2e-5) << "-90 dB of the sine";
}

TEST(Mutes, NothingSoundsAfterTheTimestampAndNothingIsMissingBeforeItsRamp) {
  MixPlan plan;
  plan.takes.push_back(voice(source(constant(1.0)), 0, {{0, 100'000}, {150'001, 200'000}}));
  const std::vector<double> mix = run(plan, 250);
  const auto at = [&](int64_t n) { return mix[static_cast<size_t>(2 * n)]; };
  for (int64_t n = kRampSamples; n <= 100'000 - kRampSamples; ++n) ASSERT_EQ(at(n), 1.0) << n;
  for (int64_t n = 100'000 - kRampSamples; n < 100'000; ++n) ASSERT_GT(at(n), at(n + 1)) << n;
  for (int64_t n = 100'000; n <= 150'001; ++n) ASSERT_EQ(at(n), 0.0) << n;
  for (int64_t n = 150'001; n < 150'001 + kRampSamples; ++n) ASSERT_LT(at(n), at(n + 1)) << n;
  EXPECT_EQ(at(150'001 + kRampSamples), 1.0);
  for (int64_t n = 200'000; n < 240'000; ++n) ASSERT_EQ(at(n), 0.0) << n;
}

TEST(Mutes, SpansThatTouchHaveNoRampBetweenThem) {
  const GainCurve curve({{500, 900}, {0, 500}, {900, 900}}, 1.0);
  EXPECT_EQ(curve.spans(), (std::vector<SampleSpan>{{0, 900}}));
  const GainCurve brief({{0, 100}}, 1.0);
  std::vector<double> gains(120);
  brief.fill(0, gains);
  EXPECT_EQ(gains[50], 50.0 / kRampSamples) << "a span shorter than its ramps peaks in its middle";
  EXPECT_EQ(gains[100], 0.0);
}

TEST(Sources, AreOpenOnlyWhileTheyAreHeard) {
  OpenCount count;
  MixPlan plan;
  for (int64_t take = 0; take < 40; ++take) {
    plan.takes.push_back(
        voice(source(constant(0.1), &count), take * 2 * kSecond, {{take * 96'000, take * 96'000 + 90'000}}));
  }
  MixBus bus(plan);
  EXPECT_EQ(count.opened, 0);
  std::vector<double> block(kBlockSamples * 2);
  for (int i = 0; i < 80 * 50 + 60; ++i) ASSERT_TRUE(bus.next(block));
  EXPECT_EQ(count.opened, 40);
  EXPECT_LE(count.most, 2);
  EXPECT_EQ(count.open, 0);
}

TEST(Sources, SamplesThatAreNoNumbersAreSilence) {
  MixPlan plan;
  plan.takes.push_back(voice(source([](int64_t n) {
                               return n % 3 == 0   ? std::numeric_limits<double>::quiet_NaN()
                                      : n % 3 == 1 ? std::numeric_limits<double>::infinity()
                                                   : 1e30;
                             }),
                             0, {{-1000, 10'000}}));
  for (const double value : run(plan, 5)) ASSERT_TRUE(value == 0.0 || value == 16.0) << value;
}

TEST(Sources, AClockThatRacesIsSilentAndCostsNoMemory) {
  spec::Take take;
  for (const Micros show_end : {Micros{1}, 10 * kSecond}) {
    take.clock = {{0, 0}, {1'000'000 * kSecond, show_end}};
    MixPlan plan;
    plan.takes.push_back({source(constant(1.0)), ClockMap(take), GainCurve({{1, 96'000}}, 1.0)});
    const std::vector<double> mix = run(plan, 100);
    for (size_t i = 2; i < mix.size(); ++i) ASSERT_EQ(mix[i], 0.0) << i;
  }
}

}  // namespace
}  // namespace tessera::audio
