#pragma once

#include <string>
#include <vector>

#include "bench/show.h"

/// The command lines that are measured: one an engine and stage.
namespace tessera::bench {

/// How far an engine goes.
enum class Stage {
  kDecode,   ///< every picture of the guests is decoded
  kCompose,  ///< and composed and scaled to all renditions
  kFull,     ///< and encoded and written, with sound
};
inline constexpr std::array<Stage, 3> kStages{Stage::kDecode, Stage::kCompose, Stage::kFull};
const char* name_of(Stage stage);

struct Engine {
  std::string name;  ///< "tessera", "ffmpeg"
  std::vector<std::string> (*command)(Stage stage, const BenchShow& show, const std::string& folder);
};

/// The folder's job.json with the programs beside the one that runs.
std::vector<std::string> tessera_command(Stage stage, const BenchShow& show, const std::string& folder);

/// Stock ffmpeg: a filter graph that crops each guest, scales what is left, and stacks the tiles.
std::vector<std::string> ffmpeg_command(Stage stage, const BenchShow& show, const std::string& folder);

/// GStreamer's compositor. The overlay plays once and then stands still, which is less work than the others have: a
/// QuickTime file can't be made to repeat on a command line.
std::vector<std::string> gstreamer_command(Stage stage, const BenchShow& show, const std::string& folder);

/// The ffmpeg filter graph up to its four renditions [r0] to [r3]; the overlay is the fifth input.
std::string ffmpeg_graph(const BenchShow& show);

/// Those that this machine has, tessera first.
std::vector<Engine> engines();

}  // namespace tessera::bench
