#include "engine/pipeline/watchdog.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>

namespace tessera::pipeline {
namespace {

constexpr std::chrono::milliseconds kSilence{500};

/// A shell as the child: `tells` is what it writes to its heartbeat, `then` what it does after.
ChildEnd watch(const std::string& tells, const std::string& then) {
  const std::string script = "printf '" + tells + "' > /proc/self/fd/200; " + then;
  const auto end = run_under_watchdog({{"/bin/sh", "-c", script}, kSilence, {}});
  return end.value_or(ChildEnd{-1, "not started"});
}

TEST(Watchdog, AnEndThatHangsIsNotWaitedForAndTheResultCounts) {
  const ChildEnd end = watch("a 0\\nd 0\\ne 7\\n", "exec sleep 60");
  EXPECT_EQ(end.exit_code, 7);
  EXPECT_EQ(end.device_failure, "");
}

TEST(Watchdog, AFailureThatWasToldStays) {
  const ChildEnd end = watch("x cuX\\ne 30\\n", "exec sleep 60");
  EXPECT_EQ(end.exit_code, 30);
  EXPECT_EQ(end.device_failure, "cuX");
}

TEST(Watchdog, AResultOutlivesACrashAtTheEnd) {
  const ChildEnd end = watch("e 0\\n", "kill -SEGV $$");
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.device_failure, "");
}

TEST(Watchdog, AnEndThatTakesLessIsWaitedFor) { EXPECT_EQ(watch("e 5\\n", "sleep 0.2; exit 5").exit_code, 5); }

TEST(Watchdog, WorkOutsideLanesMayTakeItsTime) { EXPECT_EQ(watch("a 0\\nd 0\\n", "sleep 1.2; exit 4").exit_code, 4); }

TEST(Watchdog, SilenceInALaneIsAFault) {
  EXPECT_NE(watch("a 0\\n", "exec sleep 60").device_failure.find("no sign of life for 0.5 s"), std::string::npos);
}

TEST(Watchdog, ChildrenAreWaitedForWhereTheParentWasToldToForgetThem) {
  const auto before = ::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(watch("", "exit 10").exit_code, 10);
  EXPECT_NE(watch("", "kill -KILL $$").device_failure.find("signal 9"), std::string::npos);
  EXPECT_EQ(::signal(SIGCHLD, before), SIG_IGN);
}

}  // namespace
}  // namespace tessera::pipeline
