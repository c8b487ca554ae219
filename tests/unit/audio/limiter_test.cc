#include "engine/audio/limiter.h"

#include <gtest/gtest.h>

#include "stock_meter.h"
#include "synthetic.h"

namespace tessera::audio {
namespace {

std::vector<float> stereo(const testing::Signal& left, const testing::Signal& right, int64_t samples) {
  std::vector<float> out;
  for (int64_t n = 0; n < samples; ++n) {
    out.push_back(static_cast<float>(left(n)));
    out.push_back(static_cast<float>(right(n)));
  }
  return out;
}

TEST(Limiter, PassesBitByBitWhatStaysUnderTheCeiling) {
  const std::vector<float> in = stereo(testing::sine(997, 0.86), testing::speech_like(0.4, 3), 96'000);
  std::vector<float> out = in;
  Limiter limiter;
  limiter.process(out);
  EXPECT_EQ(limiter.limited_samples(), 0);
  const auto delay = static_cast<size_t>(Limiter::kDelay) * 2;
  for (size_t i = 0; i < delay; ++i) ASSERT_EQ(out[i], 0.0F);
  for (size_t i = delay; i < in.size(); ++i) ASSERT_EQ(out[i], in[i - delay]) << i;
}

TEST(Limiter, PassesBitByBitAgainAfterItHasLimited) {
  const auto signal = [](int64_t n) { return (n / 4800 == 3 ? 4.0 : 0.5) * testing::sine(440, 1.0)(n); };
  const std::vector<float> in = stereo(signal, signal, 144'000);
  std::vector<float> out = in;
  Limiter limiter;
  limiter.process(out);
  EXPECT_GT(limiter.limited_samples(), 4800);
  const auto delay = static_cast<size_t>(Limiter::kDelay) * 2;
  for (size_t i = 2 * 120'000; i < in.size(); ++i) ASSERT_EQ(out[i], in[i - delay]) << i;
}

struct Loud {
  const char* name;
  testing::Signal signal;
};

class LoudSignals : public ::testing::TestWithParam<Loud> {};

TEST_P(LoudSignals, StayUnderMinusOneTruePeakByTheStockMeter) {
  std::vector<float> samples = stereo(GetParam().signal, GetParam().signal, 48'000 * 3);
  ASSERT_GT(testing::stock_loudness(samples).true_peak_dbfs, 0.0) << "nothing to limit";
  Limiter limiter;
  limiter.process(samples);
  const double peak = testing::stock_loudness(samples).true_peak_dbfs;
  RecordProperty("true_peak_dbfs", std::to_string(peak));
  EXPECT_LE(peak, -1.0);
  EXPECT_GE(peak, -2.0) << "limited more than was needed";
}

INSTANTIATE_TEST_SUITE_P(
    All, LoudSignals,
    ::testing::Values(
        Loud{"Sine997", testing::sine(997, 2.5)},
        Loud{"QuarterRate",
             [](int64_t n) { return 1.2 * std::sin(std::numbers::pi * (0.5 * static_cast<double>(n) + 0.25)); }},
        Loud{"Sine15k", testing::sine(15'321, 1.7)}, Loud{"Noise", testing::speech_like(3.0, 9)},
        Loud{"Clicks", [](int64_t n) { return n % 7001 == 0 ? 8.0 : 0.05 * testing::sine(200, 1)(n); }},
        Loud{"Square", [](int64_t n) { return (n / 57) % 2 == 0 ? 1.5 : -1.5; }},
        Loud{"Steps", [](int64_t n) { return std::pow(2.0, (n / 9600) % 6 - 3) * testing::sine(300, 1)(n); }}),
    [](const auto& loud) { return loud.param.name; });

}  // namespace
}  // namespace tessera::audio
