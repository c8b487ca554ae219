#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

/// Reads back a DASH MPD (ISO/IEC 23009-1) of SegmentLists, as much as a linter of our own output needs. The text is
/// not trusted.
namespace tessera::package {

struct MpdRepresentation {
  std::map<std::string, std::string> set;         ///< the AdaptationSet's attributes
  std::map<std::string, std::string> attributes;  ///< the Representation's
  std::map<std::string, std::string> list;        ///< the SegmentList's
  std::string init;                               ///< Initialization@sourceURL
  struct Entry {
    std::map<std::string, std::string> attributes;
  };
  std::vector<Entry> timeline;     ///< the S elements
  std::vector<std::string> media;  ///< SegmentURL@media

  /// From the Representation, or else from its AdaptationSet; empty where neither has it.
  std::string attribute(const std::string& name) const;
};

struct Mpd {
  std::map<std::string, std::string> attributes;  ///< of the MPD element
  int periods = 0;
  std::vector<MpdRepresentation> representations;
};

/// @retval kBadInput no well-formed XML, or not an MPD; the detail names the line
Result<Mpd> read_mpd(std::string_view text);

/// "PT1H2M3.5S" as microseconds.
Result<int64_t> read_xml_duration(std::string_view text);

}  // namespace tessera::package
