#pragma once

#include <memory>
#include <string>

#include "engine/origin/origin.h"

namespace tessera::origin {

/// An origin on a file system, rooted at `root` (a path).
///
/// kWrite: makes the folder where it is missing, checks that files can be made in it and removes what writers that died
/// left (temporary.h). kRead: only checks that the folder is there; writing then fails.
/// @retval kUnreachable the folder can't be made, read or written
Result<std::unique_ptr<Origin>> open_file_origin(const std::string& root, Access access);

}  // namespace tessera::origin
