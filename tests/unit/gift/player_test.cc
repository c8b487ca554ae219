#include "engine/gift/player.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tessera::gift {
namespace {

/// What a made-up animation's decoders did.
struct Work {
  std::atomic<int64_t> opened{0};
  std::atomic<int64_t> open{0};
  std::atomic<int64_t> decoded{0};  ///< with those passed over on the way
  std::atomic<int64_t> alive{0};    ///< pictures
  std::atomic<int64_t> most_alive{0};
};

/// `frames` pictures of 64x64, whose first sample tells their number; decodes forward only, as files do.
class MadeUp final : public Animation {
 public:
  MadeUp(int64_t frames, uint8_t name, int64_t broken = -1) : broken_(broken) {
    for (int64_t k = 0; k < frames; ++k) times_.starts.push_back(k);
    times_.duration = frames;
    times_.tick = {1, 25};
    identity_.bytes[0] = name;
  }

  const std::string& path() const override { return path_; }
  int width() const override { return 64; }
  int height() const override { return 64; }
  const media::AnimationTimes& times() const override { return times_; }
  const Sha256& identity() const override { return identity_; }
  Result<std::unique_ptr<Decoder>> decoder(int depth) const override {
    ++work.opened;
    return std::make_unique<Forward>(*this, depth);
  }

  mutable Work work;

 private:
  class Forward final : public Decoder {
   public:
    Forward(const MadeUp& of, int depth) : of_(of), depth_(depth) { ++of_.work.open; }
    ~Forward() override { --of_.work.open; }
    Result<media::FrameRef> frame(int64_t number) override {
      if (number < next_) next_ = 0;
      of_.work.decoded += number + 1 - next_;
      next_ = number + 1;
      if (number == of_.broken_) return fail(Errc::kBadInput, "made up", "frame can't be decoded");
      media::FrameFormat format = media::canvas_format(64, 64, depth_);
      format.has_alpha = true;
      auto made = media::allocate_frame(format).value();
      made->planes[0].data[0] = static_cast<uint8_t>(number);
      Work& work = of_.work;
      work.most_alive = std::max<int64_t>(work.most_alive, ++work.alive);
      return media::FrameRef(made.get(), [made, &work](const media::Frame*) { --work.alive; });
    }

   private:
    const MadeUp& of_;
    const int depth_;
    int64_t next_ = 0;
  };

  std::string path_ = "made up";
  media::AnimationTimes times_;
  Sha256 identity_;
  int64_t broken_;
};

constexpr size_t kFrameBytes = 64 * 64 * 2 + 2 * 64 * 32;  // rows of 32 samples are padded to 64 bytes

/// Plays `frames` of a show at 25 a second; the picture's number must be the one asked for.
void play(Player& player, const MadeUp& animation, int64_t showing, int64_t from, int64_t to) {
  for (int64_t n = from; n < to; ++n) {
    const int64_t number = animation.times().frame_at({n, 25});
    const auto frame = player.frame(animation, showing, number, n);
    ASSERT_TRUE(frame) << describe(frame.error());
    ASSERT_EQ((*frame)->planes[0].data[0], number);
  }
}

TEST(Player, DecodesALoopThatFitsOnce) {
  const MadeUp animation(10, 1);
  FrameCache cache(8, 20 * kFrameBytes);
  Player player(cache);
  play(player, animation, 0, 0, 100);
  EXPECT_EQ(animation.work.decoded, 10);
  EXPECT_LE(cache.bytes(), 20 * kFrameBytes);
  // A second player, of another chunk, has nothing to decode.
  Player other(cache);
  play(other, animation, 0, 33, 55);
  EXPECT_EQ(animation.work.decoded, 10);
  EXPECT_EQ(other.decoders(), 0U);
}

TEST(Player, KeepsNothingOfALoopThatDoesNotFit) {
  const MadeUp animation(100, 1);
  FrameCache cache(8, 20 * kFrameBytes);
  Player player(cache);
  play(player, animation, 0, 0, 250);
  EXPECT_EQ(animation.work.decoded, 250) << "each frame once a loop, in order";
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_LE(animation.work.most_alive, 2);
  EXPECT_EQ(animation.work.open, 1);
}

TEST(Player, ShowingsAtDifferentTimesDoNotDisturbEachOther) {
  const MadeUp animation(100, 1);
  FrameCache cache(8, 20 * kFrameBytes);
  Player player(cache);
  for (int64_t n = 0; n < 200; ++n) {
    for (const int64_t shift : {0, 60, 30}) {
      const auto frame = player.frame(animation, shift, animation.times().frame_at({n + shift, 25}), n);
      ASSERT_TRUE(frame);
    }
  }
  // 60 and 30 frames are passed over at the begin.
  EXPECT_EQ(animation.work.decoded, 3 * 200 + 90);
  EXPECT_EQ(animation.work.opened, 3);
  EXPECT_LE(animation.work.most_alive, 4);
}

TEST(Player, GivesTheSameObjectWhileAFrameShows) {
  const MadeUp small(3, 1), large(100, 2);
  FrameCache cache(8, 20 * kFrameBytes);
  Player player(cache);
  for (const MadeUp* animation : {&small, &large}) {
    const media::FrameRef first = player.frame(*animation, 0, 1, 0).value();
    EXPECT_EQ(player.frame(*animation, 0, 1, 1).value(), first);
    EXPECT_NE(player.frame(*animation, 0, 2, 2).value(), first);
  }
  EXPECT_EQ(player.frame(small, 0, 1, 3).value(), player.frame(small, 7, 1, 3).value())
      << "what is cached is shared by all showings";
}

TEST(Player, StaysWithinItsMemoryWhateverIsShown) {
  std::vector<std::unique_ptr<MadeUp>> animations;
  for (uint8_t k = 0; k < 12; ++k) animations.push_back(std::make_unique<MadeUp>(2 + 3 * k, k));
  FrameCache cache(8, 20 * kFrameBytes);
  Player player(cache);
  for (int64_t n = 0; n < 300; ++n) {
    for (auto& animation : animations) play(player, *animation, 0, n, n + 1);
    ASSERT_LE(cache.bytes(), 20 * kFrameBytes);
  }
  int64_t alive = 0;
  for (auto& animation : animations) alive += animation->work.alive;
  EXPECT_LE(alive, 20 + 12) << "the cache, and one on each screen";
}

TEST(Player, ClosesWhatIsIdle) {
  const MadeUp small(3, 1), large(100, 2);
  FrameCache cache(8, 20 * kFrameBytes);
  Player player(cache);
  for (int64_t n = 0; n < 50; ++n) {
    play(player, small, 0, n, n + 1);
    play(player, large, 0, n, n + 1);
    player.close_idle(n - 25);
  }
  EXPECT_EQ(small.work.open, 0) << "all of it is cached";
  EXPECT_EQ(large.work.open, 1);
  player.close_idle(51);
  EXPECT_EQ(large.work.open, 0);
  EXPECT_EQ(large.work.alive, 0);
}

TEST(Player, BeginsAnewAfterAnError) {
  const MadeUp animation(10, 1, 4);
  FrameCache cache(8);
  Player player(cache);
  play(player, animation, 0, 0, 4);
  const auto broken = player.frame(animation, 0, 4, 4);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Errc::kBadInput);
  EXPECT_EQ(player.decoders(), 0U);
  play(player, animation, 0, 5, 10);
}

TEST(FrameCache, MayBeSharedByThreads) {
  const MadeUp animation(15, 1);
  FrameCache cache(10, 10 * kFrameBytes);
  std::vector<std::jthread> threads;
  for (int k = 0; k < 4; ++k) {
    threads.emplace_back([&, k] {
      Player player(cache);
      play(player, animation, 0, 3 * k, 200);
    });
  }
  threads.clear();
  EXPECT_LE(cache.bytes(), 10 * kFrameBytes);
}

}  // namespace
}  // namespace tessera::gift
