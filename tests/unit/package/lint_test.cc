#include "engine/package/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "tests/unit/package/ladder.h"

namespace tessera::package {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kMaster = "portrait/master.m3u8";
constexpr const char* kMpd = "portrait/manifest.mpd";

std::vector<std::string> findings_of(const Ladder& ladder) {
  const auto findings = lint(ladder.reader());
  if (!findings) return {"error: " + describe(findings.error())};
  return *findings;
}

void replace_in(std::string& text, const std::string& what, const std::string& with) {
  const size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what << " in\n" << text;
  text.replace(at, what.size(), with);
}

/// Replaces the number that follows `key` by `change` of it.
void change_number(std::string& text, const std::string& key, const std::function<int64_t(int64_t)>& change) {
  const size_t at = text.find(key);
  ASSERT_NE(at, std::string::npos) << key;
  const size_t begin = at + key.size();
  const size_t end = text.find_first_not_of("0123456789", begin);
  text.replace(begin, end - begin, std::to_string(change(std::stoll(text.substr(begin, end - begin)))));
}

TEST(Lint, FindsNothingWrongInASoundLadder) {
  EXPECT_THAT(findings_of(sample_ladder()), IsEmpty());
  Ladder hls_only = sample_ladder();
  replace_in(hls_only.objects["job.json"], R"(,"dash":"portrait/manifest.mpd")", "");
  hls_only.objects.erase(kMpd);
  EXPECT_THAT(findings_of(hls_only), IsEmpty());
  Ladder dash_only = sample_ladder();
  replace_in(dash_only.objects["job.json"], R"("hls":"portrait/master.m3u8",)", "");
  dash_only.objects.erase(kMaster);
  EXPECT_THAT(findings_of(dash_only), IsEmpty());
}

TEST(Lint, NeedsAJobJson) {
  Ladder ladder = sample_ladder();
  for (const char* text : {"", "[]", "{", "{\"programmes\":1}"}) {
    ladder.objects["job.json"] = text;
    EXPECT_EQ(lint(ladder.reader()).error().code, Errc::kBadInput) << text;
  }
  ladder.objects.erase("job.json");
  EXPECT_FALSE(lint(ladder.reader()));
}

struct Break {
  const char* name;
  std::function<void(Ladder&)> apply;
  const char* want;  ///< a part of one finding
};

std::string& playlist(Ladder& ladder, size_t i) { return ladder.objects.at(ladder.playlists[i]); }
std::string& segment(Ladder& ladder, size_t rendition, size_t k) {
  return ladder.objects.at(ladder.presentation.video[rendition].segments[k].name);
}

const std::vector<Break>& breaks() {
  static const std::vector<Break> kBreaks = {
      {"missing segment", [](Ladder& l) { l.objects.erase(l.presentation.video[0].segments[1].name); },
       "can't be read"},
      {"missing init", [](Ladder& l) { l.objects.erase(l.presentation.video[1].init); }, "can't be read"},
      {"missing playlist", [](Ladder& l) { l.objects.erase(l.playlists[2]); }, "can't be read"},
      {"missing master", [](Ladder& l) { l.objects.erase(kMaster); }, "can't be read"},
      {"missing mpd", [](Ladder& l) { l.objects.erase(kMpd); }, "can't be read"},
      {"cut segment", [](Ladder& l) { segment(l, 0, 1).resize(segment(l, 0, 1).size() - 1); }, "are there"},
      {"half a segment", [](Ladder& l) { segment(l, 0, 1).resize(400); }, "no whole segment"},
      {"other bytes", [](Ladder& l) { segment(l, 0, 1).back() ^= 1; }, "another SHA-256"},
      {"swapped segments", [](Ladder& l) { std::swap(segment(l, 0, 1), segment(l, 0, 2)); }, "decode time"},
      {"segment of the other rendition", [](Ladder& l) { segment(l, 0, 2) = segment(l, 1, 2).substr(0, 500); },
       "no whole segment"},
      {"no sync sample",
       [](Ladder& l) {
         // first_sample_flags of the first trun: the four bytes after count and data offset.
         std::string& bytes = segment(l, 1, 1);
         bytes[bytes.find("trun") + 4 + 12 + 1] = 1;
       },
       "does not begin with a sync sample"},
      {"bandwidth too low",
       [](Ladder& l) { change_number(l.objects[kMaster], "BANDWIDTH=", [](auto n) { return n * 8 / 10; }); },
       "BANDWIDTH"},
      {"average too high",
       [](Ladder& l) { change_number(l.objects[kMaster], "AVERAGE-BANDWIDTH=", [](auto n) { return n * 12 / 10; }); },
       "AVERAGE-BANDWIDTH"},
      {"no average", [](Ladder& l) { replace_in(l.objects[kMaster], "AVERAGE-BANDWIDTH", "X-A"); },
       "no AVERAGE-BANDWIDTH"},
      {"no codecs", [](Ladder& l) { replace_in(l.objects[kMaster], "CODECS=", "X="); }, "no CODECS"},
      {"wrong codecs", [](Ladder& l) { replace_in(l.objects[kMaster], "CODECS=\"avc1.", "CODECS=\"avc1.1"); },
       "without the avc1"},
      {"no audio codec", [](Ladder& l) { replace_in(l.objects[kMaster], ",mp4a.40.2\"", "\""); },
       "without the mp4a.40.2"},
      {"wrong size", [](Ladder& l) { replace_in(l.objects[kMaster], "RESOLUTION=112x200", "RESOLUTION=112x208"); },
       "RESOLUTION 112x208; the init segment has 112x200"},
      {"wrong frame rate", [](Ladder& l) { replace_in(l.objects[kMaster], "FRAME-RATE=30.000", "FRAME-RATE=29.970"); },
       "FRAME-RATE"},
      {"no frame rate", [](Ladder& l) { replace_in(l.objects[kMaster], "FRAME-RATE=30.000", "X=1"); }, "no FRAME-RATE"},
      {"no language", [](Ladder& l) { replace_in(l.objects[kMaster], "LANGUAGE=\"en\"", "X=1"); }, "no LANGUAGE"},
      {"wrong channels", [](Ladder& l) { replace_in(l.objects[kMaster], "CHANNELS=\"2\"", "CHANNELS=\"6\""); },
       "CHANNELS 6"},
      {"unknown group", [](Ladder& l) { replace_in(l.objects[kMaster], ",AUDIO=\"audio\"", ",AUDIO=\"other\""); },
       "that no EXT-X-MEDIA makes"},
      {"not independent", [](Ladder& l) { replace_in(l.objects[kMaster], "#EXT-X-INDEPENDENT-SEGMENTS\n", ""); },
       "no EXT-X-INDEPENDENT"},
      {"target too short", [](Ladder& l) { replace_in(playlist(l, 0), "DURATION:2", "DURATION:1"); },
       "more than EXT-X-TARGETDURATION"},
      {"another target", [](Ladder& l) { replace_in(playlist(l, 1), "DURATION:2", "DURATION:3"); }, "another playlist"},
      {"wrong extinf", [](Ladder& l) { replace_in(playlist(l, 0), "#EXTINF:2.000000", "#EXTINF:1.960000"); },
       "the media lasts"},
      {"not ended", [](Ladder& l) { replace_in(playlist(l, 2), "#EXT-X-ENDLIST\n", ""); }, "no EXT-X-ENDLIST"},
      {"not vod", [](Ladder& l) { replace_in(playlist(l, 2), "TYPE:VOD", "TYPE:EVENT"); }, "not VOD"},
      {"no map", [](Ladder& l) { replace_in(playlist(l, 0), "#EXT-X-MAP", "#X"); }, "no EXT-X-MAP"},
      {"segment left out",
       [](Ladder& l) {
         std::string& text = playlist(l, 1);
         text.erase(text.rfind("#EXTINF"), text.find("#EXT-X-ENDLIST") - text.rfind("#EXTINF"));
       },
       "has 2 segments"},
      {"outside the root", [](Ladder& l) { replace_in(l.objects[kMaster], "../media/", "../../media/"); },
       "below the root"},
      {"absolute", [](Ladder& l) { replace_in(l.objects[kMpd], "../media/", "http://host/"); },
       "wanted a relative one"},
      {"mpd: bandwidth",
       [](Ladder& l) { change_number(l.objects[kMpd], "bandwidth=\"", [](auto n) { return n * 12 / 10; }); },
       "bandwidth"},
      {"mpd: codecs", [](Ladder& l) { replace_in(l.objects[kMpd], "codecs=\"avc1.", "codecs=\"avc1.1"); }, "codecs"},
      {"mpd: width", [](Ladder& l) { replace_in(l.objects[kMpd], " width=\"112\"", " width=\"114\""); },
       "width \"114\""},
      {"mpd: start", [](Ladder& l) { replace_in(l.objects[kMpd], "<S t=\"90000\"", "<S t=\"93000\""); },
       "S 0 says t=93000"},
      {"mpd: duration", [](Ladder& l) { replace_in(l.objects[kMpd], "<S d=\"180000\"", "<S d=\"180001\""); },
       "S 1 says"},
      {"mpd: repeat", [](Ladder& l) { replace_in(l.objects[kMpd], "<S d=\"180000\"", "<S r=\"0\" d=\"180000\""); },
       "repeat count"},
      {"mpd: too few S", [](Ladder& l) { replace_in(l.objects[kMpd], "<S d=\"180000\"/>", ""); }, "2 S elements for 3"},
      {"mpd: offset", [](Ladder& l) { replace_in(l.objects[kMpd], "TimeOffset=\"48000\"", "TimeOffset=\"0\""); },
       "presentationTimeOffset"},
      {"mpd: length", [](Ladder& l) { replace_in(l.objects[kMpd], "nDuration=\"PT6S\"", "nDuration=\"PT6.2S\""); },
       "mediaPresentationDuration"},
      {"mpd: live", [](Ladder& l) { replace_in(l.objects[kMpd], "type=\"static\"", "type=\"dynamic\""); },
       "wanted static"},
      {"mpd: no xml", [](Ladder& l) { replace_in(l.objects[kMpd], "</Period>", "</Perid>"); }, "mismatched tag"},
      {"mpd: other objects",
       [](Ladder& l) {
         std::string& mpd = l.objects[kMpd];
         l.objects["media/copy.m4s"] = segment(l, 0, 1);
         replace_in(mpd, l.presentation.video[0].segments[1].name, "media/copy.m4s");
       },
       "does not name the same objects"},
      {"sound too late",
       [](Ladder& l) {
         // The picture's first segment disappears from both renditions, so all of the sound lies 2 s early.
         for (size_t i = 0; i < 2; ++i) {
           std::string& text = playlist(l, i);
           text.erase(text.find("#EXTINF"), text.find("#EXTINF", text.find("#EXTINF") + 1) - text.find("#EXTINF"));
         }
       },
       "wanted within 0.021333 s"},
      {"boundaries differ",
       [](Ladder& l) {
         std::string& text = playlist(l, 1);
         text.erase(text.find("#EXTINF"), text.find("#EXTINF", text.find("#EXTINF") + 1) - text.find("#EXTINF"));
       },
       "of another rendition at"},
      {"no revision", [](Ladder& l) { replace_in(l.objects["job.json"], "revision", "x_revision"); }, "no revision"},
      {"no manifest", [](Ladder& l) { l.objects["job.json"] = R"({"revision":1,"programmes":[{"id":"a"}]})"; },
       "neither hls nor dash"},
      {"missing archive",
       [](Ladder& l) { replace_in(l.objects["job.json"], "\"hls\"", R"("mp4":"media/none.mp4","hls")"); },
       "media/none.mp4"},
  };
  return kBreaks;
}

TEST(Lint, FindsEveryBreak) {
  for (const Break& one : breaks()) {
    SCOPED_TRACE(one.name);
    Ladder ladder = sample_ladder();
    one.apply(ladder);
    EXPECT_THAT(findings_of(ladder), Contains(HasSubstr(one.want)));
  }
}

TEST(Lint, SaysAFindingOnce) {
  Ladder ladder = sample_ladder();
  ladder.objects.erase(ladder.presentation.video[0].segments[1].name);
  // Named by a playlist and by the MPD, and nothing is said of what follows from it.
  EXPECT_THAT(findings_of(ladder), ::testing::ElementsAre(HasSubstr("can't be read")));
}

/// Any damage: lint must end, and in its own words. Run under the sanitizers by `./dev test`.
TEST(Lint, SurvivesRandomDamage) {
  constexpr unsigned kSeed = 4711;
  std::cout << "seed " << kSeed << "\n";
  std::mt19937 random(kSeed);
  std::vector<std::string> names;
  for (const auto& [name, bytes] : sample_ladder().objects) names.push_back(name);
  int found = 0;
  for (int round = 0; round < 400; ++round) {
    Ladder ladder = sample_ladder();
    for (int damage = 0; damage < 3; ++damage) {
      std::string& bytes = ladder.objects[names[random() % names.size()]];
      // Headers, where the numbers are, are hit more often than media data.
      const size_t span = random() % 2 ? std::min<size_t>(bytes.size(), 900) : bytes.size();
      if (span == 0) continue;
      const size_t at = random() % span;
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.replace(at, std::min<size_t>(4, bytes.size() - at), "\xFF\xFF\xFF\xFF");
          break;
        case 2:
          bytes.resize(at);
          break;
        default:
          bytes.insert(at, bytes.substr(random() % bytes.size(), 16));
          break;
      }
    }
    const auto findings = lint(ladder.reader());
    if (!findings || !findings->empty()) ++found;
  }
  EXPECT_GT(found, 390);
}

}  // namespace
}  // namespace tessera::package
