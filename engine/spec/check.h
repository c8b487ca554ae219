#pragma once

#include <string>
#include <vector>

#include "engine/spec/findings.h"
#include "engine/spec/job.h"

/// What no single row of the field table can say. Private to engine/spec.
namespace tessera::spec {

/// Fills the defaults that depend on other fields.
void fill_derived(Job& job);

/// Findings about fields that contradict each other or name what is not there. Values that were wrong on their own are
/// passed over: they have a finding already. Call it before fill_derived() takes away what was given and what was not.
void check_job(const Job& job, const Report& report);

/// The part of check_job() about one programme's renditions.
void check_ladder(const Programme& programme, const Report& report);

/// The part of check_job() about GOPs and segments.
void check_packaging(const Job& job, const Report& report);

}  // namespace tessera::spec
