#pragma once

#include <vector>

#include "engine/origin/origin.h"
#include "engine/pipeline/ledger.h"
#include "engine/pipeline/plan.h"
#include "engine/pipeline/stats.h"

namespace tessera::pipeline {

/// Every record of a finished show, in order.
struct ShowRecords {
  std::vector<std::vector<Record>> chunks;  ///< [programme][chunk]
  std::vector<Record> mixes;                ///< in the job's order
};

struct Published {
  int64_t revision = 0;
  bool changed = false;  ///< false: job.json already said exactly this and was left alone
  std::vector<Degraded> degraded;
};

/// Writes playlists, MPD, multivariant playlist and, last, job.json (DESIGN.md section 7). Also the MP4 archive where
/// the job asks for it. Everything it names is there already.
Result<Published> publish(const OpenShow& show, const ShowPlan& plan, const ShowRecords& records,
                          origin::Origin& origin, Stats& stats);

}  // namespace tessera::pipeline
