#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace tessera::package {

/// Reads one published object by name; an error means: it is not there.
using ReadObject = std::function<Result<std::vector<uint8_t>>(const std::string& name)>;

/// Checks a published ladder against the HLS and DASH rules of notes/packaging.md section 1 and DESIGN.md section 7:
/// every named object is there; EXTINF against the segment's own duration; BANDWIDTH and AVERAGE-BANDWIDTH within 10 %
/// of what the bytes say; attributes present; target duration; boundaries aligned over renditions; tfdt continuous;
/// every segment begins with a sync sample; MPD and HLS name the same objects.
/// One line a finding; empty: clean. Starts from job.json.
Result<std::vector<std::string>> lint(const ReadObject& read);

}  // namespace tessera::package
