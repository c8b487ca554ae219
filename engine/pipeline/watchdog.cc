#include "engine/pipeline/watchdog.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>

#include "engine/base/activity.h"

extern char** environ;

namespace tessera::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kWhere = "watchdog";
// "PIPE,MEMORY,PARENT,FAILURES": file descriptors that the child inherits, a process, earlier_failures()
constexpr const char* kVariable = "TESSERA_WATCHED";
constexpr std::chrono::seconds kKillTime{5};
constexpr std::chrono::milliseconds kTick{50};

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

tl::unexpected<Error> no_child(const std::string& what) {
  return fail(Errc::kCapacity, kWhere, "a process for the device's work can't be started: " + what, true);
}

/// What the child has told, and since when it has been silent.
class Lanes {
 public:
  void read(std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') {
        line_ += c;
        continue;
      }
      take(line_);
      line_.clear();
    }
  }

  /// Device work that has given no sign of life for so long.
  bool silent_for(Clock::duration limit) const {
    const auto now = Clock::now();
    for (const auto& [number, lane] : lanes_) {
      if (lane.pauses == 0 && now - lane.last > limit) return true;
    }
    return false;
  }

  const std::string& failure() const { return failure_; }
  std::optional<int> exit_code() const { return exit_code_; }

 private:
  struct Lane {
    Clock::time_point last = Clock::now();
    int pauses = 0;
  };

  void take(const std::string& line) {
    if (line.size() < 3) return;
    if (line[0] == 'x') {
      failure_ = line.substr(2);
      return;
    }
    if (line[0] == 'e') {
      exit_code_ = std::atoi(line.c_str() + 2);
      return;
    }
    const int number = std::atoi(line.c_str() + 2);
    if (line[0] == 'd') {
      lanes_.erase(number);
      return;
    }
    Lane& lane = lanes_[number];
    lane.last = Clock::now();
    if (line[0] == 'p') ++lane.pauses;
    if (line[0] == 'r') --lane.pauses;
  }

  std::string line_, failure_;
  std::optional<int> exit_code_;
  std::map<int, Lane> lanes_;
};

/// Children can be waited for while it lives: who started this process may have had theirs forgotten as they end.
class ChildrenWait {
 public:
  ChildrenWait() {
    struct sigaction usual = {};
    usual.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &usual, &before_);
  }
  ~ChildrenWait() { ::sigaction(SIGCHLD, &before_, nullptr); }
  ChildrenWait(const ChildrenWait&) = delete;
  ChildrenWait& operator=(const ChildrenWait&) = delete;

 private:
  struct sigaction before_ = {};
};

/// The child process and what it is watched with.
class Child {
 public:
  explicit Child(const WatchdogOptions& options) : options_(options) {}
  ~Child() {
    if (pid_ > 0) end();
    if (memory_ != nullptr) ::munmap(memory_, kActivityBytes);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  Result<void> start() {
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) return no_child(std::strerror(errno));
    const Descriptor reading(pipe[0]), writing(pipe[1]);
    const Descriptor shared(::memfd_create("activities", MFD_CLOEXEC));
    if (shared.get() < 0 || ::ftruncate(shared.get(), kActivityBytes) != 0) return no_child(std::strerror(errno));
    memory_ = ::mmap(nullptr, kActivityBytes, PROT_READ | PROT_WRITE, MAP_SHARED, shared.get(), 0);
    if (memory_ == MAP_FAILED) {
      memory_ = nullptr;
      return no_child(std::strerror(errno));
    }
    heart_.emplace(::fcntl(reading.get(), F_DUPFD_CLOEXEC, 0));
    ::fcntl(heart_->get(), F_SETFL, O_NONBLOCK);
    return spawn(writing.get(), shared.get());
  }

  /// Waits until it has ended or falls silent.
  ChildEnd watch() {
    while (true) {
      pollfd ready{heart_->get(), POLLIN, 0};
      const bool closed = ::poll(&ready, 1, static_cast<int>(kTick.count())) > 0 && !listen();
      if (options_.stop.stop_requested() && !told_to_stop_) {
        told_to_stop_ = true;
        ::kill(pid_, SIGTERM);
      }
      if (const auto status = ended(closed ? kTick : Clock::duration::zero())) {
        listen();
        return describe(*status);
      }
      if (closed || lanes_.exit_code()) {
        if (!ending_since_) ending_since_ = Clock::now();
        if (Clock::now() - *ending_since_ > options_.silence) return give_up_ending();
      }
      if (lanes_.silent_for(options_.silence)) {
        const std::string in = describe_activities(memory_);
        end();
        return {0, "no sign of life for " + seconds(options_.silence) + " s" + (in.empty() ? "" : " in " + in) +
                       "; its process was ended"};
      }
    }
  }

 private:
  static std::string seconds(std::chrono::milliseconds time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", static_cast<double>(time.count()) / 1000);
    return text;
  }

  Result<void> spawn(int pipe, int memory) {
    // Numbers that nothing else has: the child finds them in its environment.
    constexpr int kPipe = 200, kMemory = 201;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, pipe, kPipe);
    posix_spawn_file_actions_adddup2(&actions, memory, kMemory);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    std::string variable = std::string(kVariable) + "=" + std::to_string(kPipe) + "," + std::to_string(kMemory) + "," +
                           std::to_string(::getpid()) + "," + std::to_string(options_.earlier_failures);
    std::vector<char*> environment{variable.data()};
    for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
    environment.push_back(nullptr);
    std::vector<std::string> words = options_.command;
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int status =
        ::posix_spawn(&pid_, words.front().c_str(), &actions, &attributes, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (status == 0) return {};
    pid_ = 0;
    return no_child(std::strerror(status));
  }

  /// Reads what there is. False at the end.
  bool listen() {
    char bytes[4096];
    while (true) {
      const ssize_t got = ::read(heart_->get(), bytes, sizeof bytes);
      if (got > 0) {
        lanes_.read({bytes, static_cast<size_t>(got)});
      } else if (got == 0) {
        return false;
      } else if (errno != EINTR) {
        return true;
      }
    }
  }

  /// How it ended.
  struct Status {
    bool known = true;  ///< false: somebody else asked for it first
    int value = 0;
  };

  /// Its status once it has ended; waits for that a little.
  std::optional<Status> ended(Clock::duration wait) {
    const auto until = Clock::now() + wait;
    while (true) {
      int status = 0;
      const pid_t found = ::waitpid(pid_, &status, WNOHANG);
      if (found == pid_ || (found < 0 && errno == ECHILD)) {
        pid_ = 0;
        return Status{found > 0, status};
      }
      if (Clock::now() >= until) return std::nullopt;
      const timespec pause{0, 1'000'000};
      ::nanosleep(&pause, nullptr);
    }
  }

  /// Ends it at once. A process inside a driver may take its time to go, or for ever: that is not waited for.
  void end() {
    ::kill(pid_, SIGKILL);
    ended(kKillTime);
    pid_ = 0;
  }

  /// Its result counts where it was told; only the process does not end.
  ChildEnd give_up_ending() {
    const std::string in = describe_activities(memory_);
    end();
    if (lanes_.exit_code()) return {*lanes_.exit_code(), lanes_.failure()};
    return {0, "its process did not end" + (in.empty() ? "" : ", in " + in)};
  }

  ChildEnd describe(const Status& status) const {
    if (status.known && WIFEXITED(status.value)) return {WEXITSTATUS(status.value), lanes_.failure()};
    if (lanes_.exit_code()) return {*lanes_.exit_code(), lanes_.failure()};
    const std::string in = describe_activities(memory_);
    if (!status.known) return {0, "its process ended, and how is not known" + (in.empty() ? "" : "; in " + in)};
    return {0, "its process was ended by signal " + std::to_string(WTERMSIG(status.value)) + " (" +
                   strsignal(WTERMSIG(status.value)) + ")" + (in.empty() ? "" : " in " + in)};
  }

  const WatchdogOptions& options_;
  pid_t pid_ = 0;
  void* memory_ = nullptr;
  std::optional<Descriptor> heart_;
  Lanes lanes_;
  bool told_to_stop_ = false;
  std::optional<Clock::time_point> ending_since_;
};

}  // namespace

Result<ChildEnd> run_under_watchdog(const WatchdogOptions& options) {
  const ChildrenWait waited_for;
  Child child(options);
  TESSERA_TRY(child.start());
  return child.watch();
}

bool is_watched() { return std::getenv(kVariable) != nullptr; }

int earlier_failures() {
  const char* value = std::getenv(kVariable);
  int failures = 0;
  return value != nullptr && std::sscanf(value, "%*d,%*d,%*d,%d", &failures) == 1 ? failures : 0;
}

Result<std::unique_ptr<Heartbeat>> heartbeat_to_parent() {
  const char* value = std::getenv(kVariable);
  int pipe = -1, memory = -1, parent = 0;
  if (value == nullptr || std::sscanf(value, "%d,%d,%d", &pipe, &memory, &parent) != 3) {
    return std::make_unique<Heartbeat>();
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != parent) return fail(Errc::kInternal, kWhere, "the process that started this one is gone");
  ::fcntl(pipe, F_SETFD, FD_CLOEXEC);
  void* shared = ::mmap(nullptr, kActivityBytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (shared != MAP_FAILED) keep_activities_in(shared);
  ::close(memory);
  return std::make_unique<Heartbeat>(pipe);
}

}  // namespace tessera::pipeline
