#include "engine/scene/scene.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>

#include "engine/scene/explain.h"
#include "engine/scene/transition.h"
#include "tests/unit/scene/golden.h"
#include "tests/unit/timeline/show_builder.h"

namespace tessera::scene {
namespace {

using spec::LayoutKind;
using test::expect_golden;
using test::kSecond;
using test::picture_format;
using test::picture_take;
using test::ShowBuilder;
using test::sound_take;

/// Four frames, of which the second lasts longer: 0, 1/10, 4/10, 5/10, end 6/10.
const media::AnimationTimes kWave{{1, 10}, {0, 1, 4, 5}, 6};

std::optional<ImageSize> image_size(const std::string& path) {
  if (path == "missing.png") return std::nullopt;
  if (path.ends_with(".gif")) return ImageSize{100, 50, &kWave};
  return path == "logo.png" ? ImageSize{640, 160} : ImageSize{300, 200};
}

DrawList draw(const ShowBuilder& show, const Rational& t) {
  const timeline::Timeline timeline = show.build();
  return draw_list(timeline, timeline.at(show.programme(), t), show.programme(), image_size);
}

std::string frames_text(const ShowBuilder& show, std::initializer_list<int> frames) {
  std::string all;
  for (const int n : frames) all += "frame " + std::to_string(n) + "\n" + to_text(draw(show, {n, 30}));
  return all;
}

/// Four guests: a turned phone clip with oblong samples, a city take with a reconnect, a 4:3 street, sound only.
ShowBuilder four_guests() {
  ShowBuilder show;
  for (const char* id : {"host", "city", "street", "voice"}) show.guest(id);
  show.take(0, picture_take(360, {30, 1}, {1, 15360}, picture_format(1280, 720, {81, 256}, 1)), 0);
  show.take(1, picture_take(75, {25, 1}), 0);
  show.take(1, picture_take(90, {30000, 1001}, {1, 1000}, picture_format(854, 480)), 4 * kSecond);
  show.take(2, picture_take(360, {30, 1}, {1, 90000}, picture_format(768, 576)), 0);
  show.take(3, sound_take(12 * kSecond), 0);
  show.show.job.guests[3].avatar = "voice.png";
  return show;
}

TEST(Scene, FourGuestsInAGrid) { expect_golden("scene_grid", frames_text(four_guests(), {0, 60, 90, 119, 120, 300})); }

TEST(Scene, TransitionMovesFadesAndSettles) {
  ShowBuilder show = four_guests();
  show.layout(1 * kSecond, LayoutKind::kPip, 300'000);
  show.layout(2 * kSecond, LayoutKind::kSolo, 300'000);
  show.focus(3 * kSecond, "street");
  show.layout(3 * kSecond, LayoutKind::kGrid, kSecond);
  expect_golden("scene_transition", frames_text(show, {29, 30, 33, 35, 38, 39, 60, 64, 69, 90, 105, 120}));
}

TEST(Scene, CustomRectsWithBordersAndFits) {
  ShowBuilder show = four_guests();
  std::vector<spec::CustomRect> rects(4);
  const char* ids[] = {"host", "city", "street", "voice"};
  for (size_t k = 0; k < rects.size(); ++k) {
    rects[k].guest = ids[k];
    rects[k].rect = {static_cast<int>(k % 2) * 500'500, static_cast<int>(k / 2) * 333'333, 499'500, 333'333};
  }
  rects[0].fit = spec::CustomRect::Fit::kFill;
  rects[1].fit = spec::CustomRect::Fit::kContain;
  rects[1].border = spec::kOne / 5;
  rects[2].radius = 2 * spec::kOne;
  rects[2].border = spec::kOne / 10;
  rects[2].alpha = 750'000;
  rects[3].z = -1;
  show.layout(0, LayoutKind::kCustom, 0, rects);
  expect_golden("scene_custom", frames_text(show, {0}));
}

TEST(Scene, PlaceholdersByPolicy) {
  ShowBuilder show = four_guests();
  for (auto& guest : show.show.job.guests) guest.avatar = guest.id + ".png";
  show.show.job.guests[2].avatar = "missing.png";
  show.mute(1 * kSecond, "host", true, true);
  show.mute(1 * kSecond, "street", true, true);
  std::string all;
  for (const auto policy : {spec::Placeholder::kAvatar, spec::Placeholder::kBlur, spec::Placeholder::kColor}) {
    show.show.job.policy.placeholder = policy;
    all += frames_text(show, {30});
  }
  expect_golden("scene_placeholders", all);
}

TEST(Scene, OverlaysComeLast) {
  ShowBuilder show = four_guests();
  show.show.job.assets = {{"logo", {"logo.png", "auto"}},
                          {"photo", {"photo.JPG", "auto"}},
                          {"castle", {"castle.mp4", "vap"}},
                          {"gone", {"missing.png", "image"}}};
  show.show.job.overlays = {{"logo", {800'000, 20'000, 160'000, 50'000}, 800'000},
                            {"castle", {0, 0, 500'000, 500'000}, spec::kOne},
                            {"gone", {0, 0, 500'000, 500'000}, spec::kOne},
                            {"photo", {0, 900'000, 333'333, 100'000}, spec::kOne}};
  show.layout(0, LayoutKind::kPip, 0);
  expect_golden("scene_overlays", frames_text(show, {0}));
  show.show.job.programmes[0].burn_in.overlays = false;
  EXPECT_EQ(to_text(draw(show, {0, 1})).find("logo.png"), std::string::npos);
}

ShowBuilder gifts_and_overlays() {
  ShowBuilder show = four_guests();
  show.show.job.assets = {{"wave", {"wave.gif", "auto"}},
                          {"still", {"wave.gif", "image"}},
                          {"rose", {"rose.gif", "auto"}},
                          {"star", {"star.png", "auto"}},
                          {"castle", {"castle.mp4", "vap"}}};
  show.show.job.overlays = {{"wave", {0, 0, 500'000, 100'000}, 500'000},
                            {"still", {500'000, 0, 500'000, 100'000}, spec::kOne}};
  show.gift_lengths = {{"rose", kWave.length()}, {"star", {3, 1}}};
  show.gift(1 * kSecond, "rose");
  show.gift(1 * kSecond + 100'000, "rose", "city");
  show.gift(1 * kSecond, "castle");
  show.gift(1 * kSecond + 200'000, "star");
  return show;
}

/// Just before, at and after each change.
TEST(Scene, GiftsLieBelowOverlaysAndMoveByMediaTime) {
  expect_golden("scene_gifts",
                frames_text(gifts_and_overlays(), {0, 3, 11, 12, 15, 17, 18, 29, 30, 33, 36, 47, 48, 50, 51}));
}

TEST(Scene, BurnInDecidesAboutGifts) {
  ShowBuilder show = gifts_and_overlays();
  EXPECT_NE(to_text(draw(show, {36, 30})).find("rose.gif"), std::string::npos);
  show.show.job.programmes[0].burn_in.gifts = false;
  const std::string without = to_text(draw(show, {36, 30}));
  EXPECT_EQ(without.find("rose.gif"), std::string::npos);
  EXPECT_EQ(without.find("star.png"), std::string::npos);
  EXPECT_NE(without.find("wave.gif"), std::string::npos);
}

TEST(Scene, AGiftFollowsItsGuestsTile) {
  ShowBuilder show = four_guests();
  show.show.job.assets = {{"rose", {"rose.gif", "auto"}}};
  show.gift_lengths = {{"rose", {10, 1}}};
  show.gift(0, "rose", "city");
  show.gift(0, "rose", "voice");
  show.layout(1 * kSecond, LayoutKind::kCustom, kSecond, {{"city", {100'000, 100'000, 300'000, 300'000}}});
  const auto rects = [&](int n) {
    std::vector<Rect64> out;
    for (const Layer& layer : draw(show, {n, 30}).layers) {
      if (layer.source.kind == Source::Kind::kAnimation) out.push_back(layer.dst);
    }
    return out;
  };
  // In the grid both have tiles of 540x960: contained, 540x270, in the middle.
  ASSERT_EQ(rects(0).size(), 2U);
  EXPECT_EQ(rects(0)[0], (Rect64{540 * kPixel, 344 * kPixel, 540 * kPixel, 270 * kPixel}));
  EXPECT_NE(rects(45)[0], rects(0)[0]);
  EXPECT_NE(rects(45)[0], rects(60)[0]);
  EXPECT_EQ(rects(60)[0].w, 324 * kPixel);
  // voice has no tile any more: the middle of the canvas, 720 wide, ending at 5/6 of the height at most.
  EXPECT_EQ(rects(60)[1], (Rect64{180 * kPixel, 1060 * kPixel, 720 * kPixel, 360 * kPixel}));
}

/// Exactly the frames at which tiles come and go, from the draw lists of a whole show.
TEST(Scene, TheGridClosesUpWhenATileLeaves) {
  ShowBuilder show = four_guests();
  std::string runs, last;
  for (int n = 0; n <= 600; ++n) {
    std::string guests;
    for (const Layer& layer : draw(show, {n, 30}).layers) {
      if (guests.find(layer.why.guest) == std::string::npos) guests += " " + layer.why.guest;
    }
    if (guests != last) runs += std::to_string(n) + ":" + guests + "; ";
    last = guests;
  }
  // host and street end at 12 s, the second take of city at 4 s + 90 x 1001/30000 s, voice at 12 s; all leave 7 s later
  // but voice, whose placeholder was there already.
  EXPECT_EQ(runs, "0: host city street voice; 421: host street voice; 510: host street; 570:; ");
}

TEST(Scene, TextOfALayerTellsEverythingThatDecidesPixels) {
  DrawList list{100, 50, 0x010203, {}};
  Layer layer;
  layer.source = {Source::Kind::kTake, 0, 2, 17, ""};
  layer.crop = {64, 128, 640, 641};
  layer.dst = {-33, 0, 64, 1};
  list.layers.push_back(layer);
  EXPECT_EQ(to_text(list),
            "canvas 100x50 background #010203\n"
            "z 0 dst -0.515625,0 1x0.015625 opacity 1024 radius 0 take 2 frame 17 turn 0 crop 1,2 10x10.015625\n");
  const std::string before = to_text(list);
  const auto changed = [&](auto&& change) {
    DrawList other = list;
    change(other.layers[0]);
    return to_text(other) != before;
  };
  EXPECT_TRUE(changed([](Layer& l) { l.source.take = 3; }));
  EXPECT_TRUE(changed([](Layer& l) { l.source.frame = 18; }));
  EXPECT_TRUE(changed([](Layer& l) { l.source.kind = Source::Kind::kColour; }));
  EXPECT_TRUE(changed([](Layer& l) { l.orientation = 5; }));
  EXPECT_TRUE(changed([](Layer& l) { l.crop.h += 1; }));
  EXPECT_TRUE(changed([](Layer& l) { l.dst.x += 1; }));
  EXPECT_TRUE(changed([](Layer& l) { l.opacity = 1023; }));
  EXPECT_TRUE(changed([](Layer& l) { l.radius = 1; }));
  EXPECT_TRUE(changed([](Layer& l) { l.effect = Effect::kBlur; }));
  EXPECT_TRUE(changed([](Layer& l) { l.z = 1; }));
  EXPECT_FALSE(changed([](Layer& l) { l.why.reason = "held"; }));

  list.layers[0].source = {Source::Kind::kAnimation, 0, -1, 3, "a.gif"};
  EXPECT_NE(to_text(list).find("animation \"a.gif\" frame 3 turn"), std::string::npos);
  const std::string animated = to_text(list);
  list.layers[0].source.showing = 7;
  EXPECT_EQ(to_text(list), animated);

  list.layers[0].source = {Source::Kind::kImage, 0, -1, -1, "a\"\n\\b.png"};
  EXPECT_NE(to_text(list).find("image \"a\\\"\\x0a\\\\b.png\" turn"), std::string::npos);
}

TEST(Scene, EaseIsSymmetricAndMonotonic) {
  EXPECT_EQ(ease({0, 1}), 0);
  EXPECT_EQ(ease({1, 2}), 32768);
  EXPECT_EQ(ease({1, 1}), 65536);
  int64_t last = 0;
  for (int k = 0; k <= 10'000; ++k) {
    const double p = k / 10'000.0;
    const int64_t eased = ease({k, 10'000});
    EXPECT_NEAR(static_cast<double>(eased), 65536 * (3 * p * p - 2 * p * p * p), 2.6);
    EXPECT_GE(eased, last);
    last = eased;
  }
}

TEST(Scene, ExplainsEveryLayer) {
  ShowBuilder show = four_guests();
  show.layout(0, LayoutKind::kPip, 0);
  show.mute(1 * kSecond, "street", false, true);
  show.focus(2 * kSecond, "city");
  const timeline::Timeline timeline = show.build();
  const Rational t{7, 2};
  expect_golden("explain", explain_text(timeline, draw(show, t), t));
  const auto rows = explain_rows(timeline, draw(show, t));
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows[0].source, "city/0");
  EXPECT_EQ(rows[0].frame, 74);
  EXPECT_EQ(rows[0].take_time, (Rational{74, 25}));
  EXPECT_EQ(rows[0].held_for, (Rational{1, 2}));
  ASSERT_EQ(rows[0].causes.size(), 2U);
  EXPECT_EQ(rows[0].causes[1].type, "guest.focus");
}

ShowBuilder random_show(std::mt19937& random) {
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  ShowBuilder show;
  show.canvas().width = 2 + 2 * pick(1000);
  show.canvas().height = 2 + 2 * pick(1000);
  show.show.job.policy = {pick(3) * kSecond, static_cast<spec::Placeholder>(pick(3)), pick(3) * kSecond, {}, false};
  show.show.job.assets = {{"rose", {"rose.gif", "auto"}}};
  show.show.job.overlays = {
      {"rose", {pick(2'000'000) - 500'000, 0, 1 + pick(1'000'000), 1 + pick(1'000'000)}, 400'000}};
  show.gift_lengths = {{"rose", kWave.length()}};
  const int guests = 1 + pick(12);
  for (int g = 0; g < guests; ++g) {
    show.guest("g" + std::to_string(g));
    if (pick(2) == 0) show.show.job.guests.back().avatar = pick(3) == 0 ? "missing.png" : "face.png";
    for (int k = pick(4); k > 0; --k) {
      auto index = pick(5) == 0
                       ? sound_take((1 + pick(5)) * kSecond)
                       : picture_take(1 + pick(150), {1 + pick(60), 1 + pick(2)}, {1, 1 + pick(100'000)},
                                      picture_format(1 + pick(2000), 1 + pick(2000), {1 + pick(300), 1 + pick(300)},
                                                     static_cast<media::Orientation>(pick(8))));
      if (index->video) {
        for (auto& frame : index->video->frames) frame.lost = pick(4) == 0;
      }
      show.take(g, pick(6) == 0 ? nullptr : index, pick(10'000) * Micros{1000});
    }
  }
  for (int k = pick(60); k > 0; --k) {
    const Micros t = pick(100) * 100'000;
    const std::string id = "g" + std::to_string(pick(guests));
    std::vector<spec::CustomRect> rects(static_cast<size_t>(pick(5)));
    for (auto& rect : rects) {
      rect.guest = "g" + std::to_string(pick(guests));
      rect.rect = {pick(3'000'000) - 1'500'000, pick(3'000'000) - 1'500'000, 1 + pick(2'000'000), 1 + pick(2'000'000)};
      rect.fit = static_cast<spec::CustomRect::Fit>(pick(3));
      rect.z = pick(5) - 2;
      rect.alpha = pick(spec::kOne + 1);
      rect.radius = pick(20) * spec::kOne;
      rect.border = pick(3) * spec::kOne;
    }
    switch (pick(7)) {
      case 6:
        show.gift(t, "rose", pick(2) == 0 ? std::optional<std::string>(id) : std::nullopt);
        break;
      case 0:
        show.join(t, id);
        break;
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
        show.focus(t, id);
        break;
      default:
        show.layout(t, static_cast<LayoutKind>(pick(7)), pick(3) * 500'000, rects);
        break;
    }
  }
  return show;
}

/// Any log over any takes: every layer is drawable, and the list is the same whenever it is asked for.
TEST(Scene, RandomShowsGiveSoundListsInAnyOrder) {
  std::mt19937 random(21);
  for (int round = 0; round < 80; ++round) {
    SCOPED_TRACE("seed 21, round " + std::to_string(round));
    const ShowBuilder show = random_show(random);
    const timeline::Timeline timeline = show.build();
    const auto list_at = [&](int n) {
      return draw_list(timeline, timeline.at(show.programme(), {n, 12}), show.programme(), image_size);
    };
    std::map<int, std::string> ascending;
    for (int n = 0; n < 200; ++n) {
      const DrawList list = list_at(n);
      ascending[n] = to_text(list);
      int z = std::numeric_limits<int>::min();
      for (const Layer& layer : list.layers) {
        ASSERT_GE(layer.z, z);
        z = layer.z;
        ASSERT_TRUE(layer.opacity > 0 && layer.opacity <= kOpaque);
        ASSERT_TRUE(layer.dst.w > 0 && layer.dst.h > 0);
        ASSERT_TRUE(layer.radius >= 0 && 2 * layer.radius <= std::min(layer.dst.w, layer.dst.h));
        if (layer.source.kind == Source::Kind::kColour) continue;
        if (layer.source.kind == Source::Kind::kAnimation) {
          ASSERT_TRUE(layer.source.frame >= 0 && layer.source.frame < kWave.frames());
        }
        ASSERT_TRUE(layer.crop.x >= 0 && layer.crop.y >= 0 && layer.crop.w >= kPixel && layer.crop.h >= kPixel);
        if (layer.source.kind != Source::Kind::kTake) continue;
        const auto& take = timeline.takes()[static_cast<size_t>(layer.source.take)];
        const auto& video = *take.index()->video;
        ASSERT_FALSE(video.frames[static_cast<size_t>(layer.source.frame)].lost);
        const auto& format = video.format_of(layer.source.frame);
        const bool swaps = media::swaps_axes(format.orientation);
        ASSERT_LE(layer.crop.x + layer.crop.w, (swaps ? format.height : format.width) * kPixel);
        ASSERT_LE(layer.crop.y + layer.crop.h, (swaps ? format.width : format.height) * kPixel);
      }
      ASSERT_FALSE(explain_text(timeline, list, {n, 12}).empty());
    }
    for (int k = 0; k < 50; ++k) {
      const int n = static_cast<int>(random() % 200);
      ASSERT_EQ(to_text(list_at(n)), ascending[n]);
    }
  }
}

}  // namespace
}  // namespace tessera::scene
