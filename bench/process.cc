#include "bench/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

namespace tessera::bench {
namespace {

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

std::string line_of(const std::vector<std::string>& command) {
  std::string line;
  for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
  return line;
}

/// The last line of a file with something in it.
std::string last_line(int file) {
  constexpr off_t kMost = 4096;
  const off_t end = ::lseek(file, 0, SEEK_END);
  const off_t from = end > kMost ? end - kMost : 0;
  std::string text(static_cast<size_t>(end > from ? end - from : 0), '\0');
  const ssize_t got = ::pread(file, text.data(), text.size(), from);
  text.resize(static_cast<size_t>(got > 0 ? got : 0));
  text.erase(text.find_last_not_of(" \n\r") + 1);
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

Result<Usage> run_process(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const int said = ::memfd_create("stderr", MFD_CLOEXEC);
  posix_spawn_file_actions_adddup2(&files, said, STDERR_FILENO);
  const auto start = std::chrono::steady_clock::now();
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, arguments.front(), &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    ::close(said);
    return fail(Errc::kUsage, command.front(), std::string("can't be started: ") + std::strerror(failed));
  }
  int status = 0;
  rusage usage{};
  wait4(pid, &status, 0, &usage);
  const std::string last = last_line(said);
  ::close(said);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return fail(Errc::kDevice, command.front(), "failed: " + (last.empty() ? "" : last + ": ") + line_of(command));
  }
  Usage result;
  result.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  result.peak_bytes = int64_t{usage.ru_maxrss} * 1024;
  return result;
}

}  // namespace tessera::bench
