#include <gmock/gmock.h>

#include <random>

#include "tests/unit/media/reader_tools.h"

namespace tessera::media {
namespace {

using testing::Contains;
using testing::Each;
using testing::Not;

constexpr const char* kPicture = "testsrc2=size=320x180:rate=25:duration=3";
constexpr size_t k420 = 320 * 180 * 3 / 2;

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
  const auto expected = decoded_by_ffmpeg(path, dir / "raw", 320, 180, stream.frame_bytes, stream.decode);
  const auto index = index_of(path);
  ASSERT_TRUE(index && index->video);
  EXPECT_EQ(all_in_order(index), expected);
  EXPECT_EQ(expected.size(), 75U);
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
        Stream{"h264_444", "a.mp4", "-c:v libx264 -preset veryfast -g 20 -pix_fmt yuv444p", 320 * 180 * 3},
        Stream{"h264_422_10_bits", "a.mp4", "-c:v libx264 -preset veryfast -g 20 -pix_fmt yuv422p10le", 320 * 180 * 4},
        Stream{"hevc_mp4", "a.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=20:bframes=3"},
        Stream{"hevc_ts", "a.ts", "-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=20:bframes=3"},
        Stream{"hevc_10_bits", "a.mkv",
               "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=error:keyint=30", k420 * 2},
        Stream{"vp8_with_hidden_frames", "a.webm",
               "-c:v libvpx -cpu-used 8 -deadline realtime -b:v 300k -g 30 -auto-alt-ref 1 -lag-in-frames 16"},
        Stream{"vp9_with_hidden_frames", "a.webm",
               "-c:v libvpx-vp9 -cpu-used 8 -deadline good -b:v 300k -g 30 -auto-alt-ref 1 -lag-in-frames 16"},
        Stream{"av1_mp4", "a.mp4", "-c:v libaom-av1 -cpu-used 8 -usage realtime -g 30 -b:v 300k -pix_fmt yuv420p"},
        Stream{"mjpeg_422", "a.avi", "-c:v mjpeg -q:v 4 -pix_fmt yuvj422p", 320 * 180 * 2},
        Stream{"rgb_png_in_mov", "a.mov", "-c:v png -pix_fmt rgb24", 320 * 180 * 3, kRgb}),
    [](const auto& stream) { return stream.param.name; });

}  // namespace
}  // namespace tessera::media
