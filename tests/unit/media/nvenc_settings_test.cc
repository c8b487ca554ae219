#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "engine/media/encode_nvenc_settings.h"

namespace tessera::media {
namespace {

VideoEncoderSettings rendition() {
  VideoEncoderSettings s;
  s.encoder = "nvenc";
  s.width = 720;
  s.height = 1280;
  s.bitrate_bps = 2'000'000;
  s.maxrate_bps = 3'000'000;
  s.bufsize_bits = 4'000'000;
  s.gop_frames = 60;
  s.chunk_frames = 960;
  return s;
}

std::map<std::string, std::string> options_of(const NvencPlan& plan) {
  return {plan.options.begin(), plan.options.end()};
}

TEST(NvencPlan, PresetsOfBothFamilies) {
  EXPECT_EQ(nvenc_preset("p6"), "p6");
  EXPECT_EQ(nvenc_preset("ultrafast"), "p1");
  EXPECT_EQ(nvenc_preset("veryfast"), "p3");
  EXPECT_EQ(nvenc_preset("veryslow"), "p7");
  EXPECT_EQ(nvenc_preset("p9"), "p4");
  // Slower never becomes faster.
  std::string last = "p0";
  for (const char* name :
       {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"}) {
    EXPECT_LE(last, nvenc_preset(name)) << name;
    last = nvenc_preset(name);
  }
}

TEST(NvencPlan, KeyFramesOnlyWhereTheyAreAsked) {
  const NvencPlan plan = plan_nvenc(rendition(), {});
  auto options = options_of(plan);
  EXPECT_EQ(plan.codec, "h264_nvenc");
  EXPECT_EQ(options["forced-idr"], "1");
  EXPECT_EQ(options["no-scenecut"], "1");
  EXPECT_EQ(options["b_ref_mode"], "middle");
  EXPECT_EQ(options["rc"], "vbr");
  EXPECT_EQ(options.count("cq"), 0U);
  EXPECT_EQ(plan.bframes, 2);
}

TEST(NvencPlan, ConstantQualityIsCappedAndNeverLeftToTheDriver) {
  VideoEncoderSettings s = rendition();
  s.bitrate_bps = 0;
  s.quality = 0;
  const NvencPlan plan = plan_nvenc(s, {});
  EXPECT_EQ(options_of(plan)["cq"], "1.00");
  EXPECT_EQ(plan.bitrate_bps, 0);
  EXPECT_GT(plan.maxrate_bps, 0);
}

TEST(NvencPlan, WhatAGpuLacksIsLeftOut) {
  for (const NvencFeatures& features : nvenc_feature_sets()) {
    auto options = options_of(plan_nvenc(rendition(), features));
    EXPECT_EQ(options.count("rc-lookahead"), features.look_ahead ? 1U : 0U);
    EXPECT_EQ(options.count("temporal-aq"), features.temporal_aq ? 1U : 0U);
    EXPECT_EQ(options.count("b_ref_mode"), features.b_references && features.b_frames ? 1U : 0U);
  }
  EXPECT_EQ(nvenc_feature_sets().front(), NvencFeatures{});
}

/// Chunks that each spend as much as their own bucket lets them, in the worst places, under the rendition's bucket.
TEST(NvencPlan, ChunksKeepTheRenditionsBucket) {
  std::mt19937 random(7);
  for (const int64_t bufsize : {500'000, 3'000'000, 4'000'000, 12'000'000}) {
    for (const int64_t chunk : {60, 240, 960}) {
      VideoEncoderSettings s = rendition();
      s.bufsize_bits = bufsize;
      s.chunk_frames = chunk;
      const NvencPlan plan = plan_nvenc(s, {});
      const double fps = 30, own_rate = static_cast<double>(plan.maxrate_bps) / fps;
      double free = static_cast<double>(bufsize);  // of the rendition's bucket
      for (int c = 0; c < 6; ++c) {
        double own = static_cast<double>(plan.bufsize_bits);
        const int64_t burst = std::uniform_int_distribution<int64_t>(0, chunk - 1)(random);
        for (int64_t n = 0; n < chunk; ++n) {
          const bool spends = c % 2 == 0 ? n >= chunk - 1 - burst : n <= burst;
          const double bits = spends ? own : 0;
          own = std::min(static_cast<double>(plan.bufsize_bits), own - bits + own_rate);
          free -= bits;
          ASSERT_GE(free, -1.0) << "bufsize " << bufsize << " chunk " << chunk << " frame " << n;
          free = std::min(static_cast<double>(bufsize), free + 3'000'000 / fps);
        }
      }
    }
  }
}

TEST(NvencPlan, TheTextTellsEverythingApart) {
  const std::string text = to_text(plan_nvenc(rendition(), {}));
  VideoEncoderSettings other = rendition();
  other.maxrate_bps += 1000;
  EXPECT_NE(text, to_text(plan_nvenc(other, {})));
  EXPECT_NE(text, to_text(plan_nvenc(rendition(), nvenc_feature_sets().back())));
}

}  // namespace
}  // namespace tessera::media
