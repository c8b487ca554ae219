#include "engine/package/lint.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/package/hls_read.h"
#include "engine/package/lint_objects.h"

namespace tessera::package {
namespace {

using Json = nlohmann::json;

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The object that a key of job.json names; empty where there is no such key or the name is none.
std::string named_object(const Json& programme, const char* key, const std::string& where, Findings& findings) {
  if (!programme.contains(key)) return "";
  const auto name = resolve_name("", text_at(programme, key));
  if (name) return *name;
  findings.add(where, std::string(key) + ": " + name.error().detail);
  return "";
}

using ObjectNames = std::vector<std::string>;

std::vector<ObjectNames> object_names(const std::vector<const TrackFacts*>& tracks) {
  std::vector<ObjectNames> all;
  for (const TrackFacts* track : tracks) {
    ObjectNames names{track->init_name};
    names.insert(names.end(), track->names.begin(), track->names.end());
    all.push_back(std::move(names));
  }
  std::sort(all.begin(), all.end());
  return all;
}

void lint_programme(const Json& programme, const std::string& where, Objects& objects, const ReadObject& read,
                    Findings& findings) {
  if (!programme.is_object()) return findings.add(where, "no object");
  if (text_at(programme, "id").empty()) findings.add(where, "no id");
  const std::string hls = named_object(programme, "hls", where, findings);
  const std::string dash = named_object(programme, "dash", where, findings);
  const std::string mp4 = named_object(programme, "mp4", where, findings);
  if (hls.empty() && dash.empty()) findings.add(where, "neither hls nor dash");
  NamedTracks in_hls, in_dash;
  if (!hls.empty()) lint_alignment(in_hls = lint_hls(hls, objects, findings), findings);
  if (!dash.empty()) lint_alignment(in_dash = lint_dash(dash, objects, findings), findings);
  const bool same = object_names(in_hls.video) == object_names(in_dash.video) &&
                    object_names(in_hls.audio) == object_names(in_dash.audio);
  if (!hls.empty() && !dash.empty() && !same) findings.add(dash, "does not name the same objects as " + hls);
  if (!mp4.empty() && !read(mp4)) findings.add(mp4, "named by job.json but can't be read");
}

}  // namespace

Result<std::vector<std::string>> lint(const ReadObject& read) {
  TESSERA_TRY_ASSIGN(const auto text, read("job.json"));
  const Json job = Json::parse(text, nullptr, false);
  if (!job.is_object() || !job.contains("programmes") || !job["programmes"].is_array()) {
    return fail(Errc::kBadInput, "job.json", "no JSON object with a list \"programmes\"");
  }
  Findings findings;
  if (!job.contains("revision") || !job["revision"].is_number_integer()) findings.add("job.json", "no revision");
  if (job["programmes"].empty()) findings.add("job.json", "no programmes");
  Objects objects(read, findings);
  for (size_t i = 0; i < job["programmes"].size(); ++i) {
    lint_programme(job["programmes"][i], "job.json:/programmes/" + std::to_string(i), objects, read, findings);
  }
  return findings.take();
}

}  // namespace tessera::package
