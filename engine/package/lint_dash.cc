#include <algorithm>
#include <cstdlib>
#include <optional>

#include "engine/package/hls_read.h"
#include "engine/package/lint_objects.h"
#include "engine/package/mpd_read.h"

namespace tessera::package {
namespace {

std::string folder_of(const std::string& name) {
  const size_t slash = name.find_last_of('/');
  return slash == std::string::npos ? "" : name.substr(0, slash);
}

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kMaxOffsetSeconds = 4'000'000'000;
constexpr int64_t kMaxDurationUs = 1'000'000'000'000'000;

/// Checks one MPD.
class DashLinter {
 public:
  DashLinter(const std::string& name, Objects& objects, Findings& findings)
      : name_(name), objects_(objects), findings_(findings) {}

  NamedTracks run();

 private:
  void check_mpd(const Mpd& mpd);
  const TrackFacts* check_representation(const MpdRepresentation& r);
  void check_attributes(const std::string& where, const MpdRepresentation& r, const TrackFacts& facts);
  void check_timeline(const std::string& where, const MpdRepresentation& r, const TrackFacts& facts);
  void check_length(const Mpd& mpd, const NamedTracks& tracks);
  void expect(const std::string& where, const MpdRepresentation& r, const std::string& attribute,
              const std::string& wanted);

  const std::string name_;
  Objects& objects_;
  Findings& findings_;
  std::optional<int64_t> first_offset_ns_;
};

NamedTracks DashLinter::run() {
  NamedTracks tracks{name_, {}, {}};
  const auto text = objects_.get_text(name_, "job.json");
  if (!text) return tracks;
  const auto mpd = read_mpd(*text);
  if (!mpd) {
    findings_.add(name_, mpd.error().detail);
    return tracks;
  }
  check_mpd(*mpd);
  for (const MpdRepresentation& r : mpd->representations) {
    const TrackFacts* facts = check_representation(r);
    if (facts) (facts->init.video ? tracks.video : tracks.audio).push_back(facts);
  }
  check_length(*mpd, tracks);
  return tracks;
}

void DashLinter::check_mpd(const Mpd& mpd) {
  const auto attribute = [&](const std::string& name) {
    const auto found = mpd.attributes.find(name);
    return found == mpd.attributes.end() ? std::string() : found->second;
  };
  if (attribute("type") != "static") findings_.add(name_, "MPD@type is \"" + attribute("type") + "\"; wanted static");
  if (attribute("profiles").empty()) findings_.add(name_, "no MPD@profiles");
  if (!read_xml_duration(attribute("minBufferTime"))) findings_.add(name_, "no MPD@minBufferTime");
  if (mpd.periods != 1) findings_.add(name_, std::to_string(mpd.periods) + " periods; wanted 1");
  if (mpd.representations.empty()) findings_.add(name_, "no representations");
}

void DashLinter::check_length(const Mpd& mpd, const NamedTracks& tracks) {
  const auto found = mpd.attributes.find("mediaPresentationDuration");
  const auto us = found == mpd.attributes.end() ? Result<int64_t>(0) : read_xml_duration(found->second);
  if (!us || *us == 0 || *us > kMaxDurationUs) {
    findings_.add(name_, "no MPD@mediaPresentationDuration");
    return;
  }
  for (const TrackFacts* facts : tracks.video) {
    const int64_t length_us = (facts->end_ns() - first_offset_ns_.value_or(0)) / 1000;
    if (std::abs(*us - length_us) * 1000 > facts->frame_ns()) {
      findings_.add(name_, "mediaPresentationDuration " + found->second + "; the video of " + facts->init_name +
                               " ends at " + text_of_ns(length_us * 1000));
    }
  }
}

const TrackFacts* DashLinter::check_representation(const MpdRepresentation& r) {
  const std::string where = name_ + ": representation " + r.attribute("id");
  const auto init = resolve_name(folder_of(name_), r.init);
  if (!init) {
    findings_.add(where, "Initialization: " + init.error().detail);
    return nullptr;
  }
  std::vector<std::string> names;
  for (const std::string& media : r.media) {
    const auto name = resolve_name(folder_of(name_), media);
    if (!name) {
      findings_.add(where, name.error().detail);
      return nullptr;
    }
    names.push_back(*name);
  }
  const TrackFacts* facts = objects_.track(*init, names, name_);
  if (!facts) return nullptr;
  check_attributes(where, r, *facts);
  check_timeline(where, r, *facts);
  return facts;
}

void DashLinter::expect(const std::string& where, const MpdRepresentation& r, const std::string& attribute,
                        const std::string& wanted) {
  const std::string found = r.attribute(attribute);
  if (found != wanted) findings_.add(where, attribute + " \"" + found + "\"; the init segment has " + wanted);
}

void DashLinter::check_attributes(const std::string& where, const MpdRepresentation& r, const TrackFacts& facts) {
  const InitInfo& init = facts.init;
  if (init.video) {
    expect(where, r, "width", std::to_string(init.width));
    expect(where, r, "height", std::to_string(init.height));
    if (!parse_rate(r.attribute("frameRate"))) findings_.add(where, "no frameRate");
  } else {
    if (r.attribute("lang").empty()) findings_.add(where, "no lang");
    if (r.attribute("audioSamplingRate").empty()) findings_.add(where, "no audioSamplingRate");
  }
  const std::string codecs = r.attribute("codecs");
  if (init.codecs.empty() ? !codecs.starts_with(init.sample_entry) : codecs != init.codecs) {
    findings_.add(where, "codecs \"" + codecs + "\"; the init segment has " +
                             (init.codecs.empty() ? init.sample_entry : init.codecs));
  }
  if (r.attribute("mimeType") != (init.video ? "video/mp4" : "audio/mp4")) findings_.add(where, "wrong mimeType");
  if (r.attribute("segmentAlignment") != "true") findings_.add(where, "no segmentAlignment");
  if (r.attribute("startWithSAP") != "1") findings_.add(where, "no startWithSAP=\"1\"");

  int64_t longest = 0;
  for (size_t k = 0; k < facts.segments.size(); ++k) longest = std::max(longest, facts.duration(k));
  const int64_t measured = facts.rates(std::max<int64_t>(1, muldiv_round(longest, 1, init.timescale))).peak_bps;
  const auto declared = read_integer(r.attribute("bandwidth"));
  if (!declared || !is_near(*declared, measured)) {
    findings_.add(where, "bandwidth " + r.attribute("bandwidth") + "; the segments have " + std::to_string(measured) +
                             ", wanted within 10 %");
  }
}

int64_t number(const std::map<std::string, std::string>& attributes, const std::string& name, int64_t otherwise) {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return otherwise;
  return read_integer(found->second).value_or(-1);
}

void DashLinter::check_timeline(const std::string& where, const MpdRepresentation& r, const TrackFacts& facts) {
  const int64_t timescale = number(r.list, "timescale", 1);
  if (timescale != facts.init.timescale) {
    findings_.add(where, "timescale " + std::to_string(timescale) + "; the init segment has " +
                             std::to_string(facts.init.timescale));
    return;
  }
  const int64_t offset = number(r.list, "presentationTimeOffset", 0);
  if (offset < 0 || offset / timescale > kMaxOffsetSeconds) {
    findings_.add(where, "presentationTimeOffset is no time");
    return;
  }
  const int64_t offset_ns = muldiv_round(offset, kNsPerSecond, timescale);
  if (!first_offset_ns_) first_offset_ns_ = offset_ns;
  if (offset_ns != *first_offset_ns_) {
    findings_.add(where, "presentationTimeOffset of " + text_of_ns(offset_ns) + "; another representation has " +
                             text_of_ns(*first_offset_ns_));
  }
  if (r.timeline.size() != facts.segments.size()) {
    findings_.add(where, std::to_string(r.timeline.size()) + " S elements for " +
                             std::to_string(facts.segments.size()) + " segments");
    return;
  }
  int64_t time = 0;
  for (size_t k = 0; k < r.timeline.size(); ++k) {
    const auto& s = r.timeline[k].attributes;
    time = number(s, "t", time);
    const int64_t duration = number(s, "d", -1);
    if (s.contains("r")) findings_.add(where, "an S with a repeat count, which dash.js does not count");
    if (time != facts.segments[k].presentation_start || duration != facts.duration(k)) {
      findings_.add(where, "S " + std::to_string(k) + " says t=" + std::to_string(time) +
                               " d=" + std::to_string(duration) + "; " + facts.names[k] +
                               " has t=" + std::to_string(facts.segments[k].presentation_start) +
                               " d=" + std::to_string(facts.duration(k)));
      return;
    }
    time += duration;
  }
}

}  // namespace

NamedTracks lint_dash(const std::string& name, Objects& objects, Findings& findings) {
  return DashLinter(name, objects, findings).run();
}

}  // namespace tessera::package
