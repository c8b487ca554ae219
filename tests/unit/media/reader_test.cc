#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "tests/unit/media/reader_tools.h"

namespace tessera::media {
namespace {

using testing::Contains;

constexpr const char* kPicture = "testsrc2=size=192x108:rate=25:duration=2";
constexpr int kWidth = 192, kHeight = 108;
constexpr size_t kLuma = size_t{kWidth} * kHeight;
constexpr size_t k420 = kLuma * 3 / 2;

/// Asks for pictures in a random order, with runs forward, and holds each against `expected`.
void expect_same_in_any_order(const std::shared_ptr<const TakeIndex>& index, const std::vector<std::string>& expected,
                              unsigned seed, int jumps) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  const auto reader = reader_of(index);
  ASSERT_TRUE(reader);
  std::mt19937 random(seed);
  const auto count = static_cast<int64_t>(expected.size());
  for (int jump = 0; jump < jumps; ++jump) {
    const auto begin = static_cast<int64_t>(random() % static_cast<uint32_t>(count));
    const auto end = std::min<int64_t>(begin + 1 + random() % 6, count);
    for (int64_t k = begin; k < end; ++k) {
      ASSERT_EQ(picture_name(*reader, k), expected[static_cast<size_t>(k)]) << "frame " << k << " after jump " << jump;
    }
  }
}

struct Stream {
  const char* name;
  const char* file;
  const char* encode;
  size_t frame_bytes = k420;
  const char* decode = "";  ///< how ffmpeg's raw video becomes what the reader promises
};

void PrintTo(const Stream& stream, std::ostream* out) { *out << stream.name; }

class EveryStream : public testing::TestWithParam<Stream> {};

TEST_P(EveryStream, IsDecodedAsFfmpegDoesInAnyOrder) {
  const Stream& stream = GetParam();
  const TempDir dir;
  const std::string path = dir / stream.file;
  ffmpeg(std::string("-f lavfi -i ") + kPicture + " " + stream.encode + " " + path);
  const auto expected = decoded_by_ffmpeg(path, dir / "raw", kWidth, kHeight, stream.frame_bytes, stream.decode);
  const auto index = index_of(path);
  ASSERT_TRUE(index && index->video);
  EXPECT_EQ(all_in_order(index), expected);
  EXPECT_EQ(expected.size(), 50U);
  expect_same_in_any_order(index, expected, 7, 12);
}

constexpr const char* kRgb =
    "-vf scale=in_range=full:out_color_matrix=bt709:out_range=limited:flags=bitexact+accurate_rnd+full_chroma_int+"
    "full_chroma_inp+bicubic -pix_fmt yuv444p";

INSTANTIATE_TEST_SUITE_P(
    Codecs, EveryStream,
    testing::Values(
        Stream{"h264_bframes_mp4", "a.mp4", "-c:v libx264 -preset veryfast -bf 3 -g 20 -pix_fmt yuv420p"},
        Stream{"h264_mkv", "a.mkv", "-c:v libx264 -preset veryfast -bf 2 -g 20 -pix_fmt yuv420p"},
        Stream{"h264_ts", "a.ts", "-c:v libx264 -preset veryfast -bf 3 -g 20 -pix_fmt yuv420p"},
        Stream{"h264_flv", "a.flv", "-c:v libx264 -preset veryfast -bf 2 -g 20 -pix_fmt yuv420p"},
        Stream{"h264_open_gop_ts", "a.ts",
               "-c:v libx264 -preset medium -bf 4 -g 18 -sc_threshold 0 -pix_fmt yuv420p -x264-params open-gop=1"},
        Stream{"h264_open_gop_mkv", "a.mkv",
               "-c:v libx264 -preset medium -bf 4 -g 18 -sc_threshold 0 -pix_fmt yuv420p -x264-params open-gop=1"},
        Stream{"h264_open_gop_mp4", "a.mp4",
               "-c:v libx264 -preset medium -bf 4 -g 18 -sc_threshold 0 -pix_fmt yuv420p -x264-params open-gop=1"},
        Stream{"h264_gradual_refresh_ts", "a.ts",
               "-c:v libx264 -preset medium -g 12 -pix_fmt yuv420p -x264-params intra-refresh=1"},
        Stream{"h264_444", "a.mp4", "-c:v libx264 -preset veryfast -g 20 -pix_fmt yuv444p", kLuma * 3},
        Stream{"h264_422_10_bits", "a.mp4", "-c:v libx264 -preset veryfast -g 20 -pix_fmt yuv422p10le", kLuma * 4},
        Stream{"hevc_mp4", "a.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=20:bframes=3"},
        Stream{"hevc_ts", "a.ts", "-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=20:bframes=3"},
        Stream{"hevc_10_bits", "a.mkv",
               "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=error:keyint=20", k420 * 2},
        Stream{"vp8_with_hidden_frames", "a.webm",
               "-c:v libvpx -cpu-used 5 -deadline good -b:v 300k -g 20 -auto-alt-ref 1 -lag-in-frames 10"},
        Stream{"vp9_with_hidden_frames", "a.webm",
               "-c:v libvpx-vp9 -cpu-used 8 -deadline good -b:v 300k -g 20 -auto-alt-ref 1 -lag-in-frames 16"},
        Stream{"av1_mp4", "a.mp4", "-c:v libaom-av1 -cpu-used 8 -usage realtime -g 20 -b:v 300k -pix_fmt yuv420p"},
        Stream{"mjpeg_422", "a.avi", "-c:v mjpeg -q:v 4 -pix_fmt yuvj422p", kLuma * 2},
        Stream{"rgb_png_in_mov", "a.mov", "-c:v png -pix_fmt rgb24", kLuma * 3, kRgb}),
    [](const auto& stream) { return stream.param.name; });

/// Flips bits of a file's middle: the headers at its begin stay whole.
void flip_bits(const std::string& from, const std::string& to, unsigned seed, int flips) {
  std::vector<uint8_t> bytes = bytes_of_file(from);
  std::mt19937 random(seed);
  for (int i = 0; i < flips; ++i) {
    bytes[bytes.size() / 20 + random() % (bytes.size() * 9 / 10)] ^= static_cast<uint8_t>(1U << (random() % 8));
  }
  write_file(to, bytes);
}

class EveryDamage : public testing::TestWithParam<Stream> {};

TEST_P(EveryDamage, LosesTheSamePicturesInAnyOrder) {
  const Stream& stream = GetParam();
  const TempDir dir;
  const std::string whole = dir / (std::string("whole-") + stream.file);
  const std::string path = dir / stream.file;
  ffmpeg(std::string("-f lavfi -i ") + kPicture + " " + stream.encode + " " + whole);
  const auto undamaged = all_in_order(index_of(whole));
  size_t lost = 0;
  size_t wrong = 0;
  for (unsigned seed = 1; seed <= 5; ++seed) {
    flip_bits(whole, path, seed, 4);
    const auto index = index_of(path);
    ASSERT_TRUE(index && index->video);
    const auto names = all_in_order(index);
    lost += static_cast<size_t>(std::count(names.begin(), names.end(), "lost"));
    for (size_t k = 0; k < names.size() && names.size() == undamaged.size(); ++k) {
      if (names[k] != "lost" && names[k] != undamaged[k]) ++wrong;
    }
    expect_same_in_any_order(index, names, seed, 12);
  }
  EXPECT_GT(lost, 0U);
  // Some flips make another valid stream, which no decoder can tell from the intended one.
  EXPECT_LT(wrong, 5 * undamaged.size() / 10) << "damaged pictures pass for sound ones";
}

INSTANTIATE_TEST_SUITE_P(
    Codecs, EveryDamage,
    testing::Values(
        Stream{"h264_ts", "a.ts", "-c:v libx264 -preset veryfast -bf 3 -g 10 -pix_fmt yuv420p"},
        Stream{"h264_open_gop_ts", "a.ts",
               "-c:v libx264 -preset medium -bf 4 -g 12 -sc_threshold 0 -pix_fmt yuv420p -x264-params open-gop=1"},
        Stream{"h264_mp4", "a.mp4", "-c:v libx264 -preset veryfast -bf 2 -g 10 -pix_fmt yuv420p -movflags +faststart"},
        Stream{"hevc_with_hashes_mp4", "a.mp4",
               "-c:v libx265 -preset ultrafast -movflags +faststart "
               "-x265-params log-level=error:keyint=10:bframes=3:open-gop=0:hash=1"},
        // Not in real time: then the file depends on how busy the machine is, and with it what the flips hit.
        Stream{"vp8", "a.webm", "-c:v libvpx -cpu-used 8 -deadline good -b:v 300k -g 10 -fflags +bitexact"}),
    [](const auto& stream) { return stream.param.name; });

TEST(Damage, StaysWithinItsGop) {
  const TempDir dir;
  const std::string path = dir / "a.mp4";
  ffmpeg(std::string("-f lavfi -i ") + kPicture + " -c:v libx264 -preset veryfast -bf 3 -g 10 -pix_fmt yuv420p " +
         path);
  const auto undamaged = all_in_order(index_of(path));
  const auto whole = index_of(path);
  ASSERT_TRUE(whole && whole->video && whole->video->gops.size() == 5U);
  std::vector<uint8_t> bytes = bytes_of_file(path);
  const Gop& gop = whole->video->gops[2];
  for (int64_t at = gop.byte_begin + (gop.byte_end - gop.byte_begin) / 4; at < gop.byte_end - 100; at += 97) {
    bytes[static_cast<size_t>(at)] ^= 0x10;
  }
  write_file(path, bytes);
  const auto names = all_in_order(index_of(path));
  ASSERT_EQ(names.size(), undamaged.size());
  for (size_t k = 0; k < names.size(); ++k) {
    if (k < 20 || k >= 30) {
      EXPECT_EQ(names[k], undamaged[k]) << k;
    }
  }
  EXPECT_EQ(names[29], "lost");
}

TEST(Damage, TruncatedFileKeepsWhatIsThere) {
  const TempDir dir;
  const std::string path = dir / "a.ts";
  ffmpeg(std::string("-f lavfi -i ") + kPicture + " -c:v libx264 -preset veryfast -bf 3 -g 10 -pix_fmt yuv420p " +
         path);
  const auto undamaged = all_in_order(index_of(path));
  const auto index = index_of(path);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) * 2 / 3);
  // The index knows more than the file has by now.
  const auto names = all_in_order(index);
  ASSERT_EQ(names.size(), 50U);
  for (size_t k = 0; k < 20; ++k) EXPECT_EQ(names[k], undamaged[k]) << k;
  EXPECT_EQ(names.back(), "lost");
}

TEST(Reader, FollowsAChangeOfSize) {
  const TempDir dir;
  const std::string encode = " -c:v libx264 -preset veryfast -bf 2 -g 10 -pix_fmt yuv420p ";
  ffmpeg(std::string("-f lavfi -i ") + kPicture + encode + (dir / "1.ts"));
  ffmpeg("-f lavfi -i testsrc=size=176x144:rate=25:duration=2" + encode + "-output_ts_offset 2.2 " + (dir / "2.ts"));
  auto expected = decoded_by_ffmpeg(dir / "1.ts", dir / "raw", kWidth, kHeight, k420);
  const auto second = decoded_by_ffmpeg(dir / "2.ts", dir / "raw", 176, 144, 176 * 144 * 3 / 2);
  expected.insert(expected.end(), second.begin(), second.end());
  run("cat " + (dir / "1.ts") + " " + (dir / "2.ts") + " > " + (dir / "both.ts"));
  const auto index = index_of(dir / "both.ts");
  ASSERT_TRUE(index && index->video);
  ASSERT_EQ(index->video->formats.size(), 2U);
  auto names = all_in_order(index);
  ASSERT_EQ(names.size(), expected.size());
  // Where the streams are joined, the demuxer can't know whether a packet is whole.
  for (size_t k = 0; k < names.size(); ++k) {
    if (names[k] == "lost") {
      EXPECT_GE(k, 45U);
      EXPECT_LT(k, 50U);
      expected[k] = "lost";
    }
  }
  EXPECT_EQ(names, expected);
  expect_same_in_any_order(index, expected, 3, 12);
}

TEST(Reader, DeinterlacesOnePictureAFrame) {
  const TempDir dir;
  const std::string path = dir / "a.ts";
  ffmpeg(
      "-f lavfi -i testsrc2=size=192x108:rate=50:duration=2 -vf tinterlace=interleave_top,setfield=tff "
      "-c:v libx264 -preset veryfast -bf 2 -g 10 -flags +ildct+ilme -x264-params tff=1 -pix_fmt yuv420p " +
      path);
  const auto index = index_of(path);
  ASSERT_TRUE(index && index->video);
  ASSERT_TRUE(index->video->formats[0].interlaced);
  const auto expected =
      decoded_by_ffmpeg(path, dir / "raw", kWidth, kHeight, k420, "-vf bwdif=send_frame:auto:interlaced");
  const auto woven = decoded_by_ffmpeg(path, dir / "raw", kWidth, kHeight, k420);
  ASSERT_NE(expected, woven);
  EXPECT_EQ(all_in_order(index), expected);
  expect_same_in_any_order(index, expected, 5, 25);
}

TEST(Reader, CropsExactly) {
  const TempDir dir;
  ffmpeg(std::string("-f lavfi -i ") + kPicture + " -frames:v 10 -c:v libx264 -qp 0 -pix_fmt yuv420p " +
         (dir / "whole.mp4"));
  ffmpeg("-i " + (dir / "whole.mp4") +
         " -c copy -bsf:v h264_metadata=crop_left=6:crop_right=2:crop_top=10:crop_bottom=8 " + (dir / "a.mp4"));
  // Lossless, so that cropping what the whole stream holds gives the same samples.
  const auto expected =
      decoded_by_ffmpeg(dir / "whole.mp4", dir / "raw", 184, 94, 184 * 94 * 3 / 2, "-vf crop=184:94:6:10:exact=1");
  EXPECT_EQ(all_in_order(index_of(dir / "a.mp4")), expected);
}

TEST(Reader, RawSamplesBeyondTheirDepthAreClamped) {
  const TempDir dir;
  constexpr int kWords = 16 * 8 * 3 / 2;
  std::vector<uint8_t> file;
  for (const char c : std::string_view("YUV4MPEG2 W16 H8 F30:1 Ip A1:1 C420p10 XYSCSS=420P10\nFRAME\n")) {
    file.push_back(static_cast<uint8_t>(c));
  }
  for (int i = 0; i < kWords; ++i) {
    const int word = i % 3 == 0 ? 0xffff : i % 3 == 1 ? 1024 : i;
    file.push_back(static_cast<uint8_t>(word & 0xff));
    file.push_back(static_cast<uint8_t>(word >> 8));
  }
  write_file(dir / "a.y4m", file);
  const auto got = reader_of(index_of(dir / "a.y4m"))->frame(0);
  ASSERT_TRUE(got && got->frame);
  ASSERT_EQ(got->frame->format.depth, 10);
  int i = 0;
  for (const Plane* plane : {&got->frame->planes[0], &got->frame->planes[1], &got->frame->planes[2]}) {
    for (int y = 0; y < plane->height; ++y) {
      const auto* row = reinterpret_cast<const uint16_t*>(plane->data + y * plane->stride);
      for (int x = 0; x < plane->width; ++x, ++i) ASSERT_EQ(row[x], i % 3 == 2 ? i : 1023) << i;
    }
  }
  EXPECT_EQ(i, kWords);
}

TEST(Reader, TellsColourAndSiting) {
  const TempDir dir;
  ffmpeg(std::string("-f lavfi -i ") + kPicture +
         " -frames:v 2 -c:v libx264 -pix_fmt yuv420p -colorspace smpte170m -color_range pc -color_trc smpte2084 "
         "-chroma_sample_location topleft -x264-params chromaloc=2 " +
         (dir / "a.mp4"));
  ffmpeg(std::string("-f lavfi -i ") + kPicture + " -frames:v 2 -c:v libx264 -pix_fmt yuv420p " + (dir / "b.mp4"));
  const auto tagged = reader_of(index_of(dir / "a.mp4"))->frame(0);
  ASSERT_TRUE(tagged && tagged->frame);
  EXPECT_EQ(tagged->frame->format.colour, (Colour{Matrix::kBt601, Range::kFull, Transfer::kPq}));
  EXPECT_EQ(tagged->frame->format.siting_x, Siting::kCosited);
  EXPECT_EQ(tagged->frame->format.siting_y, Siting::kCosited);
  const auto untagged = reader_of(index_of(dir / "b.mp4"))->frame(1);
  ASSERT_TRUE(untagged && untagged->frame);
  EXPECT_EQ(untagged->frame->format.colour, Colour{});
  EXPECT_EQ(untagged->frame->format.siting_x, Siting::kCosited);
  EXPECT_EQ(untagged->frame->format.siting_y, Siting::kCentred);
}

TEST(Reader, EndsInTheMiddleAndRefusesWhatIsNotThere) {
  const TempDir dir;
  const std::string path = dir / "a.mp4";
  ffmpeg(std::string("-f lavfi -i ") + kPicture + " -c:v libx264 -preset veryfast -g 10 -pix_fmt yuv420p " + path);
  const auto index = index_of(path);
  for (const int64_t number : {0, 17, 49}) {
    const auto reader = reader_of(index);
    const auto picture = reader->frame(number);
    ASSERT_TRUE(picture && picture->frame);
    EXPECT_EQ(reader->frame(number)->frame, picture->frame) << "the last picture is kept";
    EXPECT_FALSE(reader->frame(50));
    EXPECT_FALSE(reader->frame(-1));
  }
  std::filesystem::remove(path);
  EXPECT_FALSE(TakeReader::open(index, {}));
}

/// The folder of real recordings; empty where there is none.
std::string fixtures() {
  const char* named = std::getenv("TESSERA_FIXTURES");
  const std::filesystem::path beside = std::filesystem::path(__FILE__).parent_path() / "../../../../shared/fixtures";
  const std::string folder = named != nullptr ? named : beside.string();
  return std::filesystem::exists(folder + "/media") ? folder + "/media/" : "";
}

TEST(Fixtures, AreDecodedAsFfmpegDoes) {
  if (fixtures().empty()) GTEST_SKIP() << "no fixtures on this machine";
  const TempDir dir;
  const auto expected =
      decoded_by_ffmpeg(fixtures() + "guest_street_vfr_hevc.mp4", dir / "raw", 768, 576, 768 * 576 * 3 / 2);
  const auto index = index_of(fixtures() + "guest_street_vfr_hevc.mp4");
  EXPECT_EQ(all_in_order(index), expected);
  expect_same_in_any_order(index, expected, 11, 1);
}

TEST(Fixtures, BrokenOnesLoseTheSameInAnyOrder) {
  if (fixtures().empty()) GTEST_SKIP() << "no fixtures on this machine";
  for (const char* name : {"broken_bitflips.ts", "broken_truncated.ts"}) {
    SCOPED_TRACE(name);
    const auto index = index_of(fixtures() + name);
    ASSERT_TRUE(index && index->video);
    const auto names = all_in_order(index);
    EXPECT_THAT(names, Contains("lost"));
    expect_same_in_any_order(index, names, 13, 2);
  }
}

}  // namespace
}  // namespace tessera::media
