#include "engine/origin/origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "tests/unit/origin/temp_folder.h"

namespace tessera::origin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string text_of(const Result<std::vector<uint8_t>>& data) {
  return data ? std::string(data->begin(), data->end()) : "error: " + describe(data.error());
}

TEST(Names, FollowTheRule) {
  for (const char* good : {"a", "media/0a.m4s", "job.json", "a/b/c-d_e.f", "...", "a/..b", ".hidden"}) {
    EXPECT_TRUE(is_valid_name(good)) << good;
  }
  for (const char* bad : {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/.", "a b", "a%2e", "a\\b", "a~b",
                          "a\n", "ä", "a:b", "a?b", "a#b"}) {
    EXPECT_FALSE(is_valid_name(bad)) << bad;
  }
  EXPECT_FALSE(is_valid_name(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_valid_name(std::string(512, 'a')));
  EXPECT_FALSE(is_valid_name(std::string(513, 'a')));
}

TEST(Names, GiveTheContentType) {
  EXPECT_EQ(content_type_of("p/master.m3u8"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(content_type_of("p/manifest.mpd"), "application/dash+xml");
  EXPECT_EQ(content_type_of("m/0.m4s"), "video/iso.segment");
  EXPECT_EQ(content_type_of("m/0.mp4"), "video/mp4");
  EXPECT_EQ(content_type_of("job.json"), "application/json");
  EXPECT_EQ(content_type_of("x"), "application/octet-stream");
}

TEST(OpenOrigin, KnowsItsSchemes) {
  const TempFolder temp;
  for (const std::string& url : {temp / "plain", "file://" + (temp / "url"), "file://localhost" + (temp / "local"),
                                 "file://" + (temp / "with%20space"), std::string("memory:schemes")}) {
    EXPECT_TRUE(open_origin(url)) << url;
  }
  EXPECT_TRUE(std::filesystem::is_directory(temp / "with space"));

  for (const char* url :
       {"", "ftp://user:secret@host/x?token=secret", "file://host/x", "file:x", "file:///a%2", "s3://b"}) {
    const auto origin = open_origin(url);
    ASSERT_FALSE(origin) << url;
    EXPECT_EQ(origin.error().code, Errc::kUsage) << url;
    EXPECT_THAT(describe(origin.error()), ::testing::Not(HasSubstr("secret"))) << url;
  }
}

TEST(OpenOrigin, ForReadingMakesNothing) {
  const TempFolder temp;
  const auto origin = open_origin(temp / "missing", Access::kRead);
  ASSERT_FALSE(origin);
  EXPECT_EQ(origin.error().code, Errc::kUnreachable);
  EXPECT_THAT(origin.error().detail, HasSubstr("missing"));
  EXPECT_FALSE(std::filesystem::exists(temp / "missing"));
}

/// The promises every origin keeps; the parameter is a URL, "TEMP" stands for a folder of the test's own.
class AnyOrigin : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string param = GetParam();
    const std::string unique = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    url_ = param == "TEMP" ? temp_ / "out" : param + unique;
    auto opened = open_origin(url_);
    ASSERT_TRUE(opened) << describe(opened.error());
    origin_ = std::move(*opened);
  }

  TempFolder temp_;
  std::string url_;
  std::unique_ptr<Origin> origin_;
};

TEST_P(AnyOrigin, WritesOnceAndReplaces) {
  EXPECT_EQ(origin_->put_once("media/a.m4s", as_bytes("one"), "video/mp4"), Origin::Put::kCreated);
  EXPECT_EQ(origin_->put_once("media/a.m4s", as_bytes("two"), "video/mp4"), Origin::Put::kExisted);
  EXPECT_EQ(text_of(origin_->get("media/a.m4s")), "one");
  EXPECT_TRUE(origin_->replace("job.json", as_bytes("1"), "application/json"));
  EXPECT_TRUE(origin_->replace("job.json", as_bytes("revision two"), "application/json"));
  EXPECT_EQ(text_of(origin_->get("job.json")), "revision two");
  EXPECT_EQ(origin_->put_once("empty", {}, ""), Origin::Put::kCreated);
  EXPECT_EQ(text_of(origin_->get("empty")), "");
}

TEST_P(AnyOrigin, SaysWhatIsNotThere) {
  ASSERT_TRUE(origin_->put_once("a/b", as_bytes("x"), ""));
  for (const char* name : {"nothing", "a", "a/b/c", "a/c"}) {
    EXPECT_EQ(origin_->exists(name), false) << name;
    const auto data = origin_->get(name);
    ASSERT_FALSE(data) << name;
    EXPECT_EQ(data.error().code, Errc::kBadInput);
    EXPECT_EQ(data.error().detail, "not there");
    EXPECT_THAT(data.error().where, HasSubstr(name));
  }
  EXPECT_EQ(origin_->exists("a/b"), true);
}

TEST_P(AnyOrigin, ListsSortedBelowAFolder) {
  for (const char* name : {"z", "a/2", "a/1", "a/sub/3", "ab/4", "a-b"}) {
    ASSERT_TRUE(origin_->put_once(name, as_bytes(name), ""));
  }
  EXPECT_THAT(*origin_->list(""), ElementsAre("a-b", "a/1", "a/2", "a/sub/3", "ab/4", "z"));
  EXPECT_THAT(*origin_->list("a"), ElementsAre("a/1", "a/2", "a/sub/3"));
  EXPECT_THAT(*origin_->list("none"), IsEmpty());
  EXPECT_THAT(*origin_->list("z"), IsEmpty());
}

TEST_P(AnyOrigin, RefusesInvalidNames) {
  for (const char* name : {"", "../up", "/etc/x", "a b"}) {
    EXPECT_EQ(origin_->put_once(name, as_bytes("x"), "").error().code, Errc::kInternal) << name;
    EXPECT_EQ(origin_->replace(name, as_bytes("x"), "").error().code, Errc::kInternal) << name;
    EXPECT_EQ(origin_->get(name).error().code, Errc::kInternal) << name;
    EXPECT_EQ(origin_->exists(name).error().code, Errc::kInternal) << name;
  }
  EXPECT_THAT(*origin_->list(""), IsEmpty());
}

TEST_P(AnyOrigin, IsTheSamePlaceWhenOpenedAgain) {
  ASSERT_TRUE(origin_->put_once("a", as_bytes("kept"), ""));
  const auto again = open_origin(url_, Access::kRead);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(text_of((*again)->get("a")), "kept");
}

TEST_P(AnyOrigin, LetsOneOfManyRacingWritersWin) {
  constexpr int kWriters = 4, kRounds = 40;
  std::vector<std::vector<int>> created(kRounds);
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      const auto mine = open_origin(url_);
      for (int round = 0; round < kRounds; ++round) {
        const std::string data(static_cast<size_t>(1000 + writer), static_cast<char>('a' + writer));
        const auto put = (*mine)->put_once("race/" + std::to_string(round), as_bytes(data), "");
        ASSERT_TRUE(put) << describe(put.error());
        const std::lock_guard lock(mutex);
        if (*put == Origin::Put::kCreated) created[static_cast<size_t>(round)].push_back(writer);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (int round = 0; round < kRounds; ++round) {
    const auto& winners = created[static_cast<size_t>(round)];
    ASSERT_EQ(winners.size(), 1u) << "round " << round;
    const std::string want(static_cast<size_t>(1000 + winners[0]), static_cast<char>('a' + winners[0]));
    EXPECT_EQ(text_of(origin_->get("race/" + std::to_string(round))), want);
  }
  EXPECT_EQ(origin_->list("")->size(), static_cast<size_t>(kRounds));
}

INSTANTIATE_TEST_SUITE_P(Kinds, AnyOrigin, ::testing::Values("TEMP", "memory:"),
                         [](const auto& kind) { return std::string(kind.param) == "TEMP" ? "File" : "Memory"; });

}  // namespace
}  // namespace tessera::origin
