#include "engine/ladder/ladder.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/ladder/render_version.h"

namespace tessera::ladder {
namespace {

spec::Packaging packaging(double segment_s, double gop_s, int chunk_segments) {
  spec::Packaging p;
  p.segment = static_cast<Micros>(segment_s * 1e6);
  p.gop = static_cast<Micros>(gop_s * 1e6);
  p.chunk_segments = chunk_segments;
  return p;
}

struct GridCase {
  const char* fps;
  double segment_s, gop_s;
  int chunk_segments;
  Grid want;
};

TEST(Grid, IsWholeGopsOfWholeFrames) {
  const GridCase cases[] = {
      {"30", 4, 2, 8, {60, 120, 960}},
      {"25", 4, 2, 8, {50, 100, 800}},
      {"24", 4, 2, 8, {48, 96, 768}},
      {"30000/1001", 4, 2, 8, {60, 120, 960}},
      {"60000/1001", 4, 2, 8, {120, 240, 1920}},
      {"24000/1001", 4, 2, 8, {48, 96, 768}},
      {"25", 3.84, 1.92, 2, {48, 96, 192}},
      {"30", 5, 2, 1, {60, 180, 180}},    // 2.5 GOPs: half up
      {"30", 1, 2, 3, {60, 60, 180}},     // at least one GOP
      {"30", 4, 0.05, 1, {2, 160, 160}},  // 1.5 frames: half up
      {"1", 4, 0.5, 1, {1, 8, 8}},
  };
  for (const GridCase& c : cases) {
    SCOPED_TRACE(c.fps + std::string(" ") + std::to_string(c.segment_s) + " " + std::to_string(c.gop_s));
    const auto grid = plan_grid(packaging(c.segment_s, c.gop_s, c.chunk_segments), parse_rate(c.fps).value());
    ASSERT_TRUE(grid) << describe(grid.error());
    EXPECT_EQ(grid->gop_frames, c.want.gop_frames);
    EXPECT_EQ(grid->segment_frames, c.want.segment_frames);
    EXPECT_EQ(grid->chunk_frames, c.want.chunk_frames);
  }
}

TEST(Grid, RefusesWhatGivesNoFrames) {
  for (const auto& p : {packaging(4, 0, 8), packaging(0, 2, 8), packaging(-4, 2, 8), packaging(4, 2, 0),
                        packaging(4, 2, 1001), packaging(4, 4000, 1), packaging(4, 0.01, 1)}) {
    const auto grid = plan_grid(p, {30, 1});
    ASSERT_FALSE(grid);
    EXPECT_EQ(grid.error().code, Errc::kBadInput);
  }
}

TEST(Chunks, ShortShows) {
  const Grid grid{60, 120, 240};
  EXPECT_TRUE(plan_chunks(0, grid).empty());
  EXPECT_EQ(plan_chunks(1, grid), (std::vector<ChunkSpan>{{0, 0, 1, 0, {1}}}));
  EXPECT_EQ(plan_chunks(61, grid), (std::vector<ChunkSpan>{{0, 0, 61, 0, {61}}}));
  EXPECT_EQ(plan_chunks(121, grid), (std::vector<ChunkSpan>{{0, 0, 121, 0, {120, 1}}}));
  EXPECT_EQ(plan_chunks(240, grid), (std::vector<ChunkSpan>{{0, 0, 240, 0, {120, 120}}}));
  EXPECT_EQ(plan_chunks(241, grid), (std::vector<ChunkSpan>{{0, 0, 240, 0, {120, 120}}, {1, 240, 1, 2, {1}}}));
}

TEST(Chunks, CoverEveryFrameOnce) {
  const Grid grid{7, 21, 84};
  for (int64_t total = 1; total < 400; ++total) {
    int64_t frame = 0;
    int64_t segment = 0;
    int64_t index = 0;
    for (const ChunkSpan& chunk : plan_chunks(total, grid)) {
      ASSERT_EQ(chunk.index, index++);
      ASSERT_EQ(chunk.first_frame, frame);
      ASSERT_EQ(chunk.first_segment, segment);
      int64_t sum = 0;
      for (const int64_t frames : chunk.segment_frames) {
        const bool last = chunk.first_frame + sum + frames == total;
        ASSERT_TRUE(frames == grid.segment_frames || (last && frames > 0 && frames < grid.segment_frames));
        sum += frames;
      }
      ASSERT_EQ(sum, chunk.frames);
      frame += sum;
      segment += static_cast<int64_t>(chunk.segment_frames.size());
    }
    ASSERT_EQ(frame, total);
  }
}

TEST(AudioBoundary, IsTheFirstPacketAtOrAfterTheFrame) {
  for (const char* rate : {"30", "25", "24", "30000/1001", "60000/1001"}) {
    SCOPED_TRACE(rate);
    const Rational fps = parse_rate(rate).value();
    EXPECT_EQ(audio_boundary(0, fps, 48'000), 0);
    // Four hours in odd steps: against the definition, in exact fractions.
    for (int64_t frame = 1; frame < 4 * 3600 * 60; frame += 997) {
      const Rational due{frame * fps.den, fps.num};
      const int64_t sample = audio_boundary(frame, fps, 48'000);
      ASSERT_EQ(sample % 1024, 0);
      ASSERT_GE(Rational(sample, 48'000), due) << frame;
      ASSERT_LT(Rational(sample - 1024, 48'000), due) << frame;
    }
  }
  EXPECT_EQ(audio_boundary(120, {30, 1}, 48'000), 192'512);  // 4 s = 187.5 packets
}

TEST(EncoderSettings, SayWhatTheRenditionSays) {
  spec::Rendition rendition;
  rendition.name = "720p";
  rendition.width = 720;
  rendition.height = 1280;
  rendition.bitrate_bps = 2'000'000;
  rendition.maxrate_bps = 3'000'000;
  rendition.bufsize_bits = 3'500'000;
  rendition.bframes = 3;
  rendition.preset = "medium";
  spec::Canvas canvas;
  canvas.fps = {25, 1};
  const Grid grid{50, 100, 800};
  const auto full = encoder_settings(rendition, canvas, grid, 800);
  ASSERT_TRUE(full) << describe(full.error());
  EXPECT_EQ(full->width, 720);
  EXPECT_EQ(full->height, 1280);
  EXPECT_EQ(full->fps, Rational(25, 1));
  EXPECT_EQ(full->bitrate_bps, 2'000'000);
  EXPECT_EQ(full->maxrate_bps, 3'000'000);
  EXPECT_EQ(full->bufsize_bits, 3'500'000);
  EXPECT_LT(full->quality, 0);
  EXPECT_EQ(full->profile, "high");
  EXPECT_EQ(full->preset, "medium");
  EXPECT_EQ(full->bframes, 3);
  EXPECT_EQ(full->gop_frames, 50);
  EXPECT_EQ(full->chunk_frames, 800);
  const auto last = encoder_settings(rendition, canvas, grid, 3);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->chunk_frames, 800) << "a short last chunk has the others' rates";

  canvas.depth = 10;
  rendition.quality = 23;
  const auto deep = encoder_settings(rendition, canvas, grid, 800);
  ASSERT_TRUE(deep);
  EXPECT_EQ(deep->depth, 10);
  EXPECT_EQ(deep->profile, "high10");
  EXPECT_EQ(deep->quality, 23);
  EXPECT_EQ(deep->bitrate_bps, 0);
}

TEST(EncoderSettings, NameWhatIsNotBuilt) {
  spec::Rendition rendition;
  rendition.name = "uhd";
  rendition.codec = spec::VideoCodec::kHevc;
  const auto hevc = encoder_settings(rendition, {}, {60, 120, 960}, 960);
  ASSERT_FALSE(hevc);
  EXPECT_EQ(hevc.error().code, Errc::kDevice);
  EXPECT_NE(hevc.error().detail.find("uhd"), std::string::npos);
  EXPECT_NE(hevc.error().detail.find("hevc"), std::string::npos);
  rendition.codec = spec::VideoCodec::kH264;
  rendition.encoder = spec::EncoderChoice::kNvenc;
  const auto nvenc = encoder_settings(rendition, {}, {60, 120, 960}, 960);
  ASSERT_FALSE(nvenc);
  EXPECT_EQ(nvenc.error().code, Errc::kDevice);
  EXPECT_NE(nvenc.error().detail.find("nvenc"), std::string::npos);
}

TEST(RenderVersion, IsAHash) { EXPECT_EQ(std::string(render_version()).size(), 64U); }

}  // namespace
}  // namespace tessera::ladder
