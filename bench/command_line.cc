#include "bench/command_line.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "engine/base/result.h"

namespace tessera::bench {

std::optional<int> stop_parsing(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::string what = error.what();
    std::replace(what.begin(), what.end(), '\n', ' ');
    std::fprintf(stderr, "tessera-bench: error: usage: %s; see \"%s --help\"\n", what.c_str(), app.get_name().c_str());
    return exit_code(Errc::kUsage);
  }
  return std::nullopt;
}

}  // namespace tessera::bench
