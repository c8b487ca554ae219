#include "engine/package/mpd_read.h"

#include <expat.h>

#include <memory>

#include "engine/package/hls_read.h"

namespace tessera::package {
namespace {

using Map = std::map<std::string, std::string>;

tl::unexpected<Error> bad(const std::string& detail) { return fail(Errc::kBadInput, "package.mpd", detail); }

/// Builds an Mpd from expat's callbacks.
struct Builder {
  Mpd mpd;
  Map set;
  bool in_representation = false;
  bool wrong_root = false;
  int depth = 0;

  void start(const std::string& name, Map attributes) {
    if (depth++ == 0) {
      wrong_root = name != "MPD";
      mpd.attributes = std::move(attributes);
      return;
    }
    if (name == "Period") ++mpd.periods;
    if (name == "AdaptationSet") set = std::move(attributes);
    if (name == "Representation") {
      mpd.representations.push_back({});
      mpd.representations.back().set = set;
      mpd.representations.back().attributes = std::move(attributes);
      in_representation = true;
    }
    if (!in_representation) return;
    MpdRepresentation& r = mpd.representations.back();
    if (name == "SegmentList") r.list = std::move(attributes);
    if (name == "Initialization") r.init = attributes["sourceURL"];
    if (name == "S") r.timeline.push_back({std::move(attributes)});
    if (name == "SegmentURL") r.media.push_back(attributes["media"]);
  }

  void end(const std::string& name) {
    --depth;
    if (name == "Representation") in_representation = false;
  }
};

void on_start(void* user, const XML_Char* name, const XML_Char** attributes) {
  Map map;
  for (; attributes[0]; attributes += 2) map[attributes[0]] = attributes[1];
  static_cast<Builder*>(user)->start(name, std::move(map));
}

void on_end(void* user, const XML_Char* name) { static_cast<Builder*>(user)->end(name); }

}  // namespace

std::string MpdRepresentation::attribute(const std::string& name) const {
  if (const auto own = attributes.find(name); own != attributes.end()) return own->second;
  const auto inherited = set.find(name);
  return inherited == set.end() ? "" : inherited->second;
}

Result<Mpd> read_mpd(std::string_view text) {
  constexpr size_t kMaxBytes = 256u << 20;
  if (text.size() > kMaxBytes) return bad(std::to_string(text.size()) + " bytes; wanted 256 MiB at most");
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreate(nullptr), XML_ParserFree);
  if (!parser) return fail(Errc::kCapacity, "package.mpd", "no memory for an XML parser", true);
  Builder builder;
  XML_SetUserData(parser.get(), &builder);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 1) != XML_STATUS_OK) {
    return bad("line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " +
               XML_ErrorString(XML_GetErrorCode(parser.get())));
  }
  if (builder.wrong_root) return bad("the root element is not MPD");
  return std::move(builder.mpd);
}

Result<int64_t> read_xml_duration(std::string_view text) {
  const std::string shown = "\"" + std::string(text.substr(0, 40)) + "\"; wanted a duration like PT12.5S";
  if (!text.starts_with("PT") || text.size() < 4) return bad(shown);
  text.remove_prefix(2);
  int64_t us = 0;
  constexpr std::string_view kUnits = "HMS";
  constexpr int64_t kSeconds[] = {3600, 60, 1};
  size_t next_unit = 0;
  while (!text.empty()) {
    const size_t at = text.find_first_of(kUnits);
    if (at == std::string_view::npos) return bad(shown);
    const size_t unit = kUnits.find(text[at]);
    const auto value = read_seconds(text.substr(0, at));
    if (!value || unit < next_unit) return bad(shown);
    us += *value * kSeconds[unit];
    next_unit = unit + 1;
    text.remove_prefix(at + 1);
  }
  return us;
}

}  // namespace tessera::package
