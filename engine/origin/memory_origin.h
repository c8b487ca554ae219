#pragma once

#include <memory>
#include <string>

#include "engine/origin/origin.h"

namespace tessera::origin {

/// An origin in this process's memory. All origins of one name share their objects, for as long as the process lives.
std::unique_ptr<Origin> open_memory_origin(const std::string& name);

}  // namespace tessera::origin
