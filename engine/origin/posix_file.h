#pragma once

#include <string>
#include <utility>

#include "engine/base/hash.h"
#include "engine/base/result.h"

/// The few system calls of the file origin. All return 0 or an errno value, so that the caller can say which object.
namespace tessera::origin {

/// A file descriptor, closed at the end of its life.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Writes all of `data` to a descriptor and brings it to the disk.
int write_and_sync(int fd, Bytes data);

/// Brings a folder's entries to the disk.
int sync_folder(const std::string& path);

/// Makes `path` and all folders above it; each new entry is brought to the disk.
int make_folders(const std::string& path);

/// Gives the file `from` the name `to` as well, atomically; EEXIST where `to` is taken. `from` is gone afterwards,
/// whatever the outcome.
int move_new(const std::string& from, const std::string& to);

/// move_new() on file systems without hard links.
int move_new_without_links(const std::string& from, const std::string& to);

/// The Error for an errno value. `doing` reads "write the object media/x.m4s".
/// kCapacity where there is no room, kUnreachable otherwise; retryable where waiting may help.
tl::unexpected<Error> fail_errno(const std::string& where, const std::string& doing, int error);

}  // namespace tessera::origin
