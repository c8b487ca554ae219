#include <algorithm>
#include <optional>

#include "engine/package/hls_read.h"
#include "engine/package/lint_objects.h"
#include "engine/package/text.h"

namespace tessera::package {
namespace {

std::string folder_of(const std::string& name) {
  const size_t slash = name.find_last_of('/');
  return slash == std::string::npos ? "" : name.substr(0, slash);
}

constexpr int64_t kMaxTarget = 3600;

/// A media playlist and the track it lists.
struct Listed {
  std::string name;
  MediaPlaylist playlist;
  const TrackFacts* facts = nullptr;
};

/// Checks one programme's playlists.
class HlsLinter {
 public:
  HlsLinter(const std::string& name, Objects& objects, Findings& findings)
      : master_(name), objects_(objects), findings_(findings) {}

  NamedTracks run();

 private:
  std::optional<Listed> read_listed(const std::string& uri);
  void check_playlist(const Listed& listed);
  void check_durations(const Listed& listed);
  void check_media(const Attributes& media, const Listed& listed);
  void check_variant(const Variant& variant, const Listed& listed);
  void check_video(const std::string& where, const Attributes& attributes, const TrackFacts& facts);
  void check_codecs(const std::string& where, const Attributes& attributes, const TrackFacts& facts);
  void check_rates(const std::string& where, const Attributes& attributes, const TrackFacts& facts);
  void check_target(const Listed& listed);
  bool require(const std::string& where, const Attributes& attributes, const std::string& name);

  const std::string master_;
  Objects& objects_;
  Findings& findings_;
  std::map<std::string, Rates> group_rates_;  ///< the largest of each audio group
  std::map<std::string, std::vector<const TrackFacts*>> groups_;
  std::optional<int64_t> target_s_;
};

NamedTracks HlsLinter::run() {
  NamedTracks tracks{master_, {}, {}};
  const auto text = objects_.get_text(master_, "job.json");
  if (!text) return tracks;
  const auto master = read_multivariant(*text);
  if (!master) {
    findings_.add(master_, master.error().detail);
    return tracks;
  }
  if (!master->independent) findings_.add(master_, "no EXT-X-INDEPENDENT-SEGMENTS");
  if (master->variants.empty()) findings_.add(master_, "no variants");
  for (const Attributes& media : master->media) {
    if (!require(master_ + ": EXT-X-MEDIA", media, "URI")) continue;
    const auto listed = read_listed(media.at("URI"));
    if (!listed) continue;
    check_media(media, *listed);
    if (listed->facts) tracks.audio.push_back(listed->facts);
  }
  for (const Variant& variant : master->variants) {
    const auto listed = read_listed(variant.uri);
    if (!listed) continue;
    check_variant(variant, *listed);
    if (!listed->facts) continue;
    auto& kind = listed->facts->init.video ? tracks.video : tracks.audio;
    if (std::find(kind.begin(), kind.end(), listed->facts) == kind.end()) kind.push_back(listed->facts);
  }
  return tracks;
}

/// Reads a media playlist and its track; nothing where either can't be judged.
std::optional<Listed> HlsLinter::read_listed(const std::string& uri) {
  const auto name = resolve_name(folder_of(master_), uri);
  if (!name) {
    findings_.add(master_, name.error().detail);
    return std::nullopt;
  }
  const auto text = objects_.get_text(*name, master_);
  if (!text) return std::nullopt;
  auto playlist = read_media_playlist(*text);
  if (!playlist) {
    findings_.add(*name, playlist.error().detail);
    return std::nullopt;
  }
  Listed listed{*name, std::move(*playlist), nullptr};
  check_playlist(listed);
  const auto init = resolve_name(folder_of(*name), listed.playlist.map_uri);
  std::vector<std::string> names;
  for (const PlaylistSegment& segment : listed.playlist.segments) {
    const auto object = resolve_name(folder_of(*name), segment.uri);
    if (!object) {
      findings_.add(*name, object.error().detail);
      return listed;
    }
    names.push_back(*object);
  }
  if (!init) return listed;
  listed.facts = objects_.track(*init, names, *name);
  if (listed.facts) check_durations(listed);
  return listed;
}

void HlsLinter::check_playlist(const Listed& listed) {
  const MediaPlaylist& playlist = listed.playlist;
  if (playlist.version < 6) findings_.add(listed.name, "EXT-X-VERSION below 6, which EXT-X-MAP needs");
  if (playlist.map_uri.empty()) findings_.add(listed.name, "no EXT-X-MAP");
  if (playlist.type != "VOD") findings_.add(listed.name, "EXT-X-PLAYLIST-TYPE is not VOD");
  if (!playlist.ended) findings_.add(listed.name, "no EXT-X-ENDLIST");
  check_target(listed);
}

void HlsLinter::check_target(const Listed& listed) {
  const int64_t target = listed.playlist.target_s;
  if (target < 1 || target > kMaxTarget) {
    findings_.add(listed.name, "EXT-X-TARGETDURATION is " + std::to_string(target) + "; wanted 1 to 3600");
    return;
  }
  if (!target_s_) target_s_ = target;
  if (*target_s_ != target) {
    findings_.add(listed.name, "EXT-X-TARGETDURATION " + std::to_string(target) + "; another playlist of " + master_ +
                                   " has " + std::to_string(*target_s_));
  }
  for (const PlaylistSegment& segment : listed.playlist.segments) {
    if (segment.duration_us >= target * kMicrosPerSecond + kMicrosPerSecond / 2) {
      findings_.add(listed.name, segment.uri + " lasts " + seconds_text(segment.duration_us) +
                                     " s, more than EXT-X-TARGETDURATION " + std::to_string(target) + " allows");
    }
  }
}

/// Any run of EXTINF must stay within one frame of the media: so must the differences of the sums from the start.
void HlsLinter::check_durations(const Listed& listed) {
  const TrackFacts& facts = *listed.facts;
  const int64_t frame_us = muldiv_ceil(facts.frame_ns(), 1, 1000);
  int64_t listed_us = 0, ticks = 0, lowest = 0, highest = 0;
  for (size_t k = 0; k < facts.segments.size(); ++k) {
    listed_us += listed.playlist.segments[k].duration_us;
    ticks += facts.duration(k);
    const int64_t actual_us = ticks_to_us(ticks, facts.init.timescale);
    lowest = std::min(lowest, listed_us - actual_us);
    highest = std::max(highest, listed_us - actual_us);
    if (highest - lowest > frame_us) {
      findings_.add(listed.name, "EXTINF up to " + facts.names[k] + " says " + seconds_text(listed_us) +
                                     " s, the media lasts " + seconds_text(actual_us) + " s");
      return;
    }
  }
}

bool HlsLinter::require(const std::string& where, const Attributes& attributes, const std::string& name) {
  if (const auto found = attributes.find(name); found != attributes.end() && !found->second.empty()) return true;
  findings_.add(where, "no " + name);
  return false;
}

void HlsLinter::check_media(const Attributes& media, const Listed& listed) {
  const std::string where = master_ + ": EXT-X-MEDIA " + media.at("URI");
  for (const char* name : {"TYPE", "GROUP-ID", "NAME", "LANGUAGE", "DEFAULT", "AUTOSELECT"}) {
    require(where, media, name);
  }
  if (!media.contains("GROUP-ID")) return;
  const std::string& group = media.at("GROUP-ID");
  groups_[group];
  if (!listed.facts) return;
  const TrackFacts& facts = *listed.facts;
  if (require(where, media, "CHANNELS") && media.at("CHANNELS") != std::to_string(facts.init.channels)) {
    findings_.add(where,
                  "CHANNELS " + media.at("CHANNELS") + "; the init segment has " + std::to_string(facts.init.channels));
  }
  if (facts.init.video) findings_.add(where, "lists video");
  groups_[group].push_back(&facts);
  const Rates rates = facts.rates(target_s_.value_or(1));
  Rates& largest = group_rates_[group];
  largest.peak_bps = std::max(largest.peak_bps, rates.peak_bps);
  largest.average_bps = std::max(largest.average_bps, rates.average_bps);
}

void HlsLinter::check_variant(const Variant& variant, const Listed& listed) {
  const std::string where = master_ + ": variant " + variant.uri;
  const Attributes& attributes = variant.attributes;
  if (const auto audio = attributes.find("AUDIO"); audio != attributes.end() && !groups_.contains(audio->second)) {
    findings_.add(where, "AUDIO group \"" + audio->second + "\" that no EXT-X-MEDIA makes");
  }
  if (!listed.facts) return;
  if (listed.facts->init.video) check_video(where, attributes, *listed.facts);
  check_codecs(where, attributes, *listed.facts);
  check_rates(where, attributes, *listed.facts);
}

void HlsLinter::check_video(const std::string& where, const Attributes& attributes, const TrackFacts& facts) {
  const std::string size = std::to_string(facts.init.width) + "x" + std::to_string(facts.init.height);
  if (require(where, attributes, "RESOLUTION") && attributes.at("RESOLUTION") != size) {
    findings_.add(where, "RESOLUTION " + attributes.at("RESOLUTION") + "; the init segment has " + size);
  }
  if (!require(where, attributes, "FRAME-RATE")) return;
  int64_t samples = 0;
  for (const SegmentInfo& segment : facts.segments) samples += segment.samples;
  const int64_t ticks = facts.segments.back().decode_end - facts.segments.front().decode_start;
  const int64_t measured = ticks > 0 ? muldiv_round(samples * kMicrosPerSecond, facts.init.timescale, ticks) : 0;
  const auto declared = read_seconds(attributes.at("FRAME-RATE"));
  if (!declared || std::abs(*declared - measured) > 1000) {
    findings_.add(where, "FRAME-RATE " + attributes.at("FRAME-RATE") + "; the segments have " + seconds_text(measured));
  }
}

bool lists_codec(const std::string& codecs, const InitInfo& init) {
  size_t begin = 0;
  while (begin <= codecs.size()) {
    const size_t end = std::min(codecs.find(',', begin), codecs.size());
    const std::string one = codecs.substr(begin, end - begin);
    if (init.codecs.empty() ? one.starts_with(init.sample_entry) : one == init.codecs) return true;
    begin = end + 1;
  }
  return false;
}

void HlsLinter::check_codecs(const std::string& where, const Attributes& attributes, const TrackFacts& facts) {
  if (!require(where, attributes, "CODECS")) return;
  std::vector<const TrackFacts*> all{&facts};
  if (const auto audio = attributes.find("AUDIO"); audio != attributes.end()) {
    const auto& group = groups_[audio->second];
    all.insert(all.end(), group.begin(), group.end());
  }
  for (const TrackFacts* one : all) {
    if (lists_codec(attributes.at("CODECS"), one->init)) continue;
    findings_.add(where, "CODECS \"" + attributes.at("CODECS") + "\" without the " +
                             (one->init.codecs.empty() ? one->init.sample_entry : one->init.codecs) + " of " +
                             one->init_name);
  }
}

void HlsLinter::check_rates(const std::string& where, const Attributes& attributes, const TrackFacts& facts) {
  Rates rates = facts.rates(target_s_.value_or(1));
  if (const auto audio = attributes.find("AUDIO"); audio != attributes.end()) {
    rates.peak_bps += group_rates_[audio->second].peak_bps;
    rates.average_bps += group_rates_[audio->second].average_bps;
  }
  for (const auto& [name, measured] :
       {std::pair<std::string, int64_t>{"BANDWIDTH", rates.peak_bps}, {"AVERAGE-BANDWIDTH", rates.average_bps}}) {
    if (!require(where, attributes, name)) continue;
    const auto declared = read_integer(attributes.at(name));
    if (!declared || !is_near(*declared, measured)) {
      findings_.add(where, name + " " + attributes.at(name) + "; the segments have " + std::to_string(measured) +
                               ", wanted within 10 %");
    }
  }
}

}  // namespace

NamedTracks lint_hls(const std::string& name, Objects& objects, Findings& findings) {
  return HlsLinter(name, objects, findings).run();
}

}  // namespace tessera::package
