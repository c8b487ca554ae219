#include "engine/scene/picture.h"

#include <gtest/gtest.h>

#include "tests/unit/timeline/show_builder.h"

namespace tessera::scene {
namespace {

using test::kSecond;
using test::picture_take;
using test::ShowBuilder;
using test::sound_take;

/// What guest 0 shows in frames [0, count) at `fps`, in runs: "0-89 live, 90-149 held host/0:89, ...".
std::string runs(const ShowBuilder& show, int count, const Rational& fps = {30, 1}) {
  const timeline::Timeline timeline = show.build();
  std::string all, last;
  int first = 0;
  const auto close = [&](int end) {
    if (last.empty()) return;
    all += (all.empty() ? "" : ", ") + std::to_string(first) + "-" + std::to_string(end - 1) + " " + last;
  };
  for (int n = 0; n < count; ++n) {
    const Rational t{n * fps.den, fps.num};
    std::string now = "off";
    for (const timeline::StageGuest& guest : timeline.at(show.programme(), t).stage) {
      if (guest.guest != 0) continue;
      const Shown shown = shown_at(timeline, guest, t);
      now = shown.kind == Shown::Kind::kAbsent ? "gone" : shown.reason;
      if (!shown.picture || shown.kind == Shown::Kind::kAbsent) break;
      const timeline::PlacedTake& take = timeline.takes()[static_cast<size_t>(shown.picture->take)];
      now += " " + std::to_string(take.number());
      if (shown.kind != Shown::Kind::kLive) now += ":" + std::to_string(shown.picture->frame);
    }
    if (now == last) continue;
    close(n);
    first = n;
    last = now;
  }
  close(count);
  return all;
}

ShowBuilder host_show() {
  ShowBuilder show;
  show.guest("host");
  return show;
}

TEST(Picture, HoldsThenPlaceholderThenLeaves) {
  ShowBuilder show = host_show();
  show.take(0, picture_take(90, {30, 1}), 0);
  EXPECT_EQ(runs(show, 400), "0-89 live 0, 90-149 held 0:89, 150-299 placeholder: no picture 0:89, 300-399 gone");
  show.show.job.policy.hold = 0;
  EXPECT_EQ(runs(show, 400), "0-89 live 0, 90-239 placeholder: no picture 0:89, 240-399 gone");
  show.show.job.policy.placeholder_for = 0;
  EXPECT_EQ(runs(show, 400), "0-89 live 0, 90-399 gone");
}

TEST(Picture, ReconnectsWithinTheHoldAndAfterTheTileLeft) {
  ShowBuilder show = host_show();
  show.take(0, picture_take(30, {30, 1}), 0);
  show.take(0, picture_take(30, {30, 1}), 2 * kSecond);
  show.take(0, picture_take(30, {30, 1}), 12 * kSecond);
  EXPECT_EQ(runs(show, 400),
            "0-29 live 0, 30-59 held 0:29, 60-89 live 1, 90-149 held 1:29, 150-299 placeholder: no picture 1:29, "
            "300-359 gone, 360-389 live 2, 390-399 held 2:29");
}

TEST(Picture, OfTwoLiveTakesTheOneBegunLastIsShown) {
  ShowBuilder show = host_show();
  show.take(0, picture_take(90, {30, 1}), 0);
  auto late = picture_take(30, {30, 1});
  late->video->frames.erase(late->video->frames.begin(),
                            late->video->frames.begin() + 10);  // its first picture is late
  show.take(0, late, 1 * kSecond);
  EXPECT_EQ(runs(show, 90), "0-39 live 0, 40-59 live 1, 60-89 live 0");
}

TEST(Picture, CutPiecesShowNothingFromOutside) {
  ShowBuilder show = host_show();
  auto index = picture_take(300, {30, 1});
  for (size_t k = 60; k < 85; ++k) index->video->frames[k].lost = true;
  spec::Take take;
  take.at = 1 * kSecond;
  take.in = 2 * kSecond;
  take.out = 4 * kSecond;
  show.take(0, index, take);
  // Frames 60..84 are lost, and those before 60 are cut away: a placeholder as of the join, then 85 half a second
  // early, then live up to `out`.
  EXPECT_EQ(
      runs(show, 120),
      "0-29 off, 30-39 placeholder: no picture, 40-54 first picture, early 0:85, 55-89 live 0, 90-119 held 0:119");
}

TEST(Picture, ALateFirstPictureStandsInForAPlaceholderThatWouldFlash) {
  ShowBuilder show = host_show();
  auto index = picture_take(90, {30, 1});
  index->video->frames.erase(index->video->frames.begin(), index->video->frames.begin() + 3);
  show.take(0, index, 0);
  EXPECT_EQ(runs(show, 90), "0-2 first picture, early 0:0, 3-89 live 0");
  show.take(0, sound_take(3 * kSecond), 0);  // the sound in a file of its own
  EXPECT_EQ(runs(show, 90), "0-2 first picture, early 0:0, 3-89 live 0");
  show.mute(66'000, "host", false, true);  // what is due while muted isn't shown before either
  EXPECT_EQ(runs(show, 90), "0-1 placeholder: sound only, 2-89 placeholder: video muted");
}

TEST(Picture, WalksBackOverLostFrames) {
  ShowBuilder show = host_show();
  auto index = picture_take(120, {30, 1});
  for (size_t k = 20; k < 100; ++k) index->video->frames[k].lost = true;
  show.take(0, index, 0);
  EXPECT_EQ(runs(show, 120), "0-19 live 0, 20-79 held 0:19, 80-99 placeholder: no picture 0:19, 100-119 live 0");
}

TEST(Picture, AGapInARecordingIsHeld) {
  ShowBuilder show = host_show();
  auto index = picture_take(120, {30, 1});
  index->video->frames.erase(index->video->frames.begin() + 31, index->video->frames.begin() + 60);
  show.take(0, index, 0);
  EXPECT_EQ(runs(show, 120), "0-30 live 0, 31-59 held 0:30, 60-119 live 0");
}

TEST(Picture, MutedVideoKeepsThePlaceholderAndHidesWhatWasRecordedMeanwhile) {
  ShowBuilder show = host_show();
  show.take(0, picture_take(90, {30, 1}), 0);
  show.mute(1 * kSecond, "host", false, true);
  EXPECT_EQ(runs(show, 1000), "0-29 live 0, 30-999 placeholder: video muted 0:29");
  show.unmute(2 * kSecond, "host", true, true);
  show.mute(2'500'000, "host", false, true);
  show.unmute(4 * kSecond, "host", false, true);
  EXPECT_EQ(runs(show, 300),
            "0-29 live 0, 30-59 placeholder: video muted 0:29, 60-74 live 0, 75-119 placeholder: video muted 0:74, "
            "120-269 placeholder: no picture 0:74, 270-299 gone");
}

TEST(Picture, MutedSoundChangesNothing) {
  ShowBuilder show = host_show();
  show.take(0, picture_take(90, {30, 1}), 0);
  show.mute(1 * kSecond, "host", true, false);
  EXPECT_EQ(runs(show, 90), "0-89 live 0");
}

TEST(Picture, SoundAloneKeepsTheTile) {
  ShowBuilder show = host_show();
  show.take(0, sound_take(20 * kSecond), 1 * kSecond);
  EXPECT_EQ(runs(show, 900), "0-29 off, 30-629 placeholder: sound only, 630-779 placeholder: no picture, 780-899 gone");
  show.take(0, picture_take(30, {30, 1}), 2 * kSecond);  // a picture of its own beside the sound
  EXPECT_EQ(
      runs(show, 900),
      "0-29 off, 30-59 placeholder: sound only, 60-89 live 1, 90-149 held 1:29, 150-629 placeholder: sound only 1:29, "
      "630-779 placeholder: no picture 1:29, 780-899 gone");
}

TEST(Picture, LostTakesShowThePlaceholderForAWhile) {
  ShowBuilder show = host_show();
  show.take(0, nullptr, 1 * kSecond);
  EXPECT_EQ(runs(show, 300), "0-29 off, 30-179 placeholder: take lost, 180-299 gone");
  show.take(0, picture_take(30, {30, 1}), 3 * kSecond);
  spec::Take second;
  second.at = 5 * kSecond;
  second.out = 1 * kSecond;
  show.take(0, nullptr, second);
  EXPECT_EQ(
      runs(show, 360),
      "0-29 off, 30-89 placeholder: take lost, 90-119 live 1, 120-179 held 1:29, 180-329 placeholder: take lost 1:29, "
      "330-359 gone");
}

TEST(Picture, WhoJoinsWithoutAPictureShowsThePlaceholderAtOnce) {
  ShowBuilder show = host_show();
  show.take(0, picture_take(30, {30, 1}), 0);
  show.join(1'500'000, "host");  // the take is over by then, and none of it was seen
  EXPECT_EQ(runs(show, 300), "0-44 off, 45-194 placeholder: no picture, 195-299 gone");
}

TEST(Picture, WhatWasRecordedOffStageIsNotHeld) {
  ShowBuilder show = host_show();
  show.take(0, picture_take(90, {30, 1}), 0);
  show.join(0, "host");
  show.leave(1 * kSecond, "host");
  show.join(4 * kSecond, "host");
  EXPECT_EQ(runs(show, 300), "0-29 live 0, 30-119 off, 120-269 placeholder: no picture 0:29, 270-299 gone");
}

/// The source frames of a live take, frame by frame.
std::vector<int64_t> live_frames(const ShowBuilder& show, int count, const Rational& fps) {
  const timeline::Timeline timeline = show.build();
  std::vector<int64_t> frames;
  for (int n = 0; n < count; ++n) {
    const Rational t{n * fps.den, fps.num};
    const auto stage = timeline.at(show.programme(), t).stage;
    const Shown shown = shown_at(timeline, stage.at(0), t);
    frames.push_back(shown.kind == Shown::Kind::kLive ? shown.picture->frame : -1);
  }
  return frames;
}

TEST(Picture, TwentyFourInThirtyRepeatsEveryFourth) {
  ShowBuilder show = host_show();
  show.take(0, picture_take(2400, {24, 1}), 0);
  const auto frames = live_frames(show, 3000, {30, 1});
  for (int n = 0; n < 3000; ++n) ASSERT_EQ(frames[static_cast<size_t>(n)], n * 24 / 30) << n;
}

TEST(Picture, MillisecondTimestampsRepeatNothing) {
  ShowBuilder show = host_show();
  show.take(0, picture_take(30'000, {30000, 1001}, {1, 1000}), 0);
  const auto frames = live_frames(show, 30'000, {30000, 1001});
  for (int n = 0; n < 30'000; ++n) ASSERT_EQ(frames[static_cast<size_t>(n)], n) << n;
}

}  // namespace
}  // namespace tessera::scene
