#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/peers.h"
#include "bench/process.h"

/// What a comparison found: numbers to JSON, to a table, to bars.
namespace tessera::bench {

/// One engine's runs, in turn; run k of every engine belongs together.
using Runs = std::vector<Usage>;

struct Comparison {
  BenchShow show;
  std::vector<std::string> engines;                   ///< "tessera" first
  std::map<std::string, std::map<Stage, Runs>> runs;  ///< by engine
  std::map<std::string, std::string> failed;          ///< peers left out, and the command that failed
  std::map<std::string, double> ssim;                 ///< of the largest rendition against the engine's own frames
};

/// Everything: machine, settings, per stage and engine CPU seconds, wall seconds and peak memory, each as min, median
/// and max over the runs, and tessera's ratio to each peer, run by run; compose = compose stage less decode stage.
nlohmann::ordered_json to_json(const Comparison& comparison);

/// A table for people, of what to_json() gives.
std::string to_table(const nlohmann::ordered_json& report);

/// The medians as bars: an SVG of what to_json() gives.
std::string to_svg(const nlohmann::ordered_json& report);

}  // namespace tessera::bench
