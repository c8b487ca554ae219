#pragma once

#include <stop_token>

#include "engine/base/log.h"
#include "engine/origin/origin.h"
#include "engine/pipeline/ledger.h"
#include "engine/pipeline/plan.h"
#include "engine/pipeline/stats.h"

namespace tessera::pipeline {

/// Mixes, encodes in one go, boxes and publishes one mix of the show.
/// Memory does not grow with the show's length. @retval kDrained `stop` was requested
Result<Record> render_mix(const OpenShow& show, const ShowPlan& plan, const spec::Mix& mix, origin::Origin& origin,
                          Stats& stats, std::stop_token stop, Log& log);

}  // namespace tessera::pipeline
