#include <gmock/gmock.h>

#include "job_samples.h"
#include "support.h"

namespace tessera::spec {
namespace {

using test::base_job;
using test::edited_job;
using test::message_of;
using test::WrongJob;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kData = TESSERA_SPEC_DATA;

Result<Job> parse(const std::string& text) { return parse_job(text, "job.json"); }

TEST(Job, PrintsEveryDefaultOfTheDocumentedJob) {
  const Result<Job> job = parse(test::read_text(kData + "/job.json"));
  ASSERT_TRUE(job.has_value()) << describe(job.error());
  EXPECT_EQ(to_json(*job), test::read_text(kData + "/job.resolved.json"));
}

TEST(Job, ReadsItsOwnOutputBack) {
  for (const std::string& text :
       {test::read_text(kData + "/job.json"), base_job(), edited_job("/programmes/0/ladder", "\"mobile-h264\""),
        edited_job("/programmes/0/ladder/0", R"({"width": 72, "height": 128, "codec": "hevc",
                                      "quality": 20, "maxrate": 90000, "encoder": "nvenc", "preset": "p5"})")}) {
    const Result<Job> job = parse(text);
    ASSERT_TRUE(job.has_value()) << describe(job.error());
    const std::string resolved = to_json(*job);
    const Result<Job> again = parse(resolved);
    ASSERT_TRUE(again.has_value()) << describe(again.error());
    EXPECT_EQ(to_json(*again), resolved);
  }
}

TEST(Job, KeepsWhatWasWritten) {
  const Job job = parse(test::read_text(kData + "/job.json")).value();
  EXPECT_EQ(job.duration, 12'000'000);
  ASSERT_EQ(job.guests.size(), 2u);
  const Take& second = job.guests[1].takes[1];
  EXPECT_THAT(second.clock,
              ElementsAre(std::pair<Micros, Micros>(0, 8'000'000), std::pair<Micros, Micros>(4'000'000, 12'000'800)));
  EXPECT_EQ(job.guests[1].takes[0].gain_mdb, -3000);
  EXPECT_EQ(job.guests[1].takes[0].out, 4'000'000);
  EXPECT_EQ(job.overlays[0].rect, (RectFraction{800'000, 20'000, 160'000, 50'000}));
  EXPECT_EQ(job.programmes[0].canvas.background_rgb, 0x101014u);
  EXPECT_EQ(job.programmes[0].ladder[1].bitrate_bps, 700'000);
  EXPECT_EQ(job.programmes[0].ladder[1].maxrate_bps, 1'050'000);
}

TEST(Job, ReadsTimesFromTheirText) {
  const auto at = [](const char* time) {
    return parse(edited_job("/guests/0/takes/0/at", time)).value().guests[0].takes[0].at;
  };
  EXPECT_EQ(at("0.1234565"), 123'457);
  EXPECT_EQ(at("\"1:00:00.0000005\""), 3'600'000'001);
  EXPECT_EQ(at("-2.5"), -2'500'000);
  EXPECT_EQ(at("25e-1"), 2'500'000);
  EXPECT_EQ(at("604799.9999994"), 604'799'999'999);
}

TEST(Job, FillsDefaultsThatDependOnOthers) {
  const Job job =
      parse(edited_job("/programmes/0/canvas", R"({"width": 720, "height": 1280, "depth": 10, "fps": "30000/1001"})"))
          .value();
  EXPECT_EQ(job.guests[0].name, "mia");
  EXPECT_EQ(job.guests[0].role, "guest");
  EXPECT_EQ(job.assets.at("rose").kind, "auto");
  EXPECT_THAT(job.programmes[0].mixes, ElementsAre("main", "clean"));
  EXPECT_EQ(job.programmes[0].ladder[0].profile, "high10");
  EXPECT_EQ(job.programmes[0].canvas.fps, (Rational{30000, 1001}));
  const Job plain = parse(edited_job("/mixes", nullptr)).value();
  ASSERT_EQ(plain.mixes.size(), 1u);
  EXPECT_EQ(plain.mixes[0].id, "main");
  EXPECT_EQ(plain.mixes[0].lang, "en");
}

TEST(Job, CarriesFieldsThatBeginWithX) {
  const Result<Job> job = parse(edited_job("/guests/0/x_note", R"({"deep": [1, "a/b"]})"));
  ASSERT_TRUE(job.has_value()) << describe(job.error());
  EXPECT_EQ(job->extras.at("/guests/0/x_note"), R"({"deep":[1,"a/b"]})");
  EXPECT_EQ(test::Json::parse(to_json(*job))["guests"][0]["x_note"]["deep"][1], "a/b");
}

TEST(Job, SaysWhatWasFoundAndWhatWasWanted) {
  for (const WrongJob& sample : test::wrong_jobs()) {
    SCOPED_TRACE(sample.message);
    const Result<Job> job = parse(edited_job(sample.pointer, sample.json));
    ASSERT_FALSE(job.has_value());
    EXPECT_EQ(message_of(job.error()), sample.message);
    EXPECT_EQ(job.error().code, Errc::kBadInput);
  }
}

TEST(Job, TellsAllThatIsWrong) {
  const Result<Job> job = parse(R"({"id": "a b", "gests": [], "guests": [{"takes": [{"at": "x"}]}],
    "programmes": [{"id": "p", "canvas": {"fps": "x", "width": 3}, "ladder": [{}]}]})");
  ASSERT_FALSE(job.has_value());
  std::vector<std::string> places;
  std::istringstream lines(job.error().detail);
  for (std::string line; std::getline(lines, line);) places.push_back(line.substr(0, line.find(": ")));
  EXPECT_THAT(places, ElementsAre("job.json:/id", "job.json:/guests/0/id", "job.json:/guests/0/takes/0/uri",
                                  "job.json:/guests/0/takes/0/at", "job.json:/programmes/0/canvas/width",
                                  "job.json:/programmes/0/canvas/fps", "job.json:/programmes/0/ladder/0/width",
                                  "job.json:/programmes/0/ladder/0/height", "job.json:/gests",
                                  "job.json:/programmes/0/ladder/0/bitrate"));
}

std::string repeated(const std::string& item, int count, const std::string& number_mark = "#") {
  std::string list;
  for (int i = 0; i < count; ++i) {
    std::string one = item;
    for (size_t at; (at = one.find(number_mark)) != std::string::npos;) one.replace(at, 1, std::to_string(i));
    list += (i > 0 ? "," : "") + one;
  }
  return "[" + list + "]";
}

TEST(Job, RefusesWhatIsLargerThanALimit) {
  const std::string takes = repeated(R"({"uri": "a"})", 101);
  const std::string rungs = repeated(R"({"name": "r@", "width": 72, "height": 128, "bitrate": 9000})", 33, "@");
  const struct {
    std::string text;
    const char* message;
  } cases[] = {
      {std::string((1 << 20) + 1, ' '), "job.json: more than 1 MiB of text; wanted at most that"},
      {std::string(1000, '['), "job.json: nested deeper than 32 levels"},
      {edited_job("/x_deep", (std::string(32, '[') + std::string(32, ']')).c_str()),
       "job.json: nested deeper than 32 levels"},
      {edited_job("/guests", repeated(R"({"id": "g#", "takes": [{"uri": "a"}]})", 65).c_str()),
       "job.json:/guests: 65 entries; at most 64 are allowed"},
      {edited_job("/guests", repeated(R"({"id": "g#", "takes": )" + takes + "}", 2).c_str()),
       "job.json:/guests: 202 takes in all; at most 200 are allowed"},
      {edited_job(
           "/programmes",
           repeated(R"({"id": "p#", "canvas": {"width": 72, "height": 128}, "ladder": "wide-h264"})", 33).c_str()),
       "job.json:/programmes: 33 entries; at most 32 are allowed"},
      {edited_job("/programmes",
                  repeated(R"({"id": "p#", "canvas": {"width": 72, "height": 128}, "ladder": )" + rungs + "}", 2, "#")
                      .c_str()),
       "job.json:/programmes: 66 renditions in all; at most 64 are allowed"},
  };
  for (const auto& c : cases) {
    const Result<Job> job = parse(c.text);
    SCOPED_TRACE(c.message);
    ASSERT_FALSE(job.has_value());
    EXPECT_EQ(message_of(job.error()), c.message);
    EXPECT_EQ(job.error().code, Errc::kLimit);
  }
  EXPECT_TRUE(parse(edited_job("/x_deep", (std::string(31, '[') + std::string(31, ']')).c_str())).has_value());
}

TEST(Job, IsBadInputWhereALimitIsNotAllThatIsWrong) {
  const std::string guests = repeated(R"({"id": "g#", "takes": [{"uri": "a"}], "oops": 1})", 65);
  const Result<Job> wrong = parse(edited_job("/guests", guests.c_str()));
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code, Errc::kBadInput);
}

TEST(Job, ListsAThousandFindingsAndCountsTheRest) {
  std::string text = "{";
  for (int i = 0; i < 1500; ++i) text += "\"k" + std::to_string(i) + "\": 1,";
  text.back() = '}';
  const Result<Job> job = parse(text);
  ASSERT_FALSE(job.has_value());
  EXPECT_EQ(std::count(job.error().detail.begin(), job.error().detail.end(), '\n'), 1000);
  EXPECT_THAT(job.error().detail, testing::EndsWith("503 further findings are not listed"));  // id, guests, programmes
  EXPECT_EQ(job.error().code, Errc::kBadInput);
}

TEST(Job, MessagesHoldNoControlCharactersAndNoQueries) {
  const Result<Job> key = parse("{\"a\\u001b[31m\\u0000\": 1, \"\xf0\x9f\x98\x80\": 2}");
  ASSERT_FALSE(key.has_value());
  EXPECT_THAT(key.error().detail, HasSubstr(R"(job.json:/a\u001b[31m\u0000: unknown field)"));
  const Result<Job> broken = parse("{\"a\xff\": 1}");
  ASSERT_FALSE(broken.has_value());
  EXPECT_THAT(broken.error().where, StartsWith("job.json:1:"));
  const Result<Job> uri = parse(edited_job("/theme", "\"https://h/t?token=secret\\n\""));
  ASSERT_FALSE(uri.has_value());
  EXPECT_THAT(message_of(uri.error()), testing::Not(HasSubstr("secret")));
}

std::vector<std::string> rungs(const char* canvas, const char* preset) {
  test::Json job = test::Json::parse(base_job());
  job["programmes"][0]["canvas"] = test::Json::parse(canvas);
  job["programmes"][0]["ladder"] = preset;
  const Job parsed = parse(job.dump()).value();
  std::vector<std::string> out;
  for (const Rendition& r : parsed.programmes[0].ladder) {
    out.push_back(r.name + " " + std::to_string(r.width) + "x" + std::to_string(r.height) + " " +
                  std::to_string(r.bitrate_bps / 1000));
  }
  return out;
}

TEST(LadderPreset, IsIndexedByTheShortSideAndNeverUpscales) {
  EXPECT_THAT(rungs(R"({"width": 1080, "height": 1920})", "mobile-h264"),
              ElementsAre("1080p 1080x1920 4500", "720p 720x1280 3000", "540p 540x960 2000", "432p 432x768 730",
                          "360p 360x640 365", "234p 234x416 145"));
  EXPECT_THAT(rungs(R"({"width": 1280, "height": 720, "fps": "60"})", "wide-h264"),
              ElementsAre("720p 1280x720 4500", "540p 960x540 3000", "432p 768x432 1095", "360p 640x360 547",
                          "234p 416x234 217"));
  EXPECT_THAT(rungs(R"({"width": 600, "height": 600})", "mobile-hevc"),
              ElementsAre("540p 540x540 900", "432p 432x432 300", "360p 360x360 145"));
  EXPECT_THAT(rungs(R"({"width": 180, "height": 320})", "mobile-av1"), ElementsAre("180p 180x320 151"));
}

TEST(LadderPreset, FitsEveryCanvas) {
  for (int width = 2; width <= 2200; width += 106) {
    for (int height = 2; height <= 2200; height += 94) {
      const std::string canvas =
          "{\"width\": " + std::to_string(width) + ", \"height\": " + std::to_string(height) + "}";
      test::Json job = test::Json::parse(base_job());
      job["programmes"][0]["canvas"] = test::Json::parse(canvas);
      job["programmes"][0]["ladder"] = "mobile-h264";
      const Result<Job> parsed = parse(job.dump());
      ASSERT_TRUE(parsed.has_value()) << canvas << " " << describe(parsed.error());
    }
  }
}

TEST(Packaging, SegmentsAreWholeGopsInFrames) {
  const auto ok = [](const char* fps, const char* packaging) {
    test::Json job = test::Json::parse(base_job());
    job["programmes"][0]["canvas"]["fps"] = fps;
    job["packaging"] = test::Json::parse(packaging);
    return parse(job.dump()).has_value();
  };
  EXPECT_TRUE(ok("30000/1001", R"({"segment": 4, "gop": 2})"));
  EXPECT_TRUE(ok("30000/1001", R"({"segment": 6.006, "gop": 2.002})"));
  EXPECT_TRUE(ok("30000/1001", R"({"segment": 6, "gop": 2.002})"));
  EXPECT_TRUE(ok("25", R"({"segment": 2, "gop": 2})"));
  EXPECT_FALSE(ok("25", R"({"segment": 3, "gop": 2})"));
  EXPECT_FALSE(ok("25", R"({"segment": 6.2, "gop": 2})"));
  EXPECT_FALSE(ok("1", R"({"segment": 4, "gop": 0.4})"));
}

}  // namespace
}  // namespace tessera::spec
