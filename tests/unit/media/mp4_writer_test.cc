#include <gtest/gtest.h>

#include <sstream>

#include "engine/media/box.h"
#include "engine/media/language.h"
#include "tests/unit/media/pictures.h"
#include "tests/unit/media/sound.h"

namespace tessera::media {
namespace {

using testing::chords;
using testing::encode_chunks;
using testing::encode_sound;
using testing::Encoded;
using testing::EncodedSound;
using testing::TempFolder;

constexpr int64_t kSamples = 48'000 * 2 + 500;

Encoded pictures(int bframes) {
  VideoEncoderSettings s;
  s.width = 144;
  s.height = 256;
  s.bitrate_bps = 200'000;
  s.maxrate_bps = s.bufsize_bits = 300'000;
  s.gop_frames = 20;
  s.chunk_frames = 40;
  s.preset = "ultrafast";
  s.bframes = bframes;
  std::vector<FrameRef> frames;
  for (int64_t n = 0; n < 60; ++n) frames.push_back(testing::picture(s.width, s.height, 8, n, 1, 4));
  return encode_chunks(s, 40, frames);
}

/// Pictures and two mixes, interleaved by decode time. In blocks of half a second, as published segments come.
Result<void> write_film(const std::string& path, const Encoded& video, const EncodedSound& sound) {
  TESSERA_TRY_ASSIGN(auto writer,
                     Mp4Writer::create(path, {{video.info, ""}, {sound.info, "en"}, {sound.info, "pt-BR"}}));
  size_t v = 0;
  size_t a = 0;
  for (int64_t half = 1; half <= 6; ++half) {
    const auto until = [&](const Packet& packet, const StreamInfo& info) {
      return half == 6 || packet.dts * 2 < half * info.tick.den;
    };
    for (; v < video.packets.size() && until(video.packets[v], video.info); ++v) {
      TESSERA_TRY(writer->add(0, video.packets[v]));
    }
    for (; a < sound.packets.size() && until(sound.packets[a], sound.info); ++a) {
      TESSERA_TRY(writer->add(1, sound.packets[a]));
      TESSERA_TRY(writer->add(2, sound.packets[a]));
    }
  }
  return writer->finish();
}

std::string probe(const std::string& path, const std::string& stream, const std::string& entries) {
  std::string text = testing::run("ffprobe -v error -count_frames -select_streams " + stream + " -show_entries " +
                                  entries + " -of default=nw=1 " + path);
  return text;
}

class Film : public ::testing::TestWithParam<int> {};

TEST_P(Film, StartsTogetherAndHasEveryFrameAndSample) {
  const Encoded video = pictures(GetParam());
  const std::vector<float> samples = chords(kSamples);
  const TempFolder folder;
  const std::string path = folder.file("film.mp4");
  const auto written = write_film(path, video, encode_sound(samples, 1));
  ASSERT_TRUE(written) << describe(written.error());

  EXPECT_EQ(probe(path, "v:0", "stream=codec_name,avg_frame_rate,start_time,duration,nb_frames,nb_read_frames"),
            "codec_name=h264\navg_frame_rate=30/1\nstart_time=0.000000\nduration=2.000000\nnb_frames=60\n"
            "nb_read_frames=60\n");
  for (const char* mix : {"a:0", "a:1"}) {
    EXPECT_EQ(probe(path, mix, "stream=codec_name,profile,sample_rate,channels,start_time,duration"),
              "codec_name=aac\nprofile=LC\nsample_rate=48000\nchannels=2\nstart_time=0.000000\nduration=2.010417\n");
  }
  EXPECT_EQ(probe(path, "a:0", "stream_tags=language"), "TAG:language=eng\n");
  EXPECT_EQ(probe(path, "a:1", "stream_tags=language"), "TAG:language=por\n");

  std::istringstream times(
      testing::run("ffprobe -v error -select_streams v:0 -show_entries frame=pts -of csv=p=0 " + path));
  std::string line;
  for (int64_t n = 0; n < 60; ++n) {
    ASSERT_TRUE(std::getline(times, line)) << n;
    EXPECT_EQ(std::stoll(line), n * 3000);
  }

  testing::run("ffmpeg -nostdin -v error -i " + path + " -map 0:a:1 -f f32le -y " + folder.file("a.f32"));
  const std::vector<float> decoded = testing::read_floats(folder.file("a.f32"));
  ASSERT_GE(decoded.size(), samples.size()) << "the end is missing";
  EXPECT_LE(decoded.size(), samples.size() + 2 * 1023) << "5.1's decoder may give the last frame whole";
  EXPECT_EQ(testing::lag_of(samples, decoded), 0) << "the priming is not hidden";
  EXPECT_GT(testing::snr_db(samples, decoded), 20);

  testing::write_file(folder.file("v.h264"), video.annex_b());
  const auto hash = [&](const std::string& input) {
    return testing::run("ffmpeg -nostdin -v error -i " + input + " -map 0:v:0 -f md5 -");
  };
  EXPECT_EQ(hash(path), hash(folder.file("v.h264")));
}

INSTANTIATE_TEST_SUITE_P(BFrames, Film, ::testing::Values(0, 2));

/// Names of the top-level boxes.
std::vector<std::string> boxes(const std::vector<uint8_t>& file) {
  std::vector<std::string> names;
  for (size_t at = 0; at + 8 <= file.size();) {
    const size_t size = static_cast<size_t>(file[at]) << 24 | static_cast<size_t>(file[at + 1]) << 16 |
                        static_cast<size_t>(file[at + 2]) << 8 | file[at + 3];
    names.emplace_back(file.begin() + static_cast<ptrdiff_t>(at + 4), file.begin() + static_cast<ptrdiff_t>(at + 8));
    if (size < 8) break;
    at += size;
  }
  return names;
}

std::vector<uint8_t> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Mp4Writer, PutsTheIndexFirstAndWritesTheSameBytesAgain) {
  const TempFolder folder;
  const Encoded video = pictures(2);
  const EncodedSound sound = encode_sound(chords(kSamples), 1);
  ASSERT_TRUE(write_film(folder.file("a.mp4"), video, sound));
  ASSERT_TRUE(write_film(folder.file("b.mp4"), video, sound));
  const std::vector<uint8_t> bytes = bytes_of(folder.file("a.mp4"));
  EXPECT_EQ(boxes(bytes), (std::vector<std::string>{"ftyp", "moov", "free", "mdat"}));
  EXPECT_EQ(bytes, bytes_of(folder.file("b.mp4")));
}

TEST(Mp4Writer, SaysWhichFileCanNotBeWritten) {
  const TempFolder folder;
  const auto writer = Mp4Writer::create(folder.file("no/such/film.mp4"), {{pictures(0).info, ""}});
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, Errc::kUnreachable);
  EXPECT_NE(writer.error().detail.find("no/such/film.mp4"), std::string::npos);
}

TEST(Mp4Writer, AFullDiskIsAnError) {
  const auto writer = Mp4Writer::create("/dev/full", {{pictures(0).info, ""}});
  bool failed = !writer;
  if (writer) {
    for (const Packet& packet : pictures(0).packets) failed = failed || !(*writer)->add(0, packet);
    failed = failed || !(*writer)->finish();
  }
  EXPECT_TRUE(failed);
}

TEST(Language, IsTheThreeLetterCodeOfTheTag) {
  for (const auto& [tag, code] : std::vector<std::pair<std::string, std::string>>{{"en", "eng"},
                                                                                  {"de-AT", "deu"},
                                                                                  {"ZH-Hant-TW", "zho"},
                                                                                  {"aa", "aar"},
                                                                                  {"zu", "zul"},
                                                                                  {"yue", "yue"},
                                                                                  {"qq", "und"},
                                                                                  {"x-private", "und"},
                                                                                  {"", "und"}}) {
    EXPECT_EQ(iso639_2(tag), code) << tag;
  }
}

}  // namespace
}  // namespace tessera::media
