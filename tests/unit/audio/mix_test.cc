#include <gtest/gtest.h>

#include "engine/audio/looped_source.h"
#include "engine/audio/mix_chain.h"
#include "stock_meter.h"
#include "synthetic.h"

namespace tessera::audio {
namespace {

using testing::constant;
using testing::OpenCount;
using testing::run;
using testing::sine;
using testing::source;
using testing::speech_like;
using testing::stock_loudness;
using testing::voice;

constexpr int64_t kRate = 48'000;

std::vector<float> mix_all(const MixPlan& plan, int64_t samples, double target, MixReport* report = nullptr) {
  auto mixer = MixChain::create(plan, samples, target);
  EXPECT_TRUE(mixer);
  std::vector<float> out(static_cast<size_t>(samples * 2));
  EXPECT_TRUE((*mixer)->read(out));
  if (report != nullptr) *report = (*mixer)->report();
  return out;
}

MixPlan talk(double amplitude, int64_t samples) {
  MixPlan plan;
  plan.takes.push_back(voice(source(speech_like(amplitude, 1)), 0, {{0, samples}}));
  plan.takes.push_back(voice(source(speech_like(amplitude / 2, 2)), 1'700'000, {{81'600, samples}}));
  return plan;
}

TEST(Loudness, TheMixComesOutAtItsTargetByTheStockMeter) {
  for (const double amplitude : {0.03, 0.08, 0.5}) {
    MixReport report;
    const std::vector<float> mix = mix_all(talk(amplitude, 8 * kRate), 8 * kRate, -16, &report);
    const auto measured = stock_loudness(mix);
    EXPECT_NEAR(measured.lufs, -16, 0.5) << amplitude;
    EXPECT_LE(measured.true_peak_dbfs, -1.0) << amplitude;
    EXPECT_NEAR(report.integrated_lufs, measured.lufs, 0.15);
    EXPECT_NEAR(report.true_peak_dbfs, measured.true_peak_dbfs, 0.3);
  }
}

TEST(Loudness, AWhisperIsRaisedByTwentyDecibelsAndNoMore) {
  MixReport report;
  const std::vector<float> mix = mix_all(talk(0.002, 10 * kRate), 10 * kRate, -16, &report);
  EXPECT_EQ(report.applied_gain_db, 20.0);
  EXPECT_LT(stock_loudness(mix).lufs, -20);
}

TEST(Loudness, SilenceStaysSilence) {
  MixReport report;
  for (const float value : mix_all({}, 3 * kRate + 17, -16, &report)) ASSERT_EQ(value, 0.0F);
  EXPECT_EQ(report.applied_gain_db, 0.0);
  EXPECT_EQ(report.limited_samples, 0);
  EXPECT_TRUE(std::isinf(report.integrated_lufs));
}

TEST(Mix, StartsAtTheShowsFirstSampleInSpiteOfTheLimitersDelay) {
  MixPlan plan;
  plan.takes.push_back(voice(source([](int64_t n) { return n == 5000 ? 0.25 : 0.0; }), 0, {{0, kRate}}));
  MixReport report;
  const std::vector<float> mix = mix_all(plan, kRate, -70, &report);
  const auto loudest = std::max_element(mix.begin(), mix.end());
  EXPECT_EQ((loudest - mix.begin()) / 2, 5000);
  EXPECT_NEAR(*loudest, 0.25 * db_to_gain(report.applied_gain_db), 1e-7);
}

TEST(Mix, TheSizesOfReadsDoNotChangeIt) {
  const int64_t samples = 6 * kRate + 123;
  MixPlan plan = talk(0.9, samples);
  plan.sounds.push_back({voice(source(sine(330, 0.3)), 0, {{0, samples}}), true});
  auto loudness = std::make_shared<media::AudioIndex>();
  for (int i = 0; i < 300; ++i) loudness->loudness.push_back(i % 100 < 50 ? -2000 : INT16_MIN);
  plan.speech.push_back({loudness, ClockMap(spec::Take{}), {{0, samples}}, 0});
  spec::Take drifting;
  drifting.clock = {{0, 0}, {1'000'000, 1'000'100}};
  plan.takes.push_back({source(speech_like(0.1, 5)), ClockMap(drifting), GainCurve({{1000, samples}}, 1.0)});

  const std::vector<float> whole = mix_all(plan, samples, -14);
  for (const uint32_t seed : {1U, 2U}) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    auto mixer = MixChain::create(plan, samples, -14);
    ASSERT_TRUE(mixer);
    std::vector<float> parts;
    while (parts.size() < whole.size() + 1000) {
      std::vector<float> part(2 * std::uniform_int_distribution<size_t>(1, 5000)(random), 7.0F);
      ASSERT_TRUE((*mixer)->read(part));
      parts.insert(parts.end(), part.begin(), part.end());
    }
    for (size_t i = whole.size(); i < parts.size(); ++i) ASSERT_EQ(parts[i], 0.0F) << "after the end";
    parts.resize(whole.size());
    EXPECT_EQ(parts, whole);
  }
}

TEST(Mix, AnErrorOfASourceIsReturned) {
  MixPlan plan;
  const OpenSource broken = []() -> Result<std::unique_ptr<SampleSource>> {
    return fail(Errc::kBadInput, "gone.mp4", "was there a minute ago");
  };
  plan.takes.push_back(voice(broken, 0, {{0, kRate}}));
  const auto mixer = MixChain::create(plan, kRate, -16);
  ASSERT_FALSE(mixer);
  EXPECT_EQ(mixer.error().where, "gone.mp4");
}

/// A file of `end` samples: what lies beyond is poison.
testing::Signal file(const testing::Signal& signal, int64_t begin, int64_t end) {
  return [=](int64_t n) { return n < begin ? 0.0 : n < end ? signal(n) : 99.0; };
}

TEST(Music, LoopsWithoutASeam) {
  // 441 Hz has whole periods in one second and in twelve: a seamless loop is a continuous sine.
  for (const int64_t seconds : {1, 12}) {
    OpenCount count;
    const OpenSource open = source(file(sine(441, 0.5), 0, seconds * kRate), &count);
    LoopedSource loop(open, 0, seconds * kRate);
    const int64_t samples = seconds * kRate * 7 / 2;
    std::vector<float> out(static_cast<size_t>(samples * 2));
    for (size_t done = 0; done < out.size();) {
      const size_t part = std::min<size_t>(out.size() - done, 1920);
      ASSERT_TRUE(loop.read(static_cast<int64_t>(done / 2), std::span(out).subspan(done, part)));
      done += part;
    }
    for (int64_t n = 0; n < samples; ++n) ASSERT_NEAR(out[static_cast<size_t>(2 * n)], sine(441, 0.5)(n), 1e-6) << n;
    EXPECT_EQ(count.opened, seconds == 1 ? 2 : 4) << "a short loop is kept, a long one opened for each round";
  }
}

TEST(Music, LoopsFromItsFirstSampleNotFromTheFilesStart) {
  LoopedSource loop(source(file([](int64_t n) { return static_cast<double>(n); }, 5, 9)), 5, 9);
  std::vector<float> out(2 * 16);
  ASSERT_TRUE(loop.read(3, out));
  const std::vector<float> want = {0, 0, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6};
  for (size_t n = 0; n < want.size(); ++n) EXPECT_EQ(out[2 * n], want[n]) << n;
}

struct DuckCase {
  MixPlan plan;
  std::shared_ptr<media::AudioIndex> index = std::make_shared<media::AudioIndex>();
};

/// Music at level 1, a guest who speaks from 2 s to 5 s.
DuckCase duck_case(int16_t loudness, std::vector<SampleSpan> heard, int32_t gain_mdb) {
  DuckCase c;
  for (int i = 0; i < 400; ++i) c.index->loudness.push_back(i >= 100 && i < 250 ? loudness : int16_t{-7000});
  c.plan.sounds.push_back({voice(source(constant(1.0)), 0, {{-1000, 10 * kRate}}), true});
  c.plan.sounds.push_back({voice(source(constant(0.25)), 0, {{-1000, 10 * kRate}}), false});
  c.plan.speech.push_back({c.index, ClockMap(spec::Take{}), std::move(heard), gain_mdb});
  return c;
}

double music_db(const std::vector<double>& mix, double seconds) {
  return gain_to_db(mix[static_cast<size_t>(seconds * 48'000) * 2] - 0.25);
}

TEST(Ducking, LowersDuckedSoundsByTwelveDecibelsWhileAGuestSpeaks) {
  const std::vector<double> mix = run(duck_case(-2000, {{0, 10 * kRate}}, 0).plan, 500);
  EXPECT_EQ(music_db(mix, 1.95), 0.0);
  EXPECT_NEAR(music_db(mix, 2.05), -12 * (1 - std::exp(-1)), 0.5) << "attack: 50 ms";
  EXPECT_NEAR(music_db(mix, 3.5), -12.0, 0.01);
  EXPECT_NEAR(music_db(mix, 4.99), -12.0, 0.01);
  EXPECT_NEAR(music_db(mix, 5.4), -12 * std::exp(-1), 0.5) << "release: 400 ms";
  EXPECT_NEAR(music_db(mix, 9.9), 0.0, 0.01);
}

TEST(Ducking, IgnoresMutedGuestsAndMurmurs) {
  EXPECT_EQ(music_db(run(duck_case(-2000, {{0, 96'000}, {240'000, 480'000}}, 0).plan, 500), 3.5), 0.0);
  EXPECT_EQ(music_db(run(duck_case(-4100, {{0, 10 * kRate}}, 0).plan, 500), 3.5), 0.0);
  EXPECT_NEAR(music_db(run(duck_case(-4100, {{0, 10 * kRate}}, 6000).plan, 500), 3.5), -12.0, 0.01)
      << "a take's gain makes a murmur speech";
}

}  // namespace
}  // namespace tessera::audio
