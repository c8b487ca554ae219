#pragma once

#include <string>

#include "engine/base/result.h"

namespace tessera::bench {

/// Decodes every picture of the guests that the show's first programme shows, in show order, and drops it: what of a
/// render is not composing. As `tessera-bench decode JOB` it is a process of its own, measured like the others.
Result<void> decode_show(const std::string& job);

}  // namespace tessera::bench
