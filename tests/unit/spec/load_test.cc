#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "support.h"

namespace tessera::spec {
namespace {

using test::edited_job;
using test::message_of;
using test::write_text;
using testing::ElementsAre;
using testing::HasSubstr;

class LoadShow : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "tessera-spec-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    job_ = folder_ + "/job.json";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string job_;
};

TEST_F(LoadShow, MakesUrisAbsolute) {
  test::Json job = test::Json::parse(edited_job("/events", "\"logs/../events.jsonl\""));
  job["guests"][0]["takes"][0]["uri"] = "../up/./a b.mp4";
  job["guests"][0]["takes"][1]["uri"] = "file:///media/a%20b%2Fc%.mp4";
  job["guests"][0]["avatar"] = "s3://bucket/../mia.png?v=1";
  job["guests"][1]["avatar"] = "/abs//x.png";
  job["sounds"] = {{{"uri", "file://localhost/m.flac"}}};
  write_text(job_, job.dump());
  write_text(folder_ + "/events.jsonl",
             R"({"t": 1, "type": "comment", "user": {"id": "u", "avatar": "u.png"}, "text": "x"})");
  const Result<Show> show = load_show(job_);
  ASSERT_TRUE(show.has_value()) << describe(show.error());
  const std::string up = std::filesystem::path(folder_).parent_path().string();
  EXPECT_EQ(show->job.guests[0].takes[0].uri, up + "/up/a b.mp4");
  EXPECT_EQ(show->job.guests[0].takes[1].uri, "/media/a b/c%.mp4");
  EXPECT_EQ(show->job.guests[0].avatar, "s3://bucket/../mia.png?v=1");
  EXPECT_EQ(show->job.guests[1].avatar, "/abs/x.png");
  EXPECT_EQ(show->job.sounds[0].uri, "/m.flac");
  EXPECT_EQ(show->job.events, folder_ + "/events.jsonl");
  EXPECT_EQ(show->job.theme, "");
  EXPECT_EQ(std::get<Comment>(show->events.at(0).body).user.avatar, folder_ + "/u.png");
}

TEST_F(LoadShow, TellsTheFindingsOfBothFiles) {
  test::Json job = test::Json::parse(edited_job("/colour", "1"));
  job["events"] = "events.jsonl";
  write_text(job_, job.dump());
  write_text(folder_ + "/events.jsonl", "{\"t\": 1, \"type\": \"guest.join\", \"guest\": \"bob\"}\n");
  const Result<Show> show = load_show(job_);
  ASSERT_FALSE(show.has_value());
  EXPECT_EQ(message_of(show.error()),
            job_ + ":/colour: unknown field\nevents.jsonl:1:/guest: \"bob\" is no guest of the job");
  EXPECT_EQ(show.error().code, Errc::kBadInput);
}

TEST_F(LoadShow, NamesWhatCannotBeRead) {
  const Result<Show> missing = load_show(job_);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Errc::kBadInput);
  EXPECT_EQ(describe(missing.error()), job_ + ": can't be read: No such file or directory");
  EXPECT_EQ(describe(load_show(folder_).error()), folder_ + ": is a folder; wanted a file");
  write_text(job_, edited_job("/events", "\"none.jsonl\""));
  EXPECT_EQ(message_of(load_show(job_).error()),
            job_ + ":/events: \"none.jsonl\" can't be read: No such file or directory");
  write_text(job_, edited_job("/events", "\"https://h/log?key=secret\""));
  EXPECT_EQ(message_of(load_show(job_).error()),
            job_ + ":/events: \"https://h/log\"; wanted a file: the event log is not fetched from other places");
  write_text(job_, "");
  EXPECT_THAT(message_of(load_show(job_).error()), HasSubstr(job_ + ":1:1: no valid JSON"));
}

TEST_F(LoadShow, NotesWhatHasNoEffectYet) {
  test::Json job = test::Json::parse(edited_job("/events", "\"events.jsonl\""));
  job["theme"] = "theme.json";
  job["mixes"][1]["stems"] = true;
  job["programmes"][0]["layout"] = "panel";
  job["programmes"][0]["highlights"] = test::Json::object();
  write_text(job_, job.dump());
  write_text(folder_ + "/events.jsonl", R"({"t": 1, "type": "gift", "asset": "rose", "user": {"id": "u"}}
{"t": 2, "type": "gift", "asset": "rose", "user": {"id": "u"}}
{"t": 2, "type": "guest.join", "guest": "mia"}
{"t": 3, "type": "layout.set", "layout": "grid"}
{"t": 3, "type": "layout.set", "layout": "match"}
{"t": 4, "type": "moderate", "guest": "mia", "action": "blur", "start": 1, "end": 2}
)");
  const Result<Show> show = load_show(job_);
  ASSERT_TRUE(show.has_value()) << describe(show.error());
  EXPECT_THAT(show->notices,
              ElementsAre(job_ + ":/theme: is accepted but has no effect yet",
                          job_ + ":/mixes/1/stems: is accepted but has no effect yet",
                          job_ + ":/programmes/0/layout: the layout panel is accepted but not drawn yet",
                          job_ + ":/programmes/0/highlights: is accepted but has no effect yet",
                          job_ + ":/overlays/0: the asset rose is accepted but not drawn yet",
                          "events.jsonl: 2 gift events are accepted but not drawn yet (the asset rose)",
                          "events.jsonl: 1 layout.set event with the layout match is accepted but not drawn yet",
                          "events.jsonl: 1 moderate event is accepted but not drawn yet"));
}

}  // namespace
}  // namespace tessera::spec
