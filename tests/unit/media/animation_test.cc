#include "engine/media/animation.h"

#include <random>

#include "tests/unit/media/animation_tools.h"

namespace tessera::media {
namespace {

Result<std::shared_ptr<const AnimationIndex>> index_of_animation(const std::string& path, const MediaLimits& limits,
                                                                 const std::string& cache_dir = "") {
  Log log(LogLevel::kOff, LogFormat::kText);
  return index_animation(path, limits, cache_dir, log);
}

const char* const kFormats[] = {"qtrle.mov", "prores.mov", "a.apng", "a.gif", "vp9.webm"};

std::string times_text(const AnimationTimes& times) {
  std::string text;
  for (int64_t k = 0; k < times.frames(); ++k) {
    const Rational start = times.start_of(k).reduced();
    text += std::to_string(start.num) + "/" + std::to_string(start.den) + " ";
  }
  const Rational length = times.length().reduced();
  return text + "end " + std::to_string(length.num) + "/" + std::to_string(length.den);
}

std::string times_of_file(const std::string& path) {
  const auto index = index_of_animation(path, {});
  return index ? times_text((*index)->times) : describe(index.error());
}

TEST(AnimationTimes, AreExactAndStartAgain) {
  AnimationTimes times;
  times.tick = {1001, 30000};
  times.starts = {0, 1, 1, 4};
  times.duration = 5;
  const auto at = [&](int64_t num, int64_t den) { return times.frame_at({num, den}); };
  EXPECT_EQ(at(0, 1), 0);
  EXPECT_EQ(at(1001 * 1000 - 1, 30'000'000), 0);
  EXPECT_EQ(at(1001, 30000), 2) << "of two at one time the later one shows";
  EXPECT_EQ(at(4 * 1001, 30000), 3);
  EXPECT_EQ(at(5 * 1001 * 1000 - 1, 30'000'000), 3) << "the last frame lasts its own duration";
  EXPECT_EQ(at(5 * 1001, 30000), 0) << "and the first follows at once";
  EXPECT_EQ(at(6 * 1001, 30000), 2);
  // Six hours on, exact to the frame: the k-th play begins at k * 5005/30000.
  for (int64_t k : {1, 999, 129'470}) {
    EXPECT_EQ(at(k * 5005, 30000), 0) << k;
    EXPECT_EQ(at(k * 5005 * 1000 - 1, 30'000'000), 3) << k;
  }
}

TEST(AnimationIndex, KnowsTheTimesOfEveryFormat) {
  const TempDir dir;
  EXPECT_EQ(times_of_file(moving_picture(dir, "qtrle.mov", 3, "16x16", "30000/1001")),
            "0/1 1001/30000 1001/15000 end 1001/10000");
  EXPECT_EQ(times_of_file(moving_picture(dir, "prores.mov", 3, "16x16")), "0/1 1/25 2/25 end 3/25");
  EXPECT_EQ(times_of_file(moving_picture(dir, "a.gif", 3, "16x16")), "0/1 1/25 2/25 end 3/25");
  EXPECT_EQ(times_of_file(moving_picture(dir, "a.apng", 4, "16x16", "30")), "0/1 1/30 1/15 1/10 end 2/15")
      << "an APNG's delays are fractions, which libavformat rounds";
}

TEST(AnimationIndex, TakesDelaysAsBrowsersDo) {
  const TempDir dir;
  write_file(dir / "a.gif", tiny_gif({0, 1, 2, 50, 0}));
  EXPECT_EQ(times_of_file(dir / "a.gif"), "0/1 1/10 1/5 11/50 18/25 end 41/50");
  write_file(dir / "one.gif", tiny_gif({0}));
  EXPECT_EQ(times_of_file(dir / "one.gif"), "0/1 end 1/10");
}

TEST(AnimationReader, DecodesWhatStockFfmpegDoes) {
  for (const char* name : kFormats) {
    const TempDir dir;
    const std::string path = moving_picture(dir, name, 10, "50x38");
    const auto want = rgba_by_ffmpeg(dir, path, 50, 38);
    ASSERT_EQ(want.size(), 10U) << name;
    for (const int depth : {8, 10}) {
      SCOPED_TRACE(std::string(name) + ", " + std::to_string(depth) + " bits");
      const auto index = index_of_animation(path, {});
      ASSERT_TRUE(index) << describe(index.error());
      EXPECT_EQ((*index)->times.frames(), 10);
      EXPECT_EQ((*index)->width, 50);
      EXPECT_EQ((*index)->height, 38);
      auto reader = AnimationReader::open(*index, depth, {});
      ASSERT_TRUE(reader) << describe(reader.error());
      // Forward, with jumps; twice over, back and forth.
      double worst = 0;
      for (const int64_t k : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 5, 6, 9, 8, 2, 2, 0, 9}) {
        const auto frame = (*reader)->frame(k);
        ASSERT_TRUE(frame) << k << ": " << describe(frame.error());
        ASSERT_EQ((*frame)->format.depth, depth);
        ASSERT_TRUE((*frame)->format.has_alpha);
        ASSERT_EQ((*frame)->format.chroma_shift_x + (*frame)->format.chroma_shift_y, 0);
        worst = std::max(worst, PremultipliedOracle(want[static_cast<size_t>(k)], 50, 38, depth).worst(**frame));
      }
      // One rounding of alpha, one of the product; swscale's own where the file is YUV.
      EXPECT_LE(worst, 1.0);
      RecordProperty(std::string(name) + std::to_string(depth), std::to_string(worst));
    }
  }
}

TEST(AnimationReader, TellsFramesApart) {
  for (const char* name : kFormats) {
    SCOPED_TRACE(name);
    const TempDir dir;
    const auto index = index_of_animation(moving_picture(dir, name), {});
    ASSERT_TRUE(index);
    auto reader = AnimationReader::open(*index, 8, {});
    ASSERT_TRUE(reader);
    std::vector<std::string> names;
    for (int64_t k = 0; k < 10; ++k) names.push_back(name_of({*(*reader)->frame(k), false, ""}));
    for (size_t k = 1; k < 10; ++k) EXPECT_NE(names[k], names[k - 1]);
    std::mt19937 random(5);
    for (int round = 0; round < 30; ++round) {
      const auto k = static_cast<int64_t>(random() % 10);
      ASSERT_EQ(name_of({*(*reader)->frame(k), false, ""}), names[static_cast<size_t>(k)]) << "seed 5, round " << round;
    }
  }
}

TEST(AnimationReader, ReadsTheFixtures) {
  const char* given = std::getenv("TESSERA_FIXTURES");
  const std::string folder =
      std::string(given != nullptr ? given : TESSERA_SOURCE_DIR "/../shared/fixtures") + "/gifts/other/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the gifts made by others are not on this machine";
  for (const char* name : {"a.apng", "g.gif", "p.mov", "q.mov", "vp8a.webm", "vp9a.webm"}) {
    SCOPED_TRACE(name);
    const auto index = index_of_animation(folder + name, {});
    ASSERT_TRUE(index) << describe(index.error());
    EXPECT_EQ((*index)->times.frames(), 25);
    EXPECT_EQ((*index)->times.length(), (Rational{1, 1}));
    auto reader = AnimationReader::open(*index, 8, {});
    ASSERT_TRUE(reader);
    int lowest = 255;
    for (int64_t k = 0; k < 25; ++k) {
      const auto frame = (*reader)->frame(k);
      ASSERT_TRUE(frame) << describe(frame.error());
      for (int x = 0; x < (*frame)->format.width; ++x) lowest = std::min<int>(lowest, (*frame)->planes[3].data[x]);
    }
    // The GIF has no transparent pixels.
    EXPECT_EQ(lowest < 16, name != std::string("g.gif")) << lowest;
  }
}

TEST(AnimationIndex, KnowsWhatMayMove) {
  const TempDir dir;
  for (const char* name : kFormats) EXPECT_TRUE(may_be_animation(moving_picture(dir, name, 2))) << name;
  ffmpeg("-f lavfi -i color=s=16x16 -frames:v 1 " + (dir / "a.png"));
  ffmpeg("-f lavfi -i color=s=16x16 -frames:v 1 " + (dir / "a.jpg"));
  for (const char* name : {"a.png", "a.jpg", "missing.gif"}) EXPECT_FALSE(may_be_animation(dir / name)) << name;
}

TEST(AnimationIndex, RefusesWhatIsTooLarge) {
  const TempDir dir;
  write_file(dir / "huge.gif", tiny_gif({4, 4}, 30000, 30000));
  write_file(dir / "long.gif", tiny_gif(std::vector<int>(20'001, 4)));
  MediaLimits short_only;
  short_only.max_duration = 1'000'000;
  write_file(dir / "slow.gif", tiny_gif({60, 60}));
  for (const char* name : {"huge.gif", "long.gif", "slow.gif"}) {
    const auto index = index_of_animation(dir / name, name == std::string("slow.gif") ? short_only : MediaLimits{});
    ASSERT_FALSE(index) << name;
    EXPECT_EQ(index.error().code, Errc::kLimit) << describe(index.error());
  }
}

TEST(AnimationIndex, IsKeptUnderTheFilesIdentity) {
  const TempDir dir;
  const std::string path = moving_picture(dir, "qtrle.mov", 5);
  const std::string cache = dir / "cache";
  const auto first = index_of_animation(path, {}, cache);
  ASSERT_TRUE(first);
  std::vector<std::filesystem::path> entries;
  for (const auto& entry : std::filesystem::directory_iterator(cache)) entries.push_back(entry.path());
  ASSERT_EQ(entries.size(), 1U);
  const auto again = index_of_animation(path, {}, cache);
  ASSERT_TRUE(again);
  EXPECT_EQ(times_text((*again)->times), times_text((*first)->times));
  EXPECT_EQ((*again)->file, (*first)->file);
  auto reader = AnimationReader::open(*again, 8, {});
  ASSERT_TRUE(reader);
  EXPECT_TRUE((*reader)->frame(4));
  // A damaged entry is made anew.
  const std::vector<uint8_t> bytes = bytes_of_file(entries[0]);
  for (const size_t at : {size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
    std::vector<uint8_t> damaged = bytes;
    damaged[at] = static_cast<uint8_t>(damaged[at] ^ 0x10);
    write_file(entries[0], damaged);
    const auto made = index_of_animation(path, {}, cache);
    ASSERT_TRUE(made);
    EXPECT_EQ((*made)->file, (*first)->file);
    EXPECT_EQ(bytes_of_file(entries[0]), bytes) << at;
  }
  // Another file of that name is looked at again.
  moving_picture(dir, "qtrle.mov", 7);
  const auto other = index_of_animation(path, {}, cache);
  ASSERT_TRUE(other);
  EXPECT_EQ((*other)->times.frames(), 7);
  EXPECT_NE((*other)->file, (*first)->file);
}

/// Cut anywhere, a file is refused or all that its index promises can be decoded; never a crash, never a wrong picture.
TEST(AnimationIndex, TruncatedFilesAreBadInput) {
  for (const char* name : {"qtrle.mov", "prores.mov", "a.apng", "a.gif"}) {
    const TempDir dir;
    std::string path = moving_picture(dir, name);
    if (path.ends_with(".mov")) {
      ffmpeg("-i " + path + " -c copy -movflags faststart " + (dir / "front.mov"));
      path = dir / "front.mov";
    }
    const std::vector<uint8_t> whole = bytes_of_file(path);
    int refused = 0;
    for (int part = 1; part < 24; ++part) {
      SCOPED_TRACE(std::string(name) + " cut to " + std::to_string(part) + "/24");
      write_file(dir / "cut", {whole.begin(), whole.begin() + static_cast<ptrdiff_t>(whole.size()) * part / 24});
      const auto index = index_of_animation(dir / "cut", {});
      if (!index) {
        EXPECT_EQ(index.error().code, Errc::kBadInput);
        EXPECT_NE(describe(index.error()).find("cut"), std::string::npos);
        EXPECT_EQ(describe(index.error()).find('\n'), std::string::npos);
        ++refused;
      }
    }
    EXPECT_EQ(refused, 23) << name;
  }
}

TEST(AnimationReader, SaysWhichFrameIsDamaged) {
  const TempDir dir;
  for (const char* name : {"qtrle.mov", "prores.mov", "a.apng", "a.gif"}) {
    SCOPED_TRACE(name);
    const std::vector<uint8_t> whole = bytes_of_file(moving_picture(dir, name));
    std::mt19937 random(3);
    for (int round = 0; round < 12; ++round) {
      std::vector<uint8_t> damaged = whole;
      for (int k = 0; k < 20; ++k) {
        uint8_t& byte = damaged[whole.size() / 4 + random() % (whole.size() / 2)];
        byte = static_cast<uint8_t>(byte ^ 1U << random() % 8);
      }
      write_file(dir / "damaged", damaged);
      const auto index = index_of_animation(dir / "damaged", {});
      if (!index) {
        EXPECT_EQ(index.error().code, Errc::kBadInput) << describe(index.error());
        continue;
      }
      auto reader = AnimationReader::open(*index, 8, {});
      ASSERT_TRUE(reader);
      for (int64_t k = 0; k < (*index)->times.frames(); ++k) {
        const auto frame = (*reader)->frame(k);
        if (frame) continue;
        EXPECT_EQ(frame.error().code, Errc::kBadInput) << "seed 3, round " << round;
        EXPECT_NE(frame.error().detail.find("frame "), std::string::npos) << describe(frame.error());
        break;
      }
    }
  }
}

}  // namespace
}  // namespace tessera::media
