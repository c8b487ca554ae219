#pragma once

namespace tessera::bench {

/// `tessera-bench compare`: tessera and its peers on the same show, files and settings, in turn in one run.
/// @param argv the command's own words: argv[0] is "compare", or the program where no command was named
/// @return the exit code
int compare_main(int argc, char** argv);

}  // namespace tessera::bench
