#include "engine/timeline/state.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <random>

#include "tests/unit/timeline/show_builder.h"

namespace tessera::timeline {
namespace {

using spec::LayoutKind;
using test::kSecond;
using test::picture_take;
using test::ShowBuilder;

std::string number(const Rational& r) { return format_rate(r); }

/// A state in one line: "t=3: ada host(av) focus=host grid<-solo@1/3 causes 1 2". (a: sound muted, v: picture muted.)
std::string text(const State& state, const spec::Job& job) {
  const auto id = [&](int guest) { return job.guests[static_cast<size_t>(guest)].id; };
  const char* kinds[] = {"solo", "grid", "panel", "pip", "split", "match", "custom"};
  std::string line = "t=" + number(state.t) + ":";
  for (const StageGuest& guest : state.stage) {
    line += " " + id(guest.guest) + "@" + number(guest.joined);
    if (guest.audio_muted || guest.video_muted) {
      line += std::string("(") + (guest.audio_muted ? "a" : "") + (guest.video_muted ? "v" : "") + ")";
    }
  }
  if (state.focus) line += " focus=" + id(*state.focus);
  line += std::string(" ") + kinds[static_cast<int>(state.layout.kind)];
  if (state.previous_layout) {
    line += std::string("<-") + kinds[static_cast<int>(state.previous_layout->kind)] + "@" + number(state.progress);
  }
  line += " causes";
  for (const int cause : state.causes) line += " " + std::to_string(cause);
  return line;
}

std::string text_at(const ShowBuilder& show, const Rational& t) {
  return text(show.build().at(show.programme(), t), show.show.job);
}

TEST(State, GuestsComeOnStageByEventOrWithTheirFirstTake) {
  ShowBuilder show;
  for (const char* id : {"host", "ada", "bob", "eve"}) show.guest(id);
  show.take(0, picture_take(30, {30, 1}), 0);
  show.take(1, picture_take(30, {30, 1}), 9 * kSecond);  // the takes of whom an event names don't matter
  show.take(2, picture_take(30, {30, 1}), 6 * kSecond);
  show.take(2, picture_take(30, {30, 1}), 2 * kSecond);
  show.join(3 * kSecond, "ada");
  show.leave(4 * kSecond, "bob");
  show.join(4 * kSecond, "ada");  // on stage already
  show.leave(5 * kSecond, "ada");
  show.join(5 * kSecond, "ada");  // to the end of the order
  EXPECT_EQ(text_at(show, {0, 1}), "t=0: host@0 grid causes");
  EXPECT_EQ(text_at(show, {59, 30}), "t=59/30: host@0 grid causes");
  EXPECT_EQ(text_at(show, {2, 1}), "t=2: host@0 bob@2 grid causes");
  EXPECT_EQ(text_at(show, {3, 1}), "t=3: host@0 bob@2 ada@3 grid causes 1");
  EXPECT_EQ(text_at(show, {4, 1}), "t=4: host@0 ada@3 grid causes 1 2");
  EXPECT_EQ(text_at(show, {5, 1}), "t=5: host@0 ada@5 grid causes 2 5");
  EXPECT_EQ(text_at(show, {60, 1}), "t=60: host@0 ada@5 grid causes 2 5");
}

TEST(State, TiesGoByTheJobsOrder) {
  ShowBuilder show;
  for (const char* id : {"host", "ada", "bob"}) show.guest(id);
  show.take(0, picture_take(30, {30, 1}), 1 * kSecond);
  show.join(1 * kSecond, "bob");
  show.join(1 * kSecond, "ada");
  EXPECT_EQ(text_at(show, {1, 1}), "t=1: host@1 ada@1 bob@1 grid causes 1 2");
}

TEST(State, MutesBelongToTheGuestAndFocusIsRemembered) {
  ShowBuilder show;
  for (const char* id : {"host", "ada"}) show.guest(id);
  show.join(0, "host");
  show.mute(1 * kSecond, "ada", true, true);
  show.focus(1 * kSecond, "ada");
  show.join(2 * kSecond, "ada");
  show.unmute(3 * kSecond, "ada", false, true);
  show.leave(4 * kSecond, "ada");
  show.join(5 * kSecond, "ada");
  show.focus(6 * kSecond, std::nullopt);
  EXPECT_EQ(text_at(show, {1, 1}), "t=1: host@0 grid causes 1 2 3");
  EXPECT_EQ(text_at(show, {2, 1}), "t=2: host@0 ada@2(av) focus=ada grid causes 1 2 3 4");
  EXPECT_EQ(text_at(show, {3, 1}), "t=3: host@0 ada@2(a) focus=ada grid causes 1 2 3 4 5");
  EXPECT_EQ(text_at(show, {4, 1}), "t=4: host@0 grid causes 1 2 3 5 6");
  EXPECT_EQ(text_at(show, {5, 1}), "t=5: host@0 ada@5(a) focus=ada grid causes 1 2 3 5 7");
  EXPECT_EQ(text_at(show, {6, 1}), "t=6: host@0 ada@5(a) grid causes 1 2 5 7 8");
}

TEST(State, TransitionsRunAndAreInterrupted) {
  ShowBuilder show;
  show.guest("host");
  show.layout(0, LayoutKind::kSolo, kSecond);             // cuts: nothing was there
  show.layout(2 * kSecond, LayoutKind::kPip, kSecond);    // line 2
  show.layout(2'500'000, LayoutKind::kSplit, 300'000);    // comes from pip
  show.layout(4 * kSecond, LayoutKind::kPip, 0);          // cuts
  show.layout(5 * kSecond, LayoutKind::kSolo, kSecond);   // never seen
  show.layout(5 * kSecond, LayoutKind::kSplit, kSecond);  // comes from pip
  EXPECT_EQ(text_at(show, {0, 1}), "t=0: solo causes 1");
  EXPECT_EQ(text_at(show, {2, 1}), "t=2: pip<-solo@0 causes 2");
  EXPECT_EQ(text_at(show, {7, 3}), "t=7/3: pip<-solo@1/3 causes 2");
  EXPECT_EQ(text_at(show, {5, 2}), "t=5/2: split<-pip@0 causes 3");
  EXPECT_EQ(text_at(show, {79, 30}), "t=79/30: split<-pip@4/9 causes 3");
  EXPECT_EQ(text_at(show, {84, 30}), "t=14/5: split causes 3");
  EXPECT_EQ(text_at(show, {4, 1}), "t=4: pip causes 4");
  EXPECT_EQ(text_at(show, {5, 1}), "t=5: split<-pip@0 causes 6");
  EXPECT_EQ(text_at(show, {6, 1}), "t=6: split causes 6");

  std::string changes;
  for (const Rational& t : show.build().changes({6, 1})) changes += number(t) + " ";
  EXPECT_EQ(changes, "0 2 5/2 14/5 3 4 5 ");
}

TEST(Timeline, PlaysGiftsOnceEach) {
  ShowBuilder show;
  show.guest("host");
  show.take(0, picture_take(300, {30, 1}), 0);
  show.gift_lengths = {{"rose", {1001, 1000}}, {"castle", {5, 1}}};
  show.gift(3 * kSecond, "rose");
  show.gift(1 * kSecond, "castle");
  show.gift(3 * kSecond, "rose");
  show.gift(3 * kSecond, "dragon");  // can't be drawn
  const Timeline timeline = show.build();
  const auto lines_at = [&](const Rational& t) {
    std::string lines;
    for (const PlayedGift& gift : timeline.at(show.programme(), t).gifts) {
      const spec::Event& event = timeline.show().events[static_cast<size_t>(gift.event)];
      EXPECT_EQ(gift.start, Rational::from_micros(event.t));
      lines += std::to_string(event.line) + " ";
    }
    return lines;
  };
  EXPECT_EQ(lines_at({0, 1}), "");
  EXPECT_EQ(lines_at({999'999, 1'000'000}), "");
  EXPECT_EQ(lines_at({1, 1}), "2 ");
  EXPECT_EQ(lines_at({3, 1}), "2 1 3 ");
  EXPECT_EQ(lines_at({4'000'999, 1'000'000}), "2 1 3 ");
  EXPECT_EQ(lines_at({4001, 1000}), "2 ");
  EXPECT_EQ(lines_at({5'999'999, 1'000'000}), "2 ");
  EXPECT_EQ(lines_at({6, 1}), "");
  std::string changes;
  for (const Rational& t : timeline.changes({10, 1})) changes += number(t) + " ";
  EXPECT_EQ(changes, "0 1 3 4001/1000 6 ");
}

/// Thousands of steps, many at the same instant, over more than one checkpoint.
ShowBuilder random_show(std::mt19937& random, int events) {
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  ShowBuilder show;
  const char* ids[] = {"host", "ada", "bob", "eve"};
  for (const char* id : ids) show.guest(id);
  for (int g = 0; g < 4; ++g) show.take(g, picture_take(60, {30, 1}), pick(8) * kSecond);
  const LayoutKind kinds[] = {LayoutKind::kSolo, LayoutKind::kGrid, LayoutKind::kPip, LayoutKind::kSplit};
  for (int k = 0; k < events; ++k) {
    const Micros t = pick(80) * 250'000;
    const std::string id = ids[pick(4)];
    switch (pick(7)) {
      case 0:
        if (id != "eve") show.join(t, id);
        break;  // eve comes with her take
      case 1:
        show.leave(t, id);
        break;
      case 2:
        show.mute(t, id, pick(2) == 0, pick(2) == 0);
        break;
      case 3:
        show.unmute(t, id, pick(2) == 0, pick(2) == 0);
        break;
      case 4:
        show.focus(t, pick(3) == 0 ? std::nullopt : std::optional<std::string>(id));
        break;
      case 5:
        show.layout(t, kinds[pick(4)], pick(3) * 400'000);
        break;
      default:
        show.event(t, "marker", spec::Marker{"x"});
        break;
    }
  }
  return show;
}

/// The state by its definition: every question answered by a walk over all of the log.
struct Oracle {
  const ShowBuilder& show;
  std::vector<spec::Event> events;

  explicit Oracle(const ShowBuilder& s) : show(s), events(s.build().show().events) {}

  std::string at(const Rational& t) const {
    std::vector<std::pair<Rational, int>> stage;
    std::map<int, std::string> flags;
    for (int g = 0; g < 4; ++g) guest_at(g, t, stage, flags);
    std::sort(stage.begin(), stage.end());
    std::string line = "t=" + number(t) + ":";
    for (const auto& [joined, g] : stage) {
      line += " " + show.show.job.guests[static_cast<size_t>(g)].id + "@" + number(joined) + flags[g];
    }
    return line;
  }

  void guest_at(int g, const Rational& t, std::vector<std::pair<Rational, int>>& stage,
                std::map<int, std::string>& flags) const {
    const std::string& id = show.show.job.guests[static_cast<size_t>(g)].id;
    const Rational take_begin = show.takes[static_cast<size_t>(g)].begin();
    const auto is_join = [&](const spec::Event& e) {
      const auto* join = std::get_if<spec::GuestJoin>(&e.body);
      return join != nullptr && join->guest == id;
    };
    bool by_take = std::none_of(events.begin(), events.end(), is_join);
    std::optional<Rational> joined;
    bool audio = false, video = false;
    for (const spec::Event& e : events) {
      const Rational at = Rational::from_micros(e.t);
      if (at > t) break;
      if (by_take && take_begin <= at) joined = take_begin, by_take = false;
      if (is_join(e) && !joined) joined = at;
      if (const auto* x = std::get_if<spec::GuestLeave>(&e.body); x && x->guest == id) joined.reset();
      if (const auto* x = std::get_if<spec::GuestMute>(&e.body); x && x->guest == id)
        audio |= x->audio, video |= x->video;
      if (const auto* x = std::get_if<spec::GuestUnmute>(&e.body); x && x->guest == id) {
        audio &= !x->audio;
        video &= !x->video;
      }
    }
    if (by_take && take_begin <= t) joined = take_begin;
    if (!joined) return;
    stage.push_back({*joined, g});
    if (audio || video) flags[g] = std::string("(") + (audio ? "a" : "") + (video ? "v" : "") + ")";
  }
};

TEST(State, RandomLogsAgreeWithTheDefinitionInAnyOrder) {
  std::mt19937 random(5);
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE("seed 5, round " + std::to_string(round));
    const ShowBuilder show = random_show(random, 40 + round * 20);
    const Timeline timeline = show.build();
    const Oracle oracle(show);
    std::vector<int> frames(300);
    std::iota(frames.begin(), frames.end(), -10);
    std::map<int, std::string> ascending;
    for (const int n : frames) {
      const Rational t{n, 15};
      ascending[n] = text(timeline.at(show.programme(), t), show.show.job);
      const std::string want = oracle.at(t);
      ASSERT_EQ(ascending[n].substr(0, want.size()), want);
      ASSERT_EQ(ascending[n].find('@', want.size()) != std::string::npos,
                timeline.at(show.programme(), t).previous_layout.has_value());
    }
    std::shuffle(frames.begin(), frames.end(), random);
    for (const int n : frames) ASSERT_EQ(text(timeline.at(show.programme(), {n, 15}), show.show.job), ascending[n]);
  }
}

bool covers(const std::vector<Span>& spans, const Rational& t) {
  return std::any_of(spans.begin(), spans.end(), [&](const Span& s) { return s.start <= t && (!s.end || t < *s.end); });
}

TEST(State, SpansAndChangesTellWhatAtTells) {
  std::mt19937 random(6);
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE("seed 6, round " + std::to_string(round));
    const ShowBuilder show = random_show(random, 30 + round * 20);
    const Timeline timeline = show.build();
    const std::vector<Rational> changes = timeline.changes({25, 1});
    ASSERT_EQ(changes.front(), (Rational{0, 1}));
    const auto without_time = [&](const Rational& t) {
      State state = timeline.at(show.programme(), t);
      state.t = {0, 1};
      if (state.previous_layout) state.progress = {0, 1};
      return text(state, show.show.job);
    };
    for (int n = 0; n < 500; ++n) {
      const Rational t{n, 20};
      for (int g = 0; g < 4; ++g) {
        const auto& stage = timeline.at(show.programme(), t).stage;
        const auto on = std::find_if(stage.begin(), stage.end(), [&](const StageGuest& s) { return s.guest == g; });
        ASSERT_EQ(covers(timeline.audible(g), t), on != stage.end() && !on->audio_muted) << number(t) << " guest " << g;
        ASSERT_EQ(covers(timeline.visible(g), t), on != stage.end() && !on->video_muted) << number(t) << " guest " << g;
      }
      const auto since = std::upper_bound(changes.begin(), changes.end(), t) - 1;
      ASSERT_EQ(without_time(*since), without_time(t));
    }
    for (int g = 0; g < 4; ++g) {
      const auto spans = timeline.audible(g);
      for (size_t k = 0; k < spans.size(); ++k) {
        ASSERT_TRUE(!spans[k].end || spans[k].start < *spans[k].end);
        ASSERT_TRUE(k == 0 || *spans[k - 1].end < spans[k].start);
      }
    }
  }
}

}  // namespace
}  // namespace tessera::timeline
