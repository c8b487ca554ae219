#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/package/lint.h"
#include "engine/package/model.h"

namespace tessera::package {

/// A published programme in memory: 6 s at 30 fps in segments of 2 s, two renditions and one mix, encoded and boxed by
/// the stock `ffmpeg` program and cut at its fragments. Made once a process.
struct Ladder {
  std::map<std::string, std::string> objects;
  Presentation presentation;
  std::vector<std::string> playlists;  ///< object names: 112p, 56p, main

  ReadObject reader() const;
  std::string text(const std::string& name) const { return objects.at(name); }
};

const Ladder& sample_ladder();

/// The standard output of a shell command; fails the test where the command fails.
std::string run_command(const std::string& command);

}  // namespace tessera::package
