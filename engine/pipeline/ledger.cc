#include "engine/pipeline/ledger.h"

#include <nlohmann/json.hpp>

namespace tessera::pipeline {
namespace {

using Json = nlohmann::ordered_json;

std::string name_of(const Sha256& digest) { return "ledger/" + digest.hex() + ".json"; }

Json to_json(const package::Track& track) {
  Json segments = Json::array();
  for (const package::Segment& s : track.segments) {
    segments.push_back({{"name", s.name}, {"bytes", s.bytes}, {"duration", s.duration}});
  }
  return {{"id", track.id},
          {"video", track.video},
          {"codecs", track.codecs},
          {"timescale", track.timescale},
          {"first_tick", track.first_tick},
          {"init", track.init},
          {"init_bytes", track.init_bytes},
          {"width", track.width},
          {"height", track.height},
          {"fps", {track.fps.num, track.fps.den}},
          {"lang", track.lang},
          {"channels", track.channels},
          {"sample_rate", track.sample_rate},
          {"segments", segments}};
}

package::Track track_from(const Json& json) {
  package::Track track;
  track.id = json.at("id");
  track.video = json.at("video");
  track.codecs = json.at("codecs");
  track.timescale = json.at("timescale");
  track.first_tick = json.at("first_tick");
  track.init = json.at("init");
  track.init_bytes = json.at("init_bytes");
  track.width = json.at("width");
  track.height = json.at("height");
  track.fps = {json.at("fps").at(0), json.at("fps").at(1)};
  track.lang = json.at("lang");
  track.channels = json.at("channels");
  track.sample_rate = json.at("sample_rate");
  for (const Json& s : json.at("segments")) {
    track.segments.push_back({s.at("name"), s.at("bytes"), s.at("duration")});
  }
  return track;
}

std::string to_text(const Record& record) {
  Json tracks = Json::array();
  for (const package::Track& track : record.tracks) tracks.push_back(to_json(track));
  Json degraded = Json::array();
  for (const Degraded& d : record.degraded) {
    degraded.push_back({{"take", d.take}, {"start", d.start}, {"end", d.end}, {"reason", d.reason}});
  }
  const Json json = {{"version", 1},          {"kind", record.kind}, {"owner", record.owner},
                     {"index", record.index}, {"tracks", tracks},    {"degraded", degraded}};
  return json.dump(1) + "\n";
}

/// Empty where the text is no record: it is then rendered again rather than believed.
std::optional<Record> record_from(const std::vector<uint8_t>& text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("version") != 1) return std::nullopt;
    Record record;
    record.kind = json.at("kind");
    record.owner = json.at("owner");
    record.index = json.at("index");
    for (const Json& track : json.at("tracks")) record.tracks.push_back(track_from(track));
    for (const Json& d : json.at("degraded")) {
      record.degraded.push_back({d.at("take"), d.at("start"), d.at("end"), d.at("reason")});
    }
    return record;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

bool is_sane(const Record& record) {
  for (const package::Track& track : record.tracks) {
    if (track.timescale < 1 || track.fps.den < 1 || !origin::is_valid_name(track.init) || track.segments.empty()) {
      return false;
    }
    for (const package::Segment& s : track.segments) {
      if (!origin::is_valid_name(s.name) || s.bytes < 1 || s.duration < 1) return false;
    }
  }
  return !record.tracks.empty();
}

Result<bool> all_there(origin::Origin& origin, const Record& record) {
  for (const package::Track& track : record.tracks) {
    TESSERA_TRY_ASSIGN(const bool init_there, origin.exists(track.init));
    if (!init_there) return false;
    for (const package::Segment& segment : track.segments) {
      TESSERA_TRY_ASSIGN(const bool there, origin.exists(segment.name));
      if (!there) return false;
    }
  }
  return true;
}

}  // namespace

Result<std::optional<Record>> Ledger::find(const Sha256& digest) {
  TESSERA_TRY_ASSIGN(const bool there, origin_.exists(name_of(digest)));
  if (!there) return std::optional<Record>();
  TESSERA_TRY_ASSIGN(const auto text, origin_.get(name_of(digest)));
  std::optional<Record> record = record_from(text);
  if (!record || !is_sane(*record)) return std::optional<Record>();
  TESSERA_TRY_ASSIGN(const bool complete, all_there(origin_, *record));
  return complete ? record : std::nullopt;
}

Result<Record> Ledger::commit(const Sha256& digest, const Record& record) {
  const std::string text = to_text(record);
  TESSERA_TRY_ASSIGN(const auto put, origin_.put_once(name_of(digest), as_bytes(text), "application/json"));
  if (put == origin::Origin::Put::kCreated) return record;
  TESSERA_TRY_ASSIGN(std::optional<Record> first, find(digest));
  if (first) return *std::move(first);
  // What is there is damaged or names objects that are gone: ours takes its place.
  TESSERA_TRY(origin_.replace(name_of(digest), as_bytes(text), "application/json"));
  return record;
}

Result<std::string> put_object(origin::Origin& origin, Bytes data, const std::string& ending) {
  const std::string name = "media/" + sha256(data).hex() + ending;
  TESSERA_TRY(origin.put_once(name, data, origin::content_type_of(name)));
  return name;
}

}  // namespace tessera::pipeline
