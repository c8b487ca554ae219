#pragma once

#include <string>

#include "engine/base/hash.h"
#include "engine/origin/posix_file.h"

/// Files on their way to their names, where a file system can't make them without one.
namespace tessera::origin {

/// A file of a name that no object can have, locked (flock) for as long as this lives and gone afterwards unless it was
/// moved: so whether its writer lives can be told. Not copied; one thread at a time.
class Temporary {
 public:
  Temporary() = default;
  ~Temporary();
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  /// Makes it in `folder`, writes `data` and brings it to the disk. Once. 0 or an errno value.
  int write(const std::string& folder, Bytes data);

  /// Where it is; empty before write().
  const std::string& path() const { return path_; }

 private:
  int make(const std::string& folder);

  Descriptor file_;
  std::string path_;
};

/// Removes what writers that died left below `root`: the temporaries made since this machine started that nobody holds
/// a lock on, and, where that can't be told (another machine's, no locks), those older than a day. Best effort: another
/// process may be doing the same.
void remove_left_temporaries(const std::string& root);

}  // namespace tessera::origin
