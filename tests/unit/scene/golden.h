#pragma once

#include <string>

namespace tessera::test {

/// Fails with a line-by-line difference where `text` is not what golden/NAME.txt holds. With the environment variable
/// TESSERA_WRITE_GOLDENS set it writes the file instead: look at what changed before you commit it.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace tessera::test
