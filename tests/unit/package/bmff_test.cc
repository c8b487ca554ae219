#include "engine/package/bmff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/package/ladder.h"

namespace tessera::package {
namespace {

using ::testing::HasSubstr;

/// What ffprobe says of an init segment and one media segment together.
nlohmann::json probe(const std::string& bytes) {
  std::string path = (std::filesystem::temp_directory_path() / "tessera-bmff-XXXXXX").string();
  ::close(::mkstemp(path.data()));
  std::ofstream(path, std::ios::binary) << bytes;
  const std::string out = run_command("ffprobe -v error -show_packets -show_streams -of json " + path);
  std::filesystem::remove(path);
  return nlohmann::json::parse(out);
}

TEST(Bmff, AgreesWithFfprobe) {
  const Ladder& ladder = sample_ladder();
  for (const auto* tracks : {&ladder.presentation.video, &ladder.presentation.audio}) {
    for (const Track& track : *tracks) {
      const std::string init_bytes = ladder.text(track.init);
      const auto init = read_init(as_bytes(init_bytes));
      ASSERT_TRUE(init);
      int64_t end = -1;
      for (const Segment& segment : track.segments) {
        SCOPED_TRACE(track.id + " " + segment.name);
        const std::string bytes = ladder.text(segment.name);
        const auto info = read_segment(as_bytes(bytes), *init);
        ASSERT_TRUE(info) << describe(info.error());
        const auto json = probe(init_bytes + bytes);
        const auto& packets = json["packets"];
        ASSERT_FALSE(packets.empty());
        EXPECT_EQ(info->samples, static_cast<int64_t>(packets.size()));
        EXPECT_EQ(info->decode_start, packets.front()["dts"].get<int64_t>());
        EXPECT_EQ(info->starts_with_sync, packets.front()["flags"].get<std::string>().starts_with("K"));
        int64_t first = INT64_MAX, last = INT64_MIN;
        for (const auto& packet : packets) {
          first = std::min(first, packet["pts"].get<int64_t>());
          last = std::max(last, packet["pts"].get<int64_t>() + packet.value("duration", int64_t{0}));
        }
        EXPECT_TRUE(end < 0 || info->decode_start == end);
        end = info->decode_end;
        // ffprobe gives every audio packet 1024 samples, also the last one; and it shifts all presentation times so
        // that none precedes its decode time.
        if (init->video) {
          EXPECT_EQ(info->presentation_end - info->presentation_start, last - first);
        }
        const auto& stream = json["streams"][0];
        EXPECT_EQ("1/" + std::to_string(init->timescale), stream["time_base"].get<std::string>());
        if (init->video) {
          EXPECT_EQ(init->width, stream["width"].get<int>());
          EXPECT_EQ(init->height, stream["height"].get<int>());
        } else {
          EXPECT_EQ(init->channels, stream["channels"].get<int>());
          EXPECT_EQ(std::to_string(init->sample_rate), stream["sample_rate"].get<std::string>());
        }
      }
      EXPECT_EQ(track.first_tick, track.timescale - (track.video ? 0 : 1024));
    }
  }
}

TEST(Bmff, ReadsCodecsFromTheBytes) {
  const Presentation& p = sample_ladder().presentation;
  EXPECT_THAT(p.video[0].codecs, ::testing::MatchesRegex("avc1\\.4d[0-9a-f][0-9a-f][0-9a-f][0-9a-f]"));
  EXPECT_EQ(p.audio[0].codecs, "mp4a.40.2");
}

std::string box(const std::string& type, const std::string& payload) {
  const size_t size = payload.size() + 8;
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift & 0xFF));
  return out + type + payload;
}

std::string word(uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xFF));
  return out;
}

/// A segment of one fragment, with the boxes as given.
std::string fragment(const std::string& tfhd, const std::string& tfdt, const std::string& trun) {
  return box("moof", box("mfhd", word(0) + word(1)) + box("traf", tfhd + tfdt + trun)) + box("mdat", "data");
}

TEST(Bmff, SaysWhatIsWrongWithASegment) {
  InitInfo init;
  init.track_id = 1;
  init.timescale = 1000;
  init.default_duration = 10;
  init.default_size = 1;
  const std::string tfhd = box("tfhd", word(0x020000) + word(1));
  const std::string tfdt = box("tfdt", word(0) + word(5000));
  const std::string trun = box("trun", word(0) + word(4));
  const auto good = read_segment(as_bytes(fragment(tfhd, tfdt, trun)), init);
  ASSERT_TRUE(good) << describe(good.error());
  EXPECT_EQ(good->decode_start, 5000);
  EXPECT_EQ(good->decode_end, 5040);
  EXPECT_EQ(good->samples, 4);
  const auto two = read_segment(
      as_bytes(fragment(tfhd, tfdt, trun) + fragment(tfhd, box("tfdt", word(0) + word(5040)), trun)), init);
  ASSERT_TRUE(two) << describe(two.error());
  EXPECT_EQ(two->decode_end, 5080);

  const std::string negative = box("tfdt", word(1u << 24) + word(0xFFFFFFFF) + word(0xFFFFFC00));
  const std::pair<std::string, const char*> wrong[] = {
      {"", "no moof"},
      {"abc", "wanted a box"},
      {box("moof", ""), "0 traf"},
      {box("moof", box("traf", tfhd + tfdt + trun)), "no mdat follows"},
      {fragment("", tfdt, trun), "without tfhd"},
      {fragment(tfhd, "", trun), "without tfdt"},
      {fragment(box("tfhd", word(0x020000) + word(2)), tfdt, trun), "track 2"},
      {fragment(box("tfhd", word(1) + word(1) + word(0) + word(0)), tfdt, trun), "base-data-offset"},
      {fragment(tfhd, negative, trun), "decode time of -1024"},
      {fragment(tfhd, tfdt, box("trun", word(0) + word(5))), "outside the mdat"},
      {fragment(tfhd, tfdt, box("trun", word(1) + word(4) + word(0))), "outside the mdat"},
      {fragment(tfhd, tfdt, box("trun", word(0) + word(0xFFFFFFFF))), "trun of 4294967295"},
      {fragment(tfhd, tfdt, box("trun", word(0x100) + word(4) + word(1))), "too short for its 4"},
      {fragment(tfhd, tfdt, ""), "no samples"},
      {fragment(tfhd, tfdt, trun) + fragment(tfhd, tfdt, trun), "after one that ends at 5040"},
  };
  for (const auto& [bytes, want] : wrong) {
    const auto segment = read_segment(as_bytes(bytes), init);
    ASSERT_FALSE(segment) << want;
    EXPECT_EQ(segment.error().code, Errc::kBadInput);
    EXPECT_THAT(segment.error().detail, HasSubstr(want));
  }
}

}  // namespace
}  // namespace tessera::package
