#include "engine/pipeline/ledger.h"

#include <gtest/gtest.h>

#include <random>

namespace tessera::pipeline {
namespace {

/// A ledger on an origin of this test's own.
class LedgerTest : public testing::Test {
 protected:
  void SetUp() override {
    origin_ =
        *origin::open_origin(std::string("memory:") + testing::UnitTest::GetInstance()->current_test_info()->name());
    ledger_ = std::make_unique<Ledger>(*origin_);
  }

  std::string put(const std::string& text) { return *put_object(*origin_, as_bytes(text), ".m4s"); }

  Record record(const std::string& owner) {
    package::Track track;
    track.id = "720p";
    track.codecs = "avc1.64001f";
    track.first_tick = 90000;
    track.init = put("init");
    track.init_bytes = 4;
    track.fps = {30, 1};
    track.segments = {{put("one"), 3, 180000}, {put("two"), 3, 180000}};
    return {"chunk", owner, 3, {track}, {{"ada/0", 1, 2, "damaged pictures"}}};
  }

  static std::string name_of(const Sha256& digest) { return "ledger/" + digest.hex() + ".json"; }

  std::unique_ptr<origin::Origin> origin_;
  std::unique_ptr<Ledger> ledger_;
  const Sha256 digest_ = sha256(as_bytes("a chunk"));
};

TEST_F(LedgerTest, GivesBackWhatWasCommitted) {
  EXPECT_FALSE(ledger_->find(digest_)->has_value());
  const Record mine = record("portrait");
  ASSERT_TRUE(ledger_->commit(digest_, mine));
  const auto found = *ledger_->find(digest_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->owner, "portrait");
  EXPECT_EQ(found->index, 3);
  EXPECT_EQ(found->degraded, mine.degraded);
  ASSERT_EQ(found->tracks.size(), 1u);
  EXPECT_EQ(found->tracks[0].segments[1].name, mine.tracks[0].segments[1].name);
  EXPECT_EQ(found->tracks[0].fps, (Rational{30, 1}));
}

TEST_F(LedgerTest, TheFirstRecordWins) {
  ASSERT_TRUE(ledger_->commit(digest_, record("first")));
  EXPECT_EQ(ledger_->commit(digest_, record("second"))->owner, "first");
  EXPECT_EQ((*ledger_->find(digest_))->owner, "first");
}

TEST_F(LedgerTest, ARecordWhoseObjectIsNotThereDoesNotCount) {
  Record mine = record("portrait");
  mine.tracks[0].segments[1].name = "media/gone.m4s";
  ASSERT_TRUE(ledger_->commit(digest_, mine));
  EXPECT_FALSE(ledger_->find(digest_)->has_value());
  // Nor does it stand in the way of one that is whole.
  ASSERT_TRUE(ledger_->commit(digest_, record("whole")));
  EXPECT_EQ((*ledger_->find(digest_))->owner, "whole");
}

TEST_F(LedgerTest, ADamagedRecordIsRenderedAgainRatherThanBelieved) {
  ASSERT_TRUE(ledger_->commit(digest_, record("portrait")));
  const std::vector<uint8_t> whole = *origin_->get(name_of(digest_));
  const std::string text(whole.begin(), whole.end());
  const auto replaced = [&](const std::string& what, const std::string& by) {
    std::string copy = text;
    copy.replace(copy.find(what), what.size(), by);
    return copy;
  };
  const std::string no_tracks = R"({"version":1,"kind":"chunk","owner":"x","index":0,"tracks":[],"degraded":[]})";
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), no_tracks,
        replaced("\"timescale\": 90000", "\"timescale\": 0"), replaced("media/", "../x/"),
        replaced("\"bytes\": 3", "\"bytes\": -3"), replaced("\"version\": 1", "\"version\": 2")}) {
    ASSERT_TRUE(origin_->replace(name_of(digest_), as_bytes(bad), "application/json"));
    const auto found = ledger_->find(digest_);
    ASSERT_TRUE(found) << bad << describe(found.error());
    EXPECT_FALSE(found->has_value()) << bad;
  }
}

TEST_F(LedgerTest, NoDamageCrashes) {
  ASSERT_TRUE(ledger_->commit(digest_, record("portrait")));
  const std::vector<uint8_t> whole = *origin_->get(name_of(digest_));
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", static_cast<int>(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    std::vector<uint8_t> damaged = whole;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
    if (random() % 4 == 0) damaged.resize(random() % damaged.size());
    ASSERT_TRUE(origin_->replace(name_of(digest_), damaged, "application/json"));
    const auto found = ledger_->find(digest_);
    ASSERT_TRUE(found) << describe(found.error());
  }
}

}  // namespace
}  // namespace tessera::pipeline
