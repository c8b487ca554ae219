#pragma once

#include <string>

#include "engine/origin/posix_file.h"

namespace tessera::origin {

/// A file on its way to its name, gone with its process or this object unless it was given one: without a name where
/// the file system can, else under one that no object can have. It is locked (flock) for as long as this lives, so that
/// whether the writer of a name that was found lives can be told. Not copied; one thread at a time. Functions return 0
/// or an errno value.
class Temporary {
 public:
  enum class Named : bool { kAtTheEnd, kFromTheStart };

  Temporary() = default;
  ~Temporary();
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  /// Makes it, empty, in `folder`.
  /// @param named kAtTheEnd: where that can't be had, it is named from the start
  int open(const std::string& folder, Named named = Named::kAtTheEnd);

  /// To write to, after open(). Owned by this.
  int descriptor() const { return file_.get(); }

  /// Gives it its name, atomically, once, as the last thing; EEXIST where that is taken. ENOTSUP where a file that was
  /// opened kAtTheEnd can't be given a name after all: write another, kFromTheStart.
  int name_new(const std::string& path);
  /// The same, in place of what has that name.
  int replace(const std::string& path);

 private:
  int open_named();
  int link_to(const std::string& path) const;

  Descriptor file_;
  std::string folder_;
  std::string path_;  ///< of its own; empty: none
};

/// Removes what writers that died left in a folder and those below: the temporaries made since this machine started
/// that nobody holds a lock on, and, where that can't be told (another machine's, no locks), those older than a day.
/// Best effort: another process may be doing the same.
void remove_left_temporaries(const std::string& root);

/// The same for a folder alone.
void remove_left_temporaries_in(const std::string& folder);

}  // namespace tessera::origin
