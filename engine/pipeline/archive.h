#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/origin/origin.h"
#include "engine/package/model.h"

namespace tessera::pipeline {

/// Publishes the progressive MP4 of a programme: its best rendition with all its mixes, put together from the published
/// segments (nothing is encoded again). Made in a temporary file, one segment in memory at a time. Once only: the
/// record "ledger/<digest>.json" of the segments' names remembers it.
Result<std::string> put_archive(const package::Presentation& presentation, origin::Origin& origin);

}  // namespace tessera::pipeline
