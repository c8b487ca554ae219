#include "engine/origin/temporary.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <utility>

#include "engine/base/hash.h"

namespace tessera::origin {
namespace {

namespace fs = std::filesystem;

// '~' is not allowed in object names: a temporary can't be taken for an object, nor an object for a temporary.
constexpr std::string_view kPrefix = "~tessera-";
constexpr std::chrono::hours kStaleAfter{24};
constexpr mode_t kAnyone = 0666;

/// What the names of this machine's temporaries begin with until it starts anew. A lock can be asked for only there:
/// many network file systems keep locks to the machine.
const std::string& own_prefix() {
  static const std::string prefix = [] {
    std::string boot;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
    if (boot.empty()) boot = std::to_string(std::random_device{}());
    return std::string(kPrefix) + sha256(as_bytes(boot)).hex().substr(0, 16) + "-";
  }();
  return prefix;
}

/// Unique over processes and machines that share a folder.
std::string new_name() {
  static std::atomic<uint64_t> counter{0};
  static const uint64_t process_mark = (uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  return own_prefix() + std::to_string(process_mark) + "-" + std::to_string(counter++);
}

/// 0 or an errno value.
int lock(int fd, int how) {
  while (::flock(fd, how) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

bool is_old(const fs::path& path) {
  std::error_code error;
  const auto written = fs::last_write_time(path, error);
  return !error && fs::file_time_type::clock::now() - written > kStaleAfter;
}

void remove_if_left(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(kPrefix)) return;
  // Held while the name is removed: a writer that has made the file and waits to lock it then finds it gone.
  Descriptor file;
  if (name.starts_with(own_prefix())) {
    file = Descriptor(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    const int error = file.is_open() ? lock(file.get(), LOCK_EX | LOCK_NB) : EACCES;
    if (error == EWOULDBLOCK) return;
    if (error != 0 && !is_old(path)) return;
  } else if (!is_old(path)) {
    return;
  }
  ::unlink(path.c_str());
}

template <class Walk>
void remove_left(Walk walk, std::error_code& error) {
  for (; !error && walk != Walk(); walk.increment(error)) remove_if_left(walk->path());
}

constexpr auto kSkip = fs::directory_options::skip_permission_denied;

}  // namespace

Temporary::~Temporary() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

int Temporary::open(const std::string& folder, Named named) {
  folder_ = folder;
  // Without /proc it could never be given a name.
  if (named == Named::kAtTheEnd && ::access("/proc/self/fd", X_OK) == 0) {
    file_ = Descriptor(::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, kAnyone));
    if (file_.is_open()) {
      lock(file_.get(), LOCK_EX | LOCK_NB);  // for the moment that replace() has it under a temporary's name
      return 0;
    }
    // EISDIR: a kernel or file system that takes O_TMPFILE for an attempt to write the folder itself.
    if (errno != EOPNOTSUPP && errno != EISDIR) return errno;
  }
  return open_named();
}

int Temporary::open_named() {
  while (true) {
    const std::string path = folder_ + "/" + new_name();
    file_ = Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kAnyone));
    if (!file_.is_open() && errno == EEXIST) continue;
    if (!file_.is_open()) return errno;
    path_ = path;
    if (lock(file_.get(), LOCK_EX) != 0) return 0;  // no locks here: left files are told by their age
    struct stat found {};
    if (::fstat(file_.get(), &found) != 0) return errno;
    if (found.st_nlink > 0) return 0;  // else it was removed as left over before it was locked
  }
}

int Temporary::link_to(const std::string& path) const {
  const std::string open_file = "/proc/self/fd/" + std::to_string(file_.get());
  if (::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return 0;
  return errno == EPERM || errno == ENOSYS || errno == ENOENT || errno == EXDEV ? ENOTSUP : errno;
}

int Temporary::name_new(const std::string& path) {
  return path_.empty() ? link_to(path) : move_new(std::exchange(path_, {}), path);
}

int Temporary::replace(const std::string& path) {
  while (path_.empty()) {
    const std::string own = folder_ + "/" + new_name();
    const int error = link_to(own);
    if (error != 0 && error != EEXIST) return error;
    if (error == 0) path_ = own;
  }
  if (::rename(path_.c_str(), path.c_str()) != 0) return errno;
  path_.clear();
  return 0;
}

void remove_left_temporaries(const std::string& root) {
  std::error_code error;
  remove_left(fs::recursive_directory_iterator(root, kSkip, error), error);
}

void remove_left_temporaries_in(const std::string& folder) {
  std::error_code error;
  remove_left(fs::directory_iterator(folder, kSkip, error), error);
}

}  // namespace tessera::origin
