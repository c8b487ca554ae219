#pragma once

#include <string>

#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/pipeline/heartbeat.h"
#include "engine/pipeline/open_show.h"

namespace tessera::pipeline {

/// What `tessera plan` tells, in two spellings.
struct PlanReport {
  std::string text;  ///< for people
  std::string json;  ///< one object
};

/// Programmes, renditions and chunks with their digests; what a render would do and roughly what it would cost: pixels
/// to compose and to encode, bytes of output. With `out` not empty also which chunks its ledger has already. No picture
/// is decoded; nothing is written but the index cache.
/// @param device as for render: a CUDA device may encode what software would else
/// @param heartbeat told while that is found out
Result<PlanReport> report_plan(const std::string& job, const std::string& out, const std::string& device,
                               const OpenOptions& options, Heartbeat& heartbeat, Log& log);

}  // namespace tessera::pipeline
