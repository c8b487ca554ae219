#pragma once

#include <CLI/CLI.hpp>
#include <optional>

namespace tessera::bench {

/// Parses a command's line into its options. Where the command is not to run, what to exit with: 0 after the help that
/// was asked for, 2 after one line on standard error that says what was not understood.
std::optional<int> stop_parsing(CLI::App& app, int argc, char** argv);

}  // namespace tessera::bench
