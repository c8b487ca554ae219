#include "engine/origin/file_origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "engine/origin/posix_file.h"
#include "engine/origin/temporary.h"
#include "tests/unit/origin/temp_folder.h"

namespace tessera::origin {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) names.push_back(entry.path().filename().string());
  }
  return names;
}

/// Runs `body` in a process of its own; true where it returned true.
bool in_child(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Prints what was missing, as a child process can't use EXPECT.
bool holds(bool condition, const std::string& what) {
  if (!condition) fprintf(stderr, "not so: %s\n", what.c_str());
  return condition;
}

TEST(FileOrigin, SaysWhyAPlaceCannotBeUsed) {
  const TempFolder temp;
  std::ofstream(temp / "file") << "x";
  const auto on_file = open_origin(temp / "file");
  ASSERT_FALSE(on_file);
  EXPECT_EQ(on_file.error().code, Errc::kUnreachable);
  EXPECT_THAT(on_file.error().detail, HasSubstr("Not a directory"));
  EXPECT_EQ(open_origin(temp / "file/below").error().code, Errc::kUnreachable);
  EXPECT_EQ(open_origin("/proc/tessera-origin").error().code, Errc::kUnreachable);
}

TEST(FileOrigin, TellsAFolderFromAnObject) {
  const TempFolder temp;
  const auto origin = open_origin(temp / "out");
  ASSERT_TRUE((*origin)->put_once("a", as_bytes("x"), ""));
  ASSERT_TRUE((*origin)->put_once("folder/x", as_bytes("x"), ""));
  for (const auto& error :
       {(*origin)->put_once("a/b", as_bytes("y"), "").error(), (*origin)->put_once("folder", as_bytes("y"), "").error(),
        (*origin)->replace("folder", as_bytes("y"), "").error()}) {
    EXPECT_EQ(error.code, Errc::kUnreachable);
    EXPECT_FALSE(error.retryable);
    EXPECT_THAT(error.detail, HasSubstr("wanted a f"));
    EXPECT_THAT(error.detail, HasSubstr("nothing was changed"));
  }
  EXPECT_THAT(files_below(temp.path()), ::testing::UnorderedElementsAre("a", "x"));
}

TEST(FileOrigin, SaysThatItMayNotWrite) {
  const TempFolder temp;
  const std::string root = temp / "out";
  ASSERT_TRUE((*open_origin(root))->put_once("open/a", as_bytes("x"), ""));
  const auto origin = open_origin(root);
  fs::permissions(root + "/open", fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_exec);
  fs::permissions(temp.path(), fs::perms::owner_all | fs::perms::others_exec);
  EXPECT_TRUE(in_child([&] {
    // The superuser may write anywhere.
    if (::geteuid() == 0 && ::setuid(65534) != 0) return false;
    const auto put = (*origin)->put_once("open/b", as_bytes("x"), "");
    return holds(!put, "put fails") && holds(put.error().code == Errc::kUnreachable, "kUnreachable") &&
           holds(!put.error().retryable, "not retryable") &&
           holds(put.error().detail.find("open/b") != std::string::npos, "names the object: " + put.error().detail) &&
           holds(put.error().detail.find("Permission denied") != std::string::npos, put.error().detail);
  }));
  fs::permissions(root + "/open", fs::perms::owner_all);
}

TEST(FileOrigin, LeavesNothingOfAWriteThatRanOutOfRoom) {
  const TempFolder temp;
  const auto origin = open_origin(temp / "out");
  ASSERT_TRUE((*origin)->replace("job.json", as_bytes("before"), ""));
  EXPECT_TRUE(in_child([&] {
    // A limit on file size stops a write midway, as a full disk does.
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit { 4096, 4096 };
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string large(10'000, 'x');
    return holds(!(*origin)->put_once("media/a", as_bytes(large), ""), "put_once fails") &&
           holds(!(*origin)->replace("job.json", as_bytes(large), ""), "replace fails");
  }));
  EXPECT_THAT(files_below(temp.path()), ElementsAre("job.json"));
  EXPECT_THAT(*(*origin)->list(""), ElementsAre("job.json"));
  EXPECT_EQ(fs::file_size(temp / "out/job.json"), 6u);
}

TEST(FileOrigin, MapsAFullDiskToCapacity) {
  const Error full = fail_errno("origin.put", "write the object a", ENOSPC).value();
  EXPECT_EQ(full.code, Errc::kCapacity);
  EXPECT_TRUE(full.retryable);
  EXPECT_THAT(full.detail, HasSubstr("No space left"));
  EXPECT_TRUE(fail_errno("", "", EIO).value().retryable);
  EXPECT_FALSE(fail_errno("", "", EROFS).value().retryable);
  EXPECT_EQ(fail_errno("", "", EROFS).value().code, Errc::kUnreachable);
}

TEST(FileOrigin, MovesWithoutLinksWhereThereAreNone) {
  const TempFolder temp;
  std::ofstream(temp / "one") << "one";
  std::ofstream(temp / "two") << "two";
  EXPECT_EQ(move_new_without_links(temp / "one", temp / "object"), 0);
  EXPECT_EQ(move_new_without_links(temp / "two", temp / "object"), EEXIST);
  EXPECT_THAT(files_below(temp.path()), ElementsAre("object"));
}

std::string content_for(int n) { return std::string(static_cast<size_t>(20'000 + n), static_cast<char>('a' + n % 26)); }

TEST(FileOrigin, HoldsOnlyWholeObjectsAfterKills) {
  const TempFolder temp;
  const std::string root = temp / "out";
  constexpr unsigned kSeed = 20'260'101;
  std::cout << "seed " << kSeed << "\n";
  std::mt19937 random(kSeed);
  int next = 0;
  for (int kill = 0; kill < 12; ++kill) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto origin = open_origin(root);
      for (int n = next;; ++n) {
        const std::string data = content_for(n);
        if (!(*origin)->put_once("media/" + std::to_string(n), as_bytes(data), "")) ::_exit(1);
        if (!(*origin)->replace("latest", as_bytes(data), "")) ::_exit(1);
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10 + random() % 60));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);

    const auto origin = open_origin(root);
    for (const std::string& name : files_below(temp.path())) ASSERT_NE(name[0], '~') << "left by kill " << kill;
    const auto names = (*origin)->list("media");
    for (const std::string& name : *names) {
      const auto data = (*origin)->get(name);
      ASSERT_EQ(std::string(data->begin(), data->end()), content_for(std::stoi(name.substr(6)))) << name;
    }
    next = static_cast<int>(names->size());
    if (next > 0 && *(*origin)->exists("latest")) {
      const auto latest = (*origin)->get("latest");
      ASSERT_EQ(std::string(latest->begin(), latest->end()), content_for(static_cast<int>(latest->size()) - 20'000));
    }
  }
  EXPECT_GT(next, 10);
}

TEST(FileOrigin, LeavesTheTemporariesOfLivingWriters) {
  const TempFolder temp;
  const std::string root = temp / "out";
  ASSERT_TRUE(open_origin(root));
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t writer = ::fork();
  if (writer == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    Temporary temporary;
    const int error = temporary.open(root, Temporary::Named::kFromTheStart);
    if (error != 0 || ::write(ready[1], "x", 1) != 1) ::_exit(1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  ::close(ready[1]);
  ASSERT_TRUE(open_origin(root));
  EXPECT_EQ(files_below(temp.path()).size(), 1u);
  ::kill(writer, SIGKILL);
  ::waitpid(writer, nullptr, 0);
  EXPECT_EQ(files_below(temp.path()).size(), 1u);
  ASSERT_TRUE(open_origin(root));
  EXPECT_EQ(files_below(temp.path()).size(), 0u);
}

TEST(FileOrigin, WritesWhileOthersRemoveWhatWasLeft) {
  const TempFolder temp;
  const std::string root = temp / "out";
  const auto origin = open_origin(root);
  std::atomic<bool> done = false;
  std::thread cleaner([&] {
    while (!done) remove_left_temporaries(root);
  });
  int failed = 0;
  for (int n = 0; n < 400; ++n) failed += !(*origin)->replace("latest", as_bytes(content_for(n)), "");
  done = true;
  cleaner.join();
  EXPECT_EQ(failed, 0);
  EXPECT_THAT(files_below(temp.path()), ElementsAre("latest"));
}

TEST(FileOrigin, RemovesOtherMachinesTemporariesByAge) {
  const TempFolder temp;
  fs::create_directories(temp / "out/media");
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(25);
  for (const char* name : {"out/media/~tessera-1-2-3", "out/media/~tessera-1-2-4", "out/~other", "out/media/old.m4s"}) {
    std::ofstream(temp / name) << "x";
    fs::last_write_time(temp / name, old);
  }
  fs::last_write_time(temp / "out/media/~tessera-1-2-4", fs::file_time_type::clock::now());
  const auto reader = open_origin(temp / "out", Access::kRead);
  EXPECT_EQ(files_below(temp.path()).size(), 4u);
  const auto origin = open_origin(temp / "out");
  EXPECT_THAT(files_below(temp.path()), ::testing::UnorderedElementsAre("~tessera-1-2-4", "~other", "old.m4s"));
  EXPECT_THAT(*(*origin)->list(""), ElementsAre("media/old.m4s"));
}

}  // namespace
}  // namespace tessera::origin
