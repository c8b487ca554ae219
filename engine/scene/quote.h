#pragma once

#include <string>

namespace tessera::scene {

/// "text" in double quotes, with quotes, backslashes and control characters escaped: one line, whatever is in it.
std::string quoted(const std::string& text);

}  // namespace tessera::scene
