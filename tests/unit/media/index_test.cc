#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

#include "engine/media/index_cache.h"
#include "engine/media/take_index.h"
#include "tests/unit/media/reader_tools.h"

// The take index against what the stock ffprobe and ffmpeg say of the same files.
namespace tessera::media {
namespace {

std::string output_of(const std::string& command) {
  FILE* pipe = ::popen((command + " </dev/null").c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer{};
  for (size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) text.append(buffer.data(), got);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return text;
}

/// ffprobe's values, a line each, columns as asked for.
std::vector<std::vector<std::string>> probe(const std::string& path, const std::string& what) {
  std::istringstream text(output_of("ffprobe -v quiet -of csv=p=0 " + what + " " + path));
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(text, line);) {
    std::istringstream cells(line);
    std::vector<std::string> row;
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
    if (!row.empty() && !row[0].empty()) rows.push_back(row);
  }
  return rows;
}

Result<std::shared_ptr<TakeIndex>> try_index(const std::string& path, const StreamChoice& streams = {},
                                             const std::string& cache = "", const MediaLimits& limits = {}) {
  Log log(LogLevel::kOff, LogFormat::kText);
  return index_take(path, streams, limits, cache, log);
}

std::string moving_picture(const std::string& size, double seconds, const std::string& rate = "25") {
  return "-f lavfi -i testsrc2=s=" + size + ":r=" + rate + ":d=" + std::to_string(seconds) + " ";
}
const std::string kSine = "-f lavfi -i sine=f=440:d=3:r=48000 ";
const std::string kX264 = "-c:v libx264 -preset ultrafast -threads 1 ";

struct Clip {
  std::string name;     ///< of the file: the extension chooses the container
  std::string options;  ///< for ffmpeg
  int64_t origin;       ///< take time 0 on the container's clock, in its ticks
};

void PrintTo(const Clip& clip, std::ostream* out) { *out << clip.name; }

class IndexOf : public testing::TestWithParam<Clip> {};

TEST_P(IndexOf, HasTheFramesThatFfprobeDecodesAndTheGopsThatItCuts) {
  const TempDir dir;
  const std::string path = dir / GetParam().name;
  const int64_t origin = GetParam().origin;
  ffmpeg(moving_picture("160x96", 3) + kSine + GetParam().options + " " + path);
  const auto index = index_of(path);
  ASSERT_TRUE(index && index->video);
  const VideoIndex& video = *index->video;
  EXPECT_EQ(video.origin, origin);
  EXPECT_TRUE(index->losses.empty());
  if (index->audio) {
    EXPECT_LE(std::abs(index->audio->end - index->audio->start - 3 * kMicrosPerSecond), 60'000);
  }

  std::vector<int64_t> wanted;
  for (const auto& row : probe(path, "-select_streams v -show_entries frame=pts")) {
    wanted.push_back(std::stoll(row[0]) - origin);
  }
  std::vector<int64_t> got;
  for (const IndexedFrame& frame : video.frames) got.push_back(frame.pts);
  EXPECT_GT(wanted.size(), 70U);
  ASSERT_EQ(got, wanted);

  std::map<int64_t, uint32_t> gop_of;  // by presentation time
  std::vector<int64_t> key_pts;
  std::vector<int64_t> key_pos;
  for (const auto& row : probe(path, "-select_streams v -show_entries packet=pts,pos,flags")) {
    if (row[2][0] == 'K') {
      key_pts.push_back(std::stoll(row[0]) - origin);
      key_pos.push_back(std::stoll(row[1]));
    }
    gop_of[std::stoll(row[0]) - origin] = static_cast<uint32_t>(key_pts.size() - 1);
  }
  EXPECT_GT(key_pts.size(), 2U);
  ASSERT_EQ(video.gops.size(), key_pts.size());
  for (size_t i = 0; i < key_pts.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "GOP " << i);
    const Gop& gop = video.gops[i];
    EXPECT_EQ(video.frames[static_cast<size_t>(gop.first_frame)].pts, key_pts[i]);
    EXPECT_EQ(gop.byte_begin, key_pos[i]);
    EXPECT_GT(gop.byte_end, gop.byte_begin);
    if (i > 0) {
      EXPECT_GE(gop.byte_begin, video.gops[i - 1].byte_end);
    }
  }
  for (const IndexedFrame& frame : video.frames) EXPECT_EQ(frame.gop, gop_of.at(frame.pts)) << frame.pts;
}

INSTANTIATE_TEST_SUITE_P(
    Containers, IndexOf,
    testing::Values(
        Clip{"h264.mp4", kX264 + "-bf 2 -g 20 -c:a aac", 0},
        // Leading pictures follow the key frame that they are shown before.
        Clip{"open_gop.mkv", kX264 + "-bf 3 -x264-params open-gop=1:keyint=15:min-keyint=15:scenecut=0 -an", 0},
        Clip{"hevc.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=20:open-gop=1 -c:a aac", 0},
        // The first sound packet is at 1.4 s less AAC's priming of 1024 samples.
        Clip{"h264.ts", kX264 + "-bf 2 -g 20 -c:a aac", 131280}, Clip{"h264.flv", kX264 + "-bf 2 -g 20 -an", 80},
        Clip{"h264.mov", kX264 + "-bf 2 -g 20 -c:a pcm_s16le", 0},
        // Its alternate references are packets that show nothing.
        Clip{"vp8.webm", "-c:v libvpx -b:v 300k -auto-alt-ref 1 -lag-in-frames 16 -g 30 -deadline good -cpu-used 4 -an",
             0},
        Clip{"vp9.webm", "-c:v libvpx-vp9 -b:v 300k -lag-in-frames 16 -g 30 -cpu-used 6 -deadline good -c:a libopus",
             0},
        Clip{"av1.mkv", "-c:v libsvtav1 -preset 12 -g 30 -an", 0}),
    [](const auto& clip) {
      std::string name = clip.param.name;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

/// The nine numbers of a tkhd box, in its own byte order, at the one place in a file where `from` stands.
void patch_matrix(const std::string& path, const std::array<int32_t, 9>& from, const std::array<int32_t, 9>& to) {
  const auto big_endian = [](const std::array<int32_t, 9>& matrix) {
    std::vector<uint8_t> bytes;
    for (const int32_t number : matrix) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<uint8_t>(static_cast<uint32_t>(number) >> shift));
      }
    }
    return bytes;
  };
  std::vector<uint8_t> file = bytes_of_file(path);
  const std::vector<uint8_t> before = big_endian(from);
  const std::vector<uint8_t> after = big_endian(to);
  // The movie header has a matrix, too; the track's comes later.
  auto at = file.end();
  for (auto next = file.begin(); next != file.end();) {
    next = std::search(next, file.end(), before.begin(), before.end());
    if (next != file.end()) at = next++;
  }
  ASSERT_NE(at, file.end());
  std::copy(after.begin(), after.end(), at);
  write_file(path, file);
}

/// A grey picture turned as an Orientation says: mirrored first, then turned clockwise.
std::vector<uint8_t> turned(const std::vector<uint8_t>& picture, int width, int height, Orientation orientation) {
  std::vector<uint8_t> out(picture.size());
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int u = (orientation & 4) != 0 ? width - 1 - x : x;
      const std::array<std::array<int, 2>, 4> places{
          {{u, y}, {height - 1 - y, u}, {width - 1 - u, height - 1 - y}, {y, width - 1 - u}}};
      const std::array<int, 2> to = places[orientation & 3];
      const int row = swaps_axes(orientation) ? height : width;
      out[static_cast<size_t>(to[1] * row + to[0])] = picture[static_cast<size_t>(y * width + x)];
    }
  }
  return out;
}

TEST(Orientation, TurnsAPictureAsFfmpegDoesForAllEightMatrices) {
  const TempDir dir;
  const int width = 64;
  const int height = 32;
  constexpr int32_t kOne = 65536;
  const std::string upright = dir / "upright.mp4";
  ffmpeg(moving_picture("64x32", 0.2) + kX264 + "-qp 0 -pix_fmt yuv420p " + upright);
  ffmpeg("-i " + upright + " -frames:v 1 -pix_fmt gray -f rawvideo " + (dir / "upright.gray"));
  const std::vector<uint8_t> picture = bytes_of_file(dir / "upright.gray");
  ASSERT_EQ(picture.size(), static_cast<size_t>(width * height));

  unsigned seen = 0;
  for (const auto& [a, b, c, d] : std::vector<std::array<int32_t, 4>>{{1, 0, 0, 1},
                                                                      {0, 1, -1, 0},
                                                                      {-1, 0, 0, -1},
                                                                      {0, -1, 1, 0},
                                                                      {-1, 0, 0, 1},
                                                                      {0, 1, 1, 0},
                                                                      {1, 0, 0, -1},
                                                                      {0, -1, -1, 0}}) {
    SCOPED_TRACE(testing::Message() << a << " " << b << " " << c << " " << d);
    const std::string path = dir / "turned.mp4";
    std::filesystem::copy_file(upright, path, std::filesystem::copy_options::overwrite_existing);
    const std::array<int32_t, 9> identity{kOne, 0, 0, 0, kOne, 0, 0, 0, 1 << 30};
    patch_matrix(path, identity, {a * kOne, b * kOne, 0, c * kOne, d * kOne, 0, 0, 0, 1 << 30});
    const auto index = index_of(path);
    ASSERT_TRUE(index);
    const VideoFormat& format = index->video->formats.at(0);
    seen |= 1U << format.orientation;
    ffmpeg("-i " + path + " -frames:v 1 -pix_fmt gray -f rawvideo " + (dir / "turned.gray"));
    EXPECT_EQ(turned(picture, width, height, format.orientation), bytes_of_file(dir / "turned.gray"));
    EXPECT_EQ(format.display_width(), (Rational{swaps_axes(format.orientation) ? height : width, 1}));
  }
  EXPECT_EQ(seen, 0xFFU);
}

TEST(VideoFormat, StretchesTheAxisWhoseSamplesAreShort) {
  VideoFormat format;
  format.width = 1280;
  format.height = 720;
  format.sample_aspect = {81, 256};
  format.orientation = 1;
  EXPECT_EQ(format.display_width(), (Rational{720 * 256, 81}));
  EXPECT_EQ(format.display_height(), (Rational{1280, 1}));
  EXPECT_EQ(format.display_width() / format.display_height(), (Rational{16, 9}));
  format.sample_aspect = {4, 3};
  format.orientation = 0;
  EXPECT_EQ(format.display_width(), (Rational{1280 * 4, 3}));
  EXPECT_EQ(format.display_height(), (Rational{720, 1}));
}

TEST(Formats, FollowAResolutionChangeInATransportStream) {
  const TempDir dir;
  const std::string path = dir / "change.ts";
  ffmpeg(moving_picture("320x180", 1) + kX264 + "-bf 2 " + (dir / "a.ts"));
  ffmpeg(moving_picture("160x90", 1) + kX264 + "-bf 2 -vf setsar=4/3 -output_ts_offset 1.08 " + (dir / "b.ts"));
  ffmpeg(moving_picture("320x180", 1) + kX264 + "-bf 2 -output_ts_offset 2.08 " + (dir / "c.ts"));
  run("cat " + (dir / "a.ts") + " " + (dir / "b.ts") + " " + (dir / "c.ts") + " > " + path);
  const auto index = index_of(path);
  ASSERT_TRUE(index);
  std::ostringstream got;
  for (const VideoFormat& format : index->video->formats) {
    got << format.first_frame << ": " << format.width << "x" << format.height << " "
        << format_rate(format.sample_aspect) << "\n";
  }
  EXPECT_EQ(got.str(), "0: 320x180 1\n25: 160x90 4/3\n50: 320x180 1\n");
  EXPECT_EQ(index->video->format_of(24).width, 320);
  EXPECT_EQ(index->video->format_of(25).width, 160);
  EXPECT_EQ(index->video->format_of(74).width, 320);
}

TEST(Formats, FollowVp9ThroughChangesOfSize) {
  const TempDir dir;
  // Two WebM files joined by the demuxer's own concatenation: the size changes on a key frame.
  for (const char* size : {"320x180", "160x90"}) {
    ffmpeg(moving_picture(size, 1) + "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime " + (dir / size) + ".webm");
  }
  std::ofstream(dir / "list") << "file '" << dir / "320x180"
                              << ".webm'\nfile '" << dir / "160x90"
                              << ".webm'\n";
  ffmpeg("-f concat -safe 0 -i " + (dir / "list") + " -c copy " + (dir / "change.webm"));
  const auto index = index_of(dir / "change.webm");
  ASSERT_TRUE(index);
  ASSERT_EQ(index->video->formats.size(), 2U);
  EXPECT_EQ(index->video->formats[0].width, 320);
  EXPECT_EQ(index->video->formats[1].width, 160);
  EXPECT_EQ(index->video->formats[1].first_frame, 25);
}

TEST(Formats, TellDepthColourInterlacingAndSampleAspect) {
  const TempDir dir;
  const std::string source = moving_picture("160x96", 0.4);
  ffmpeg(source + kX264 +
         "-flags +ildct+ilme -x264-params tff=1 -vf setsar=16/11 -colorspace smpte170m -color_primaries smpte170m "
         "-color_trc smpte170m -color_range pc " +
         (dir / "a.mkv"));
  ffmpeg(source +
         "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=none "
         "-colorspace bt2020nc -color_primaries bt2020 -color_trc smpte2084 " +
         (dir / "b.mp4"));
  ffmpeg(source + kX264 + (dir / "c.mp4"));
  const auto a = index_of(dir / "a.mkv");
  const auto b = index_of(dir / "b.mp4");
  const auto c = index_of(dir / "c.mp4");
  ASSERT_TRUE(a && b && c);
  VideoFormat wanted;
  wanted.width = 160;
  wanted.height = 96;
  EXPECT_EQ(c->video->formats.at(0), wanted);
  VideoFormat hdr = wanted;
  hdr.depth = 10;
  hdr.colour = {Matrix::kBt2020, Range::kLimited, Transfer::kPq};
  EXPECT_EQ(b->video->formats.at(0), hdr);
  wanted.sample_aspect = {16, 11};
  wanted.interlaced = true;
  wanted.colour = {Matrix::kBt601, Range::kFull, Transfer::kSdr};
  EXPECT_EQ(a->video->formats.at(0), wanted);
}

TEST(FrameAt, RepeatsNoFrameOfAMillisecondContainerAtItsOwnRate) {
  const TempDir dir;
  ffmpeg(moving_picture("64x32", 20, "30000/1001") + "-c:v libvpx -deadline realtime -cpu-used 8 " + (dir / "a.webm"));
  const auto index = index_of(dir / "a.webm");
  ASSERT_TRUE(index);
  ASSERT_EQ(index->video->tick, (Rational{1, 1000}));
  for (int64_t n = 0; n < static_cast<int64_t>(index->video->frames.size()); ++n) {
    ASSERT_EQ(index->video->frame_at({n * 1001, 30000}), n);
  }
}

TEST(FrameAt, RepeatsEveryFourthFrameOf24In30) {
  const TempDir dir;
  ffmpeg(moving_picture("64x32", 4, "24") + kX264 + (dir / "a.mp4"));
  const auto index = index_of(dir / "a.mp4");
  ASSERT_TRUE(index);
  for (int64_t n = 0; n < 4 * 30; ++n) ASSERT_EQ(index->video->frame_at({n, 30}), n * 24 / 30) << n;
  EXPECT_EQ(index->video->frame_at({-1, 2}), -1);
  EXPECT_EQ(index->video->end_of(95), (Rational{4, 1}));
  EXPECT_EQ(index->duration, 4 * kMicrosPerSecond);
}

TEST(Losses, TellOfAGapButNotOfALongFrame) {
  const TempDir dir;
  ffmpeg(moving_picture("64x32", 4) + kX264 +
         "-vf \"select='not(between(t,0.999,1.999)+between(t,3.001,3.1))'\" -fps_mode vfr -bf 0 " + (dir / "a.mp4"));
  const auto index = index_of(dir / "a.mp4");
  ASSERT_TRUE(index);
  ASSERT_EQ(index->losses.size(), 1U);
  EXPECT_EQ(index->losses[0].start, 1'000'000);
  EXPECT_EQ(index->losses[0].end, 2'000'000);
  EXPECT_EQ(index->losses[0].reason, "gap");
  EXPECT_EQ(index->video->end_of(24), (Rational{1, 1}));
  EXPECT_EQ(index->video->median_interval * 25, index->video->tick.den);
}

TEST(Losses, MarkFramesWithMissingTransportPackets) {
  const TempDir dir;
  ffmpeg(moving_picture("320x180", 2) + kX264 + "-bf 0 -g 10 -b:v 2M " + (dir / "a.ts"));
  const auto sound = index_of(dir / "a.ts");
  ASSERT_TRUE(sound);
  ASSERT_TRUE(sound->losses.empty());
  std::vector<uint8_t> file = bytes_of_file(dir / "a.ts");
  // A transport packet out of the middle of frame 23, counted by ffprobe's positions.
  const auto rows = probe(dir / "a.ts", "-show_entries packet=pos");
  const int64_t from = (std::stoll(rows.at(23)[0]) + std::stoll(rows.at(24)[0])) / 2 / 188 * 188;
  file.erase(file.begin() + from, file.begin() + from + 188);
  write_file(dir / "b.ts", file);
  const auto index = index_of(dir / "b.ts");
  ASSERT_TRUE(index);
  ASSERT_EQ(index->video->frames.size(), 50U);
  for (size_t k = 0; k < 50; ++k) EXPECT_EQ(index->video->frames[k].lost, k == 23) << k;
  ASSERT_EQ(index->losses.size(), 1U);
  EXPECT_EQ(index->losses[0].start, 920'000);
  EXPECT_EQ(index->losses[0].end, 960'000);
  EXPECT_EQ(index->losses[0].reason, "corrupt packets");
}

TEST(Losses, TellOfAnEndThatTheHeaderPromised) {
  const TempDir dir;
  ffmpeg(moving_picture("320x180", 4) + kSine + kX264 + "-g 10 -c:a aac -movflags +faststart " + (dir / "a.mp4"));
  ffmpeg("-i " + (dir / "a.mp4") + " -c copy " + (dir / "a.mkv"));
  for (const char* name : {"a.mp4", "a.mkv"}) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(index_of(dir / name)->losses.empty());
    std::vector<uint8_t> file = bytes_of_file(dir / name);
    file.resize(file.size() / 2);
    write_file(dir / "half." + std::string(name), file);
    const auto index = index_of(dir / "half." + std::string(name));
    ASSERT_TRUE(index && !index->losses.empty());
    const LossSpan& last = index->losses.back();
    EXPECT_EQ(last.reason, "ends early");
    EXPECT_GT(last.start, kMicrosPerSecond);
    EXPECT_LT(last.start, 3 * kMicrosPerSecond);
    EXPECT_NEAR(static_cast<double>(last.end), 4e6, 50'000);
  }
}

TEST(Index, StartsATransportStreamThatWasCutBetweenKeyFrames) {
  const TempDir dir;
  ffmpeg(moving_picture("160x96", 2) + kX264 + "-bf 0 -g 25 " + (dir / "a.ts"));
  const auto rows = probe(dir / "a.ts", "-show_entries packet=pos");
  std::vector<uint8_t> file = bytes_of_file(dir / "a.ts");
  // Keep the tables at the front, drop the first twelve frames.
  const auto from = file.begin() + std::stoll(rows.at(0)[0]);
  file.erase(from, from + (std::stoll(rows.at(12)[0]) - std::stoll(rows.at(0)[0])));
  write_file(dir / "b.ts", file);
  const auto index = index_of(dir / "b.ts");
  ASSERT_TRUE(index);
  const VideoIndex& video = *index->video;
  for (const IndexedFrame& frame : video.frames) EXPECT_EQ(frame.lost, frame.gop == 0 && video.gops.size() > 1);
  const auto sound = std::count_if(video.frames.begin(), video.frames.end(), [](const auto& f) { return !f.lost; });
  EXPECT_EQ(sound, 25);
}

TEST(Index, TakesAStillPictureAsOneFrame) {
  const TempDir dir;
  ffmpeg(moving_picture("64x32", 0.04) + "-frames:v 1 " + (dir / "a.png"));
  const auto index = index_of(dir / "a.png");
  ASSERT_TRUE(index);
  ASSERT_EQ(index->video->frames.size(), 1U);
  EXPECT_FALSE(index->video->frames[0].lost);
  EXPECT_EQ(index->video->formats[0].width, 64);
  EXPECT_TRUE(index->losses.empty());
}

TEST(Fixtures, HaveTheFramesAndKeyFramesThatFfprobeLists) {
  const char* named = std::getenv("TESSERA_FIXTURES");
  const std::filesystem::path beside = std::filesystem::path(__FILE__).parent_path() / "../../../../shared/fixtures";
  const std::filesystem::path media = std::filesystem::path(named != nullptr ? named : beside.string()) / "media";
  if (!std::filesystem::is_directory(media)) GTEST_SKIP() << "no fixtures on this machine";
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(media)) {
    const std::string path = entry.path().string();
    SCOPED_TRACE(path);
    const auto index = try_index(path);
    const bool hopeless = entry.path().filename() == "broken_truncated.mp4";
    ASSERT_EQ(index.has_value(), !hopeless);
    if (hopeless || !(*index)->video) continue;
    ++seen;
    // One of them was joined from two recordings that overlap by two frames: a time has one picture.
    std::set<std::string> times;
    for (const auto& row : probe(path, "-select_streams v -show_entries packet=pts")) times.insert(row[0]);
    EXPECT_EQ((*index)->video->frames.size(), times.size());
    const auto keys = probe(path, "-select_streams v -show_entries packet=flags");
    EXPECT_EQ((*index)->video->gops.size(),
              std::count_if(keys.begin(), keys.end(), [](const auto& row) { return row[0][0] == 'K'; }));
  }
  EXPECT_GE(seen, 8);
}

TEST(Identity, ChangesWithTheBytesOfOneGopAlone) {
  const TempDir dir;
  const std::string path = dir / "a.mp4";
  ffmpeg(moving_picture("320x180", 3) + kX264 + "-g 15 -bf 2 " + path);
  const auto before = index_of(path);
  ASSERT_TRUE(before);
  ASSERT_EQ(before->video->gops.size(), 5U);
  std::filesystem::copy_file(path, dir / "copy.mp4");
  EXPECT_EQ(index_of(dir / "copy.mp4")->identity, before->identity);

  std::vector<uint8_t> file = bytes_of_file(path);
  const Gop& third = before->video->gops[2];
  file[static_cast<size_t>((third.byte_begin + third.byte_end) / 2)] ^= 1;
  write_file(dir / "b.mp4", file);
  const auto after = index_of(dir / "b.mp4");
  ASSERT_TRUE(after);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(before->video->gops[i].hash == after->video->gops[i].hash, i != 2) << "GOP " << i;
  }
  EXPECT_NE(before->identity, after->identity);
}

TEST(StreamChoice, TakesTheStreamsAskedFor) {
  const TempDir dir;
  const std::string path = dir / "a.mkv";
  ffmpeg(moving_picture("320x180", 1) + moving_picture("64x32", 1) + kSine + kX264 + "-c:a flac -map 0 -map 1 -map 2 " +
         path);
  EXPECT_EQ(index_of(path)->video->formats[0].width, 320);
  const auto small = try_index(path, {1, -1});
  ASSERT_TRUE(small);
  EXPECT_EQ((*small)->video->formats[0].width, 64);
  EXPECT_EQ((*small)->audio, nullptr);
  const auto sound = try_index(path, {-1, 2});
  ASSERT_TRUE(sound);
  EXPECT_EQ((*sound)->video, nullptr);
  EXPECT_EQ((*sound)->audio->sample_rate, 48000);
  EXPECT_NE((*sound)->identity, (*small)->identity);
  for (const StreamChoice wrong :
       {StreamChoice{2, -1}, StreamChoice{-1, 0}, StreamChoice{7, -2}, StreamChoice{-1, -1}}) {
    const auto refused = try_index(path, wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kBadInput);
  }
}

TEST(Loudness, IsTheRmsOfATone) {
  const TempDir dir;
  // Half a second of silence, then a sine with peak 0.25: RMS is 0.25 / sqrt(2) = -15.05 dBFS.
  ffmpeg("-f lavfi -i \"aevalsrc=if(gte(t\\,0.5)\\,0.25*sin(2*PI*1000*t)\\,0):s=44100:d=1\" -c:a pcm_s24le " +
         (dir / "a.wav"));
  const auto index = index_of(dir / "a.wav");
  ASSERT_TRUE(index && index->audio);
  const std::vector<int16_t>& loudness = index->audio->loudness;
  ASSERT_EQ(loudness.size(), 50U);
  for (size_t i = 0; i < 25; ++i) EXPECT_EQ(loudness[i], INT16_MIN) << i;
  for (size_t i = 25; i < 50; ++i) EXPECT_NEAR(loudness[i], -1505, 3) << i;
  EXPECT_EQ(index->audio->end, kMicrosPerSecond);
}

std::string bytes_of(const TakeIndex& index) { return write_index(index, "same"); }

TEST(Cache, GivesBackWhatAFreshIndexHas) {
  const TempDir dir;
  const std::string path = dir / "a.mkv";
  ffmpeg(moving_picture("160x96", 2) + kSine + kX264 + "-c:a aac -g 10 " + path);
  const auto fresh = try_index(path);
  ASSERT_TRUE(fresh);
  ASSERT_TRUE(try_index(path, {}, dir / "cache"));
  // The file's content is gone but its identity is not: only the cache can still answer.
  struct stat before {};
  ASSERT_EQ(::stat(path.c_str(), &before), 0);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file << std::string(static_cast<size_t>(before.st_size), 'x');
  }
  const std::array<timespec, 2> times{before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
  const auto cached = try_index(path, {}, dir / "cache");
  ASSERT_TRUE(cached) << describe(cached.error());
  EXPECT_EQ(bytes_of(**cached), bytes_of(**fresh));
  EXPECT_FALSE(try_index(path, {0, -1}, dir / "cache")) << "another choice of streams is another entry";
}

TEST(Cache, IsRemadeWhereDamaged) {
  const TempDir dir;
  const std::string path = dir / "a.mp4";
  ffmpeg(moving_picture("64x32", 1) + kX264 + path);
  const auto fresh = try_index(path, {}, dir / "cache");
  ASSERT_TRUE(fresh);
  const std::string entry = std::filesystem::directory_iterator(dir / "cache")->path();
  const std::vector<uint8_t> good = bytes_of_file(entry);
  for (size_t at = 0; at < good.size(); at += 61) {
    std::vector<uint8_t> bad = good;
    bad[at] ^= 0x40;
    write_file(entry, bad);
    EXPECT_EQ(load_index(*cache_key(path, {}, {}, dir / "cache")), std::nullopt) << at;
    bad.resize(at);
    write_file(entry, bad);
    EXPECT_EQ(load_index(*cache_key(path, {}, {}, dir / "cache")), std::nullopt) << at;
  }
  const auto remade = try_index(path, {}, dir / "cache");
  ASSERT_TRUE(remade);
  EXPECT_EQ(bytes_of(**remade), bytes_of(**fresh));
  EXPECT_EQ(bytes_of_file(entry), good);
}

TEST(Cache, KeepsLostMarks) {
  const TempDir dir;
  const std::string path = dir / "a.mp4";
  Log log(LogLevel::kOff, LogFormat::kText);
  ffmpeg(moving_picture("64x32", 1) + kX264 + path);
  const auto first = try_index(path, {}, dir / "cache");
  const auto second = try_index(path, {}, dir / "cache");
  ASSERT_TRUE(first && second);
  (*first)->video->frames[3].lost = true;
  save_lost_marks(**first, {}, {}, dir / "cache", log);
  (*second)->video->frames[5].lost = true;
  save_lost_marks(**second, {}, {}, dir / "cache", log);
  const auto third = try_index(path, {}, dir / "cache");
  ASSERT_TRUE(third);
  for (size_t k = 0; k < 25; ++k) EXPECT_EQ((*third)->video->frames[k].lost, k == 3 || k == 5) << k;
  EXPECT_EQ((*third)->identity, (*first)->identity);
}

/// A PNG with no pixels: only the header says how large it would be.
std::vector<uint8_t> png_header(uint32_t width, uint32_t height) {
  std::vector<uint8_t> file{0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
  for (const uint32_t number : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<uint8_t>(number >> shift));
  }
  file.insert(file.end(), {8, 6, 0, 0, 0});
  uint32_t crc = 0xFFFFFFFF;
  for (size_t i = 12; i < file.size(); ++i) {
    crc ^= file[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<uint8_t>(~crc >> shift));
  const std::string rest("\0\0\0\4IDATxxxx....", 16);
  file.insert(file.end(), rest.begin(), rest.end());
  return file;
}

TEST(HopelessInput, IsRefusedWithOneClearLine) {
  const TempDir dir;
  write_file(dir / "empty.mp4", {});
  std::ofstream(dir / "text.mp4") << std::string(5000, 'a') << "\nthis is no media\n";
  write_file(dir / "huge.png", png_header(30000, 30000));
  write_file(dir / "wide.png", png_header(16000, 4));
  ffmpeg(moving_picture("64x32", 1) + kX264 + (dir / "whole.mp4"));
  std::vector<uint8_t> file = bytes_of_file(dir / "whole.mp4");
  file.resize(file.size() / 2);
  write_file(dir / "no_index.mp4", file);
  for (const char* name : {"missing.mp4", "empty.mp4", "text.mp4", "huge.png", "wide.png", "no_index.mp4", "."}) {
    SCOPED_TRACE(name);
    const auto index = try_index(dir / name);
    ASSERT_FALSE(index);
    EXPECT_TRUE(index.error().code == Errc::kBadInput || index.error().code == Errc::kLimit) << describe(index.error());
    EXPECT_EQ(index.error().where, dir / name);
    EXPECT_EQ(index.error().detail.find('\n'), std::string::npos);
    EXPECT_GT(index.error().detail.size(), 10U);
  }
}

TEST(Limits, HoldForSizeLengthAndStreams) {
  const TempDir dir;
  const std::string path = dir / "a.mp4";
  ffmpeg(moving_picture("320x180", 20, "10") + kX264 + path);
  MediaLimits narrow;
  narrow.max_side = 256;
  MediaLimits few_pixels;
  few_pixels.max_pixels = 320 * 180 - 1;
  MediaLimits few_bytes;
  few_bytes.max_bytes = 1000;
  MediaLimits brief;
  brief.max_duration = 2 * kMicrosPerSecond;
  for (const MediaLimits& limits : {narrow, few_pixels, few_bytes, brief}) {
    const auto index = try_index(path, {}, "", limits);
    ASSERT_FALSE(index);
    EXPECT_EQ(index.error().code, Errc::kLimit) << describe(index.error());
  }
}

}  // namespace
}  // namespace tessera::media
