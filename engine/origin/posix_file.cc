#include "engine/origin/posix_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tessera::origin {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

namespace {

int write_all(int fd, Bytes data) {
  size_t done = 0;
  while (done < data.size()) {
    const ssize_t n = ::write(fd, data.data() + done, data.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return ENOSPC;
    done += static_cast<size_t>(n);
  }
  return 0;
}

int sync(int fd) {
  while (::fsync(fd) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

int write_and_sync(int fd, Bytes data) {
  const int error = write_all(fd, data);
  return error != 0 ? error : sync(fd);
}

int sync_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return errno;
  const int error = sync(folder.get());
  // Some network file systems can't sync a folder and need not: their entries are durable when the call returns.
  return error == EINVAL || error == ENOTSUP ? 0 : error;
}

int make_folders(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0) return S_ISDIR(found.st_mode) ? 0 : ENOTDIR;
  if (errno != ENOENT) return errno;
  const std::string parent = parent_of(path);
  if (parent != path) {
    if (const int error = make_folders(parent)) return error;
  }
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) return errno;
  if (::stat(path.c_str(), &found) != 0) return errno;
  if (!S_ISDIR(found.st_mode)) return ENOTDIR;
  return sync_folder(parent);
}

int move_new(const std::string& from, const std::string& to) {
  const int error = ::link(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  if (error == EPERM || error == ENOTSUP || error == ENOSYS || error == EMLINK) return move_new_without_links(from, to);
  ::unlink(from.c_str());
  return error;
}

int move_new_without_links(const std::string& from, const std::string& to) {
  const int error = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0 ? 0 : errno;
  if (error != 0) ::unlink(from.c_str());
  return error;
}

tl::unexpected<Error> fail_errno(const std::string& where, const std::string& doing, int error) {
  const std::string text = "can't " + doing + ": " + std::strerror(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return fail(Errc::kCapacity, where, text, true);
    case EIO:
    case EAGAIN:
    case EBUSY:
    case ESTALE:
    case ETIMEDOUT:
      return fail(Errc::kUnreachable, where, text, true);
    default:
      return fail(Errc::kUnreachable, where, text);
  }
}

}  // namespace tessera::origin
