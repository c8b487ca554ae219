#include "engine/media/encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "tests/unit/media/pictures.h"

namespace tessera::media {
namespace {

using testing::append_raw;
using testing::encode_chunks;
using testing::Encoded;
using testing::picture;
using testing::run;
using testing::TempFolder;
using testing::write_file;

VideoEncoderSettings small(int64_t bitrate_bps) {
  VideoEncoderSettings s;
  s.width = 144;
  s.height = 256;
  s.bitrate_bps = bitrate_bps;
  s.maxrate_bps = bitrate_bps * 3 / 2;
  s.bufsize_bits = s.maxrate_bps;
  s.gop_frames = 20;
  s.chunk_frames = 60;
  s.preset = "ultrafast";
  return s;
}

std::vector<FrameRef> scene(const VideoEncoderSettings& s, int64_t count, int noise = 6) {
  std::vector<FrameRef> frames;
  for (int64_t n = 0; n < count; ++n) frames.push_back(picture(s.width, s.height, s.depth, n, 1, noise));
  return frames;
}

/// Types of the NAL units of an access unit, read without the engine's own splitter.
std::vector<int> unit_types(const std::vector<uint8_t>& data) {
  std::vector<int> types;
  for (size_t i = 0; i + 3 < data.size(); ++i) {
    if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) types.push_back(data[i + 3] & 0x1f);
  }
  return types;
}

TEST(VideoTimescale, EveryFrameIsWholeTicks) {
  for (const char* text :
       {"30", "25", "24", "50", "60", "15", "30000/1001", "60000/1001", "24000/1001", "7", "144/7"}) {
    const Rational fps = parse_rate(text).value();
    const int64_t timescale = video_timescale(fps);
    EXPECT_EQ(timescale * fps.den % fps.num, 0) << text;
    EXPECT_GE(timescale, 10'000) << "the mp4 muxer doubles smaller ones";
  }
  EXPECT_EQ(video_timescale({30, 1}), 90'000);
  EXPECT_EQ(video_timescale({30'000, 1001}), 90'000);
  EXPECT_EQ(video_timescale({60'000, 1001}), 60'000);
}

TEST(VideoEncoder, FingerprintNamesTheBuild) {
  const std::string fingerprint = encoder_fingerprint({});
  EXPECT_EQ(fingerprint.rfind("libx264 core 1", 0), 0U) << fingerprint;
  EXPECT_NE(fingerprint.find(", libavcodec "), std::string::npos) << fingerprint;
  EXPECT_EQ(fingerprint, encoder_fingerprint({}));
}

TEST(VideoEncoder, KeyFramesOnTheGridAndNothingElseInBand) {
  VideoEncoderSettings s = small(400'000);
  s.fps = {30'000, 1001};
  s.preset = "veryfast";
  s.bframes = 3;
  // Scene changes that tempt an encoder to put key frames elsewhere.
  std::vector<FrameRef> frames;
  for (int n = 0; n < 130; ++n) frames.push_back(picture(s.width, s.height, 8, n, static_cast<uint32_t>(n / 9), 4));
  const Encoded coded = encode_chunks(s, 60, frames);
  ASSERT_EQ(coded.packets.size(), frames.size());
  const int64_t ticks = coded.info.tick.den * 1001 / 30'000;
  std::set<int64_t> shown;
  for (size_t i = 0; i < coded.packets.size(); ++i) {
    const Packet& p = coded.packets[i];
    SCOPED_TRACE(i);
    ASSERT_EQ(p.pts % ticks, 0);
    const int64_t frame = p.pts / ticks;
    EXPECT_TRUE(shown.insert(frame).second);
    EXPECT_EQ(p.key, frame % 60 % 20 == 0);
    EXPECT_LE(p.dts, p.pts);
    EXPECT_EQ(p.duration, ticks);
    EXPECT_EQ(p.dts, static_cast<int64_t>(i) * ticks - coded.info.decode_lead) << "no gap, over seams too";
    for (const int type : unit_types(p.data)) EXPECT_EQ(type, p.key ? 5 : 1) << "only slices; IDR at key frames";
  }
  EXPECT_EQ(*shown.begin(), 0);
  EXPECT_EQ(*shown.rbegin(), 129);
  EXPECT_EQ(unit_types(coded.info.extradata), (std::vector<int>{7, 8})) << "one SPS and one PPS in the header";
}

TEST(VideoEncoder, StockDecoderAgreesOnTheHeader) {
  const TempFolder folder;
  VideoEncoderSettings s = small(400'000);
  s.fps = {30'000, 1001};
  const Encoded coded = encode_chunks(s, 60, scene(s, 70));
  write_file(folder.file("a.264"), coded.annex_b());
  const std::string told =
      run("ffprobe -v error -count_frames -show_entries "
          "stream=profile,pix_fmt,width,height,level,color_range,color_space,color_transfer,color_primaries,"
          "chroma_location,sample_aspect_ratio,r_frame_rate,nb_read_frames -of default=nw=1 " +
          folder.file("a.264"));
  for (const char* want :
       {"width=144\n", "height=256\n", "pix_fmt=yuv420p\n", "color_range=tv\n", "color_space=bt709\n",
        "color_transfer=bt709\n", "color_primaries=bt709\n", "chroma_location=left\n", "sample_aspect_ratio=1:1\n",
        "r_frame_rate=30000/1001\n", "nb_read_frames=70\n"}) {
    EXPECT_NE(told.find(want), std::string::npos) << want << told;
  }
  // codecs: profile and level as ffprobe reads them from the same bytes.
  ASSERT_EQ(coded.info.codecs.size(), 11U);
  const int level = std::stoi(coded.info.codecs.substr(9), nullptr, 16);
  EXPECT_NE(told.find("level=" + std::to_string(level) + "\n"), std::string::npos) << coded.info.codecs << told;
}

TEST(VideoEncoder, SameFramesSameBytes) {
  const VideoEncoderSettings s = small(300'000);
  const auto frames = scene(s, 50);
  EXPECT_EQ(encode_chunks(s, 60, frames).annex_b(), encode_chunks(s, 60, frames).annex_b());
}

TEST(VideoEncoder, HeaderIsTheSameForEveryLength) {
  VideoEncoderSettings s = small(300'000);
  const Encoded one = encode_chunks(s, 1, scene(s, 1));
  const Encoded many = encode_chunks(s, 60, scene(s, 45, 90));
  EXPECT_EQ(one.info.extradata, many.info.extradata);
  ASSERT_EQ(one.packets.size(), 1U);
  EXPECT_EQ(one.packets[0].dts, -one.info.decode_lead);
  EXPECT_EQ(many.packets[0].dts, -many.info.decode_lead);
  s.chunk_frames = 600;
  EXPECT_EQ(one.info.extradata, encode_chunks(s, 60, scene(s, 2)).info.extradata);
  s = small(0);
  s.maxrate_bps = s.bufsize_bits = 450'000;
  s.quality = 19;
  const Encoded fine = encode_chunks(s, 60, scene(s, 2));
  s.quality = 35;
  EXPECT_EQ(fine.info.extradata, encode_chunks(s, 60, scene(s, 2)).info.extradata);
}

double mean_difference(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b, int depth) {
  double sum = 0;
  const size_t step = depth > 8 ? 2 : 1;
  for (size_t i = 0; i + step <= a.size(); i += step) {
    const int x = step == 1 ? a[i] : a[i] | a[i + 1] << 8;
    const int y = step == 1 ? b[i] : b[i] | b[i + 1] << 8;
    sum += std::abs(x - y);
  }
  return sum / static_cast<double>(a.size() / step);
}

TEST(VideoEncoder, PicturesComeOutAsTheyWentIn) {
  const TempFolder folder;
  for (const int depth : {8, 10}) {
    SCOPED_TRACE(depth);
    VideoEncoderSettings s = small(0);
    s.maxrate_bps = s.bufsize_bits = 0;
    s.quality = 4;
    s.depth = depth;
    s.preset = "veryfast";
    s.profile = depth == 8 ? "high" : "high10";
    const auto frames = scene(s, 8, 0);
    const Encoded coded = encode_chunks(s, 60, frames);
    EXPECT_EQ(coded.info.codecs.substr(0, 7), depth == 8 ? "avc1.64" : "avc1.6e") << coded.info.codecs;
    write_file(folder.file("a.264"), coded.annex_b());
    const std::string format = depth == 8 ? "yuv420p" : "yuv420p10le";
    EXPECT_EQ(run("ffprobe -v error -show_entries stream=pix_fmt -of csv=p=0 " + folder.file("a.264")), format + "\n");
    run("ffmpeg -v error -y -i " + folder.file("a.264") + " -f rawvideo " + folder.file("a.yuv"));
    std::ifstream in(folder.file("a.yuv"), std::ios::binary);
    const std::vector<uint8_t> got{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    std::vector<uint8_t> want;
    for (const FrameRef& frame : frames) append_raw(*frame, want);
    ASSERT_EQ(got.size(), want.size());
    EXPECT_LT(mean_difference(got, want, depth), depth == 8 ? 1.5 : 6.0);
  }
}

/// The least that is left of a bucket of `bits` that drains at `rate_bps`, over all packets in decode order.
double least_left(const Encoded& coded, const Rational& fps, double rate_bps, double bits) {
  double left = bits;
  double least = bits;
  for (const Packet& packet : coded.packets) {
    left -= 8.0 * static_cast<double>(packet.data.size());
    least = std::min(least, left);
    left = std::min(bits, left + rate_bps / fps.to_double());
  }
  return least;
}

double average_bps(const Encoded& coded, const Rational& fps) {
  double bits = 0;
  for (const Packet& packet : coded.packets) bits += 8.0 * static_cast<double>(packet.data.size());
  return bits * fps.to_double() / static_cast<double>(coded.packets.size());
}

/// Calm and noisy stretches and cuts, of random lengths.
std::vector<FrameRef> hard_content(const VideoEncoderSettings& s, int64_t count, uint32_t seed) {
  std::minstd_rand random(seed);
  std::vector<FrameRef> frames;
  uint32_t number = 0;
  while (std::ssize(frames) < count) {
    const auto length = static_cast<int64_t>(1 + random() % 45);
    const int noise = random() % 3 == 0 ? 0 : static_cast<int>(random() % 110);
    ++number;
    for (int64_t n = 0; n < length && std::ssize(frames) < count; ++n) {
      frames.push_back(picture(s.width, s.height, s.depth, n, seed * 31 + number, noise));
    }
  }
  return frames;
}

/// What hurts most: calm pictures that let every bucket run empty, then noise from shortly before a seam to shortly
/// after.
std::vector<FrameRef> bursts_at_seams(const VideoEncoderSettings& s, int64_t count, uint32_t seed) {
  std::vector<FrameRef> frames;
  for (int64_t n = 0; n < count; ++n) {
    const int64_t from_seam = (n + s.chunk_frames / 2) % s.chunk_frames - s.chunk_frames / 2;
    const bool burst = from_seam >= -12 && from_seam < 12;
    frames.push_back(picture(s.width, s.height, s.depth, burst ? n : 0, burst ? seed : 1, burst ? 110 : 0));
  }
  return frames;
}

TEST(VideoEncoder, RatesHoldAcrossSeams) {
  struct Case {
    const char* name;
    int64_t bitrate, maxrate, bufsize;
    double quality;
    double hard;  // of maxrate (of bitrate, where given): the least average that shows that the limit was needed
  };
  const Case cases[] = {{"average", 300'000, 450'000, 450'000, -1, 0.7},
                        {"average is all there is", 300'000, 300'000, 300'000, -1, 0.7},
                        {"small buffer", 300'000, 450'000, 225'000, -1, 0.6},
                        {"capped quality", 0, 400'000, 400'000, 20, 0.6},
                        {"large buffer", 0, 300'000, 900'000, 20, 0.6}};
  for (const Case& c : cases) {
    for (const uint32_t seed : {1U, 2U}) {
      SCOPED_TRACE(c.name + std::string(", seed ") + std::to_string(seed));
      VideoEncoderSettings s = small(c.bitrate);
      s.maxrate_bps = c.maxrate;
      s.bufsize_bits = c.bufsize;
      s.quality = c.quality;
      const Encoded coded = encode_chunks(s, s.chunk_frames, hard_content(s, 260, seed));
      ASSERT_EQ(coded.packets.size(), 260U);
      EXPECT_GE(least_left(coded, s.fps, static_cast<double>(c.maxrate), static_cast<double>(c.bufsize)), 0);
      const double limit = static_cast<double>(c.bitrate > 0 ? c.bitrate : c.maxrate);
      EXPECT_GT(average_bps(coded, s.fps), c.hard * limit) << "too easy to be a test of limits";
      const Encoded burst = encode_chunks(s, s.chunk_frames, bursts_at_seams(s, 140, seed));
      EXPECT_GE(least_left(burst, s.fps, static_cast<double>(c.maxrate), static_cast<double>(c.bufsize)), 0);
      if (c.bitrate > 0) {
        // Each chunk of two seconds may keep what it found free of the bucket, a bit less than half of it.
        EXPECT_LT(average_bps(coded, s.fps), limit + static_cast<double>(c.bufsize) / 2 / 2);
      }
    }
  }
}

/// Mean SSIM of each frame of a stream against raw pictures, by the stock ffmpeg.
std::vector<double> ssim(const TempFolder& folder, const Encoded& coded, const std::string& raw) {
  write_file(folder.file("a.264"), coded.annex_b());
  const std::string size = std::to_string(coded.info.width) + "x" + std::to_string(coded.info.height);
  run("ffmpeg -v error -y -r 30 -i " + folder.file("a.264") + " -f rawvideo -s " + size +
      " -r 30 -pix_fmt yuv420p -i " + raw +
      " -lavfi '[0:v]setpts=N/30/TB[a];[1:v]setpts=N/30/TB[b];[a][b]ssim=stats_file=" + folder.file("ssim") +
      "' -f null -");
  std::ifstream in(folder.file("ssim"));
  std::vector<double> values;
  for (std::string line; std::getline(in, line);) values.push_back(std::stod(line.substr(line.find("All:") + 4)));
  return values;
}

TEST(VideoEncoder, SecondAfterASeamLooksAsInAContinuousEncode) {
  const TempFolder folder;
  VideoEncoderSettings s = small(0);
  s.width = 180;
  s.height = 320;
  s.gop_frames = 30;
  s.preset = "veryfast";
  constexpr int64_t kFrames = 240;
  constexpr int64_t kChunk = 120;
  std::vector<FrameRef> frames;
  std::vector<uint8_t> raw;
  for (int64_t n = 0; n < kFrames; ++n) {
    frames.push_back(picture(s.width, s.height, 8, n, n < 150 ? 3 : 4, 3));
    append_raw(*frames.back(), raw);
  }
  write_file(folder.file("a.yuv"), raw);
  struct Case {
    int64_t bitrate, maxrate;
    double quality;
  };
  for (const Case& c : {Case{400'000, 600'000, -1}, Case{1'200'000, 1'800'000, -1}, Case{0, 2'000'000, 27}}) {
    SCOPED_TRACE(std::to_string(c.bitrate) + " bit/s, quality " + std::to_string(c.quality));
    s.bitrate_bps = c.bitrate;
    s.maxrate_bps = s.bufsize_bits = c.maxrate;
    s.quality = c.quality;
    s.chunk_frames = kFrames;
    const auto whole = ssim(folder, encode_chunks(s, kFrames, frames), folder.file("a.yuv"));
    s.chunk_frames = kChunk;
    const auto parts = ssim(folder, encode_chunks(s, kChunk, frames), folder.file("a.yuv"));
    ASSERT_EQ(whole.size(), size_t{kFrames});
    ASSERT_EQ(parts.size(), size_t{kFrames});
    double difference = 0;
    for (size_t n = kChunk; n < kChunk + 30; ++n) difference += (parts[n] - whole[n]) / 30;
    EXPECT_LT(std::abs(difference), 0.005) << "continuous " << whole[kChunk] << ", chunked " << parts[kChunk];
  }
}

TEST(VideoEncoder, SaysWhatItWants) {
  const auto error_of = [](auto change) {
    VideoEncoderSettings s = small(300'000);
    change(s);
    const auto encoder = VideoEncoder::create(s);
    return encoder ? std::string("none") : describe(encoder.error());
  };
  EXPECT_EQ(error_of([](auto&) {}), "none");
  EXPECT_NE(error_of([](auto& s) { s.codec = "hevc"; }).find("hevc"), std::string::npos);
  EXPECT_NE(error_of([](auto& s) { s.width = 145; }).find("145x256"), std::string::npos);
  EXPECT_NE(error_of([](auto& s) { s.depth = 12; }).find("12"), std::string::npos);
  EXPECT_NE(error_of([](auto& s) { s.depth = 10; }).find("high10"), std::string::npos);
  EXPECT_NE(error_of([](auto& s) { s.preset = "warp"; }).find("warp"), std::string::npos);
  EXPECT_NE(error_of([](auto& s) { s.profile = "nice"; }).find("nice"), std::string::npos);
  EXPECT_NE(error_of([](auto& s) { s.bitrate_bps = 0; }).find("bitrate"), std::string::npos);
  EXPECT_NE(error_of([](auto& s) { s.fps = {0, 1}; }).find("frame rate"), std::string::npos);
  EXPECT_NE(error_of([](auto& s) { s.gop_frames = 0; }).find("GOP"), std::string::npos);

  auto encoder = VideoEncoder::create(small(300'000));
  ASSERT_TRUE(encoder);
  std::vector<Packet> out;
  EXPECT_FALSE((*encoder)->encode(picture(160, 256, 8, 0, 0, 0), out));
  EXPECT_FALSE((*encoder)->encode(picture(144, 256, 10, 0, 0, 0), out));
  EXPECT_FALSE((*encoder)->encode(nullptr, out));
}

}  // namespace
}  // namespace tessera::media
