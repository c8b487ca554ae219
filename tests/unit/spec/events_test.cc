#include <gmock/gmock.h>

#include "event_samples.h"
#include "support.h"

namespace tessera::spec {
namespace {

using test::message_of;
using testing::ElementsAre;

Result<std::vector<Event>> parse(const std::string& text) { return parse_events(text, "log", test::valid_job()); }

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::vector<int> lines(const std::vector<Event>& events) {
  std::vector<int> out;
  for (const Event& event : events) out.push_back(event.line);
  return out;
}

TEST(Events, ReadsEveryType) {
  std::string log;
  for (const char* line : test::valid_events()) log += one_line(line) + "\r\n";
  const auto events = parse(log);
  ASSERT_TRUE(events.has_value()) << describe(events.error());
  ASSERT_EQ(events->size(), test::valid_events().size() - 1);  // the retract
  std::vector<bool> seen(std::variant_size_v<EventBody>);
  for (const Event& event : *events) {
    seen[event.body.index()] = true;
    EXPECT_EQ(test::Json::parse(test::valid_events()[static_cast<size_t>(event.line - 1)])["type"], event.type);
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), false), 1);
}

template <class B>
B body_of(const std::string& line) {
  return std::get<B>(parse(one_line(line)).value().at(0).body);
}

TEST(Events, KeepsWhatWasWritten) {
  const auto layout = body_of<LayoutSet>(test::valid_events()[8]);
  EXPECT_EQ(layout.layout, LayoutKind::kCustom);
  EXPECT_EQ(layout.transition, 0);
  ASSERT_EQ(layout.rects.size(), 2u);
  EXPECT_EQ(layout.rects[0].rect, (RectFraction{0, -500'000, kOne, 250'000}));
  EXPECT_EQ(layout.rects[0].fit, CustomRect::Fit::kContain);
  EXPECT_EQ(layout.rects[0].z, -3);
  EXPECT_EQ(layout.rects[0].alpha, 500'000);
  EXPECT_EQ(layout.rects[0].radius, 1'500'000);
  EXPECT_EQ(layout.rects[0].border, 250'000);
  EXPECT_EQ(layout.rects[1].fit, CustomRect::Fit::kCover);
  EXPECT_EQ(layout.rects[1].alpha, kOne);
  const auto mute = body_of<GuestMute>(test::valid_events()[2]);
  EXPECT_TRUE(mute.audio);
  EXPECT_FALSE(mute.video);
  EXPECT_EQ(body_of<GuestFocus>(test::valid_events()[5]).guest, "ada");
  EXPECT_EQ(body_of<GuestFocus>(test::valid_events()[6]).guest, std::nullopt);
  const auto gift = body_of<Gift>(test::valid_events()[10]);
  EXPECT_EQ(gift.count, 99);
  EXPECT_EQ(gift.guest, "mia");
  EXPECT_EQ(gift.user.name, "Uma");
  EXPECT_EQ(body_of<Gift>(test::valid_events()[9]).user.name, "u");
  EXPECT_FALSE(body_of<Comment>(test::valid_events()[12]).pin);
  EXPECT_TRUE(body_of<Comment>(test::valid_events()[13]).pin);
  const auto moderate = body_of<Moderate>(test::valid_events()[30]);
  EXPECT_EQ(moderate.rect, (RectFraction{0, 0, 500'000, 500'000}));
  EXPECT_EQ(moderate.start, 1'000'000);
  EXPECT_EQ(moderate.action, Moderate::Action::kBlackout);
}

TEST(Events, SaysWhatWasFoundAndWhatWasWanted) {
  for (const test::WrongEvent& sample : test::wrong_events()) {
    SCOPED_TRACE(sample.message);
    const auto events = parse(sample.line);
    ASSERT_FALSE(events.has_value());
    EXPECT_EQ(message_of(events.error()), sample.message);
  }
}

TEST(Events, TellsAllThatIsWrongInAllLines) {
  const auto events = parse(
      "{\"t\": 1}\n\n{\"t\": \"x\", \"type\": \"marker\"}\n{oops\n{\"t\": 1, \"type\": \"marker\", \"label\": \"\"}");
  ASSERT_FALSE(events.has_value());
  std::vector<std::string> places;
  std::istringstream details(events.error().detail);
  for (std::string line; std::getline(details, line);) places.push_back(line.substr(0, line.find(": ")));
  EXPECT_THAT(places, ElementsAre("log:1:/type", "log:3:/t", "log:3:/label", "log:4:2", "log:5:/label"));
}

TEST(Events, AreSortedByTimeThenLine) {
  const auto events = parse(R"({"t": 5, "type": "marker", "label": "a"}
{"t": 1, "type": "marker", "label": "b"}
{"t": 5.0, "type": "marker", "label": "c"}
{"t": "0:00:00.5", "type": "marker", "label": "d"})");
  EXPECT_THAT(lines(events.value()), ElementsAre(4, 2, 1, 3));
}

TEST(Events, ALineDeliveredAgainCountsOnce) {
  const auto events = parse(R"({"t": 1, "type": "marker", "label": "a"}
{"t": 2, "type": "marker", "label": "b", "id": "e", "x_sent": 1}
  { "label": "a", "type": "marker", "t": 1 }
{"t": 2, "type": "marker", "label": "b", "id": "e", "x_sent": 2}
{"t": 1, "type": "marker", "label": "a", "x_other": 1})");
  EXPECT_THAT(lines(events.value()), ElementsAre(1, 5, 2));
  const auto clash = parse(R"({"t": 2, "type": "marker", "label": "b", "id": "e"}
{"t": 2, "type": "marker", "label": "c", "id": "e"})");
  ASSERT_FALSE(clash.has_value());
  EXPECT_EQ(
      message_of(clash.error()),
      "log:2:/id: \"e\" is already the id of line 1, which says something else; wanted another id or the same line");
}

TEST(Events, RetractedOnesNeverHappened) {
  const auto events = parse(R"({"t": 9, "type": "retract", "id": "e"}
{"t": 2, "type": "poll.open", "poll": "p", "question": "q", "options": ["a", "b"], "id": "e"}
{"t": 3, "type": "poll.open", "poll": "p", "question": "q", "options": ["a", "b", "c"]}
{"t": 4, "type": "poll.count", "poll": "p", "counts": [1, 2, 3]}
{"t": 9, "type": "retract", "id": "e"}
{"t": 9.5, "type": "retract", "id": "unknown"})");
  ASSERT_TRUE(events.has_value()) << describe(events.error());
  EXPECT_THAT(lines(*events), ElementsAre(3, 4));
}

TEST(Events, CheckPolls) {
  const auto events = parse(R"({"t": 2, "type": "poll.open", "poll": "p", "question": "q", "options": ["a", "b"]}
{"t": 3, "type": "poll.open", "poll": "p", "question": "q", "options": ["a", "b"]}
{"t": 4, "type": "poll.close", "poll": "p", "counts": [1, 2, 3]})");
  ASSERT_FALSE(events.has_value());
  EXPECT_EQ(message_of(events.error()),
            "log:2:/poll: \"p\" is opened already in line 1; wanted another id\n"
            "log:3:/counts: 3 counts; wanted one for each of the 2 options");
}

TEST(Events, RefuseWhatIsLargerThanALimit) {
  const std::string marker = R"({"t": 1, "type": "marker", "label": "a"})";
  const auto line = parse(marker + std::string(64 << 10, ' '));
  ASSERT_FALSE(line.has_value());
  EXPECT_EQ(message_of(line.error()), "log:1: a line of more than 64 KiB; wanted at most that");
  EXPECT_EQ(line.error().code, Errc::kLimit);
  EXPECT_TRUE(parse(std::string(999'999, '\n') + marker).has_value());
  const auto count = parse(std::string(1'000'000, '\n') + marker);
  ASSERT_FALSE(count.has_value());
  EXPECT_EQ(message_of(count.error()), "log: more than 1000000 lines; wanted at most that");
  EXPECT_EQ(count.error().code, Errc::kLimit);
}

TEST(Events, KnowWhatIsDrawn) {
  Job job;
  job.assets = {{"rose", {"rose.gif", "auto"}}, {"castle", {"castle.mp4", "vap"}}};
  EXPECT_TRUE(is_drawn(GuestJoin{}, job));
  EXPECT_TRUE(is_drawn(GuestFocus{}, job));
  EXPECT_TRUE(is_drawn(LayoutSet{LayoutKind::kSplit, 0, {}}, job));
  EXPECT_FALSE(is_drawn(LayoutSet{LayoutKind::kMatch, 0, {}}, job));
  EXPECT_FALSE(is_drawn(LayoutSet{LayoutKind::kPanel, 0, {}}, job));
  Gift gift;
  EXPECT_FALSE(is_drawn(gift, job));
  gift.asset = "castle";
  EXPECT_FALSE(is_drawn(gift, job));
  gift.asset = "rose";
  EXPECT_TRUE(is_drawn(gift, job));
  EXPECT_FALSE(is_drawn(Moderate{}, job));
}

TEST(Assets, HaveAFormByKindAndEnding) {
  const auto form = [](const char* uri, const char* kind = "auto") { return form_of({uri, kind}); };
  for (const char* uri : {"a.gif", "a.GIF", "/b.c/a.apng", "a.mov", "a.webm", "https://x.y/a.gif?t=1.png"}) {
    EXPECT_EQ(form(uri), AssetForm::kAnimation) << uri;
  }
  for (const char* uri : {"a.jpg", "a.JPEG", "a.webp", "a.bmp"}) EXPECT_EQ(form(uri), AssetForm::kPicture) << uri;
  EXPECT_EQ(form("a.png"), AssetForm::kEither);
  EXPECT_EQ(form("a.gif", "image"), AssetForm::kPicture);
  EXPECT_EQ(form("a.bin", "video"), AssetForm::kAnimation);
  for (const char* uri : {"a.svga", "a.mp4", "a.json", "gif", "a.gif?", ""}) {
    EXPECT_EQ(form(uri), AssetForm::kNotYet) << uri;
  }
  for (const char* kind : {"vap", "yyeva", "alphaplayer", "svga", "lottie", "webp"}) {
    EXPECT_EQ(form("a.gif", kind), AssetForm::kNotYet) << kind;
  }
}

}  // namespace
}  // namespace tessera::spec
