#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "engine/base/channel.h"
#include "engine/base/hash.h"
#include "engine/base/rational.h"

namespace tessera {
namespace {

TEST(Rational, ComparesWithoutOverflow) {
  const int64_t big = 4'000'000'000'000'000'000;
  EXPECT_LT((Rational{big, big - 1}), (Rational{big - 1, big - 3}));
  EXPECT_EQ((Rational{2, 4}), (Rational{1, 2}));
}

TEST(Rational, SumsOfFrameTimesStayExact) {
  const Rational frame{1001, 30000};
  Rational t{0, 1};
  for (int i = 0; i < 30000; ++i) t = t + frame;
  EXPECT_EQ(t, (Rational{1001, 1}));
}

TEST(Rational, ParsesRates) {
  EXPECT_EQ(*parse_rate("30000/1001"), (Rational{30000, 1001}));
  EXPECT_EQ(*parse_rate("25"), (Rational{25, 1}));
  for (const char* bad : {"", "0", "-25", "25/0", "25.0", "30000/1001 ", "1/2/3", "9999999999999999999"}) {
    EXPECT_FALSE(parse_rate(bad)) << bad;
  }
}

TEST(Rational, RoundsHalfUpAndFloorsBelowZero) {
  EXPECT_EQ(muldiv_round(1, 1, 2), 1);
  EXPECT_EQ(muldiv_round(-1, 1, 2), 0);
  EXPECT_EQ(muldiv_floor(-1, 1, 2), -1);
  EXPECT_EQ(muldiv_ceil(-1, 1, 2), 0);
  EXPECT_EQ(muldiv_ceil(7, 1, 2), 4);
}

TEST(Hash, MatchesPublishedVectors) {
  // FIPS 180-4 example and xxHash's own test vector for the empty input.
  EXPECT_EQ(sha256(as_bytes("abc")).hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hash128Hasher().finish().hex(), "99aa06d3014798d86001c324468d497f");
}

TEST(Channel, KeepsOrderAndBlocksAtItsCapacity) {
  Channel<int> channel(2);
  std::jthread writer([&] {
    for (int i = 0; i < 1000; ++i) channel.push(i);
    channel.close();
  });
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(channel.pop(), i);
  EXPECT_EQ(channel.pop(), std::nullopt);
  EXPECT_FALSE(channel.push(1));
}

TEST(Channel, HandsOverWhereNothingMayWait) {
  Channel<int> channel(0);
  std::atomic<int> pushed{0};
  const std::jthread writer([&] {
    for (int i = 0; i < 1000; ++i) {
      channel.push(i);
      pushed = i + 1;
    }
    channel.close();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(pushed, 0) << "nobody read";
  for (int i = 0; i < 1000; ++i) {
    ASSERT_LE(pushed, i) << "more was taken than read";
    ASSERT_EQ(channel.pop(), i);
  }
  EXPECT_EQ(channel.pop(), std::nullopt);
}

TEST(Channel, CancelWakesAWaitingWriter) {
  Channel<int> channel(1);
  channel.push(1);
  std::jthread writer([&] { EXPECT_FALSE(channel.push(2)); });
  channel.cancel();
  writer.join();
  EXPECT_EQ(channel.pop(), std::nullopt);
}

}  // namespace
}  // namespace tessera
