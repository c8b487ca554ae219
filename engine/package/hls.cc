#include <algorithm>
#include <cassert>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

#include "engine/package/model.h"
#include "engine/package/rates.h"
#include "engine/package/text.h"

namespace tessera::package {
namespace {

/// Apple's rule for the variant a player starts with: the one nearest to 2 Mb/s, not above.
constexpr int64_t kStartBandwidth = 2'000'000;

/// One AUDIO group: the mixes of one codec, for a variant names the codecs of all it may be played with.
struct AudioGroup {
  std::string id;
  std::string codecs;
  std::vector<size_t> tracks;  ///< indices into Presentation::audio
  Rates largest;
};

std::vector<AudioGroup> group_audio(const Presentation& presentation) {
  std::vector<AudioGroup> groups;
  for (size_t i = 0; i < presentation.audio.size(); ++i) {
    const Track& track = presentation.audio[i];
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.codecs == track.codecs; });
    if (group == groups.end()) {
      groups.push_back({groups.empty() ? "audio" : "audio-" + std::to_string(groups.size() + 1), track.codecs, {}, {}});
      group = groups.end() - 1;
    }
    group->tracks.push_back(i);
    const Rates rates = measure(track);
    group->largest.peak_bps = std::max(group->largest.peak_bps, rates.peak_bps);
    group->largest.average_bps = std::max(group->largest.average_bps, rates.average_bps);
  }
  return groups;
}

void write_media(std::ostream& out, const AudioGroup& group, const Presentation& presentation,
                 const std::vector<std::string>& playlists) {
  std::set<std::string> languages;
  for (const size_t i : group.tracks) {
    const Track& track = presentation.audio[i];
    const bool first_of_language = languages.insert(track.lang).second;
    out << "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=" << hls_quote(group.id) << ",NAME=" << hls_quote(track.id)
        << ",LANGUAGE=" << hls_quote(track.lang.empty() ? "und" : track.lang)
        << ",DEFAULT=" << (i == group.tracks.front() ? "YES" : "NO")
        << ",AUTOSELECT=" << (first_of_language ? "YES" : "NO") << ",CHANNELS=\"" << track.channels
        << "\",URI=" << hls_quote(relative_name(presentation.folder, playlists[presentation.video.size() + i])) << "\n";
  }
}

std::string frame_rate(const Rational& fps) {
  const int64_t thousandths = muldiv_round(fps.num, 1000, fps.den);
  std::string text = std::to_string(thousandths % 1000);
  return std::to_string(thousandths / 1000) + "." + std::string(3 - text.size(), '0') + text;
}

struct Variant {
  int64_t bandwidth = 0;
  std::string lines;
};

Variant make_variant(const Track& video, const AudioGroup* audio, const std::string& uri) {
  const Rates rates = measure(video);
  Variant variant;
  variant.bandwidth = rates.peak_bps + (audio ? audio->largest.peak_bps : 0);
  std::ostringstream out;
  out << "#EXT-X-STREAM-INF:BANDWIDTH=" << variant.bandwidth
      << ",AVERAGE-BANDWIDTH=" << rates.average_bps + (audio ? audio->largest.average_bps : 0)
      << ",CODECS=" << hls_quote(video.codecs + (audio ? "," + audio->codecs : ""));
  if (video.video) {
    out << ",RESOLUTION=" << video.width << "x" << video.height << ",FRAME-RATE=" << frame_rate(video.fps);
  }
  if (audio) out << ",AUDIO=" << hls_quote(audio->id);
  out << ",CLOSED-CAPTIONS=NONE\n" << uri << "\n";
  variant.lines = out.str();
  return variant;
}

/// Players start with the first variant: the best within kStartBandwidth comes first, or else the smallest. The others
/// follow in the presentation's order.
void put_start_first(std::vector<Variant>& variants) {
  auto start = variants.end();
  for (auto it = variants.begin(); it != variants.end(); ++it) {
    if (start == variants.end()) {
      start = it;
      continue;
    }
    const bool fits = it->bandwidth <= kStartBandwidth, best_fits = start->bandwidth <= kStartBandwidth;
    const bool better = fits && best_fits ? it->bandwidth > start->bandwidth : it->bandwidth < start->bandwidth;
    if (fits != best_fits ? fits : better) start = it;
  }
  if (start != variants.end()) std::rotate(variants.begin(), start, start + 1);
}

}  // namespace

std::string hls_media_playlist(const Track& track, const Presentation& presentation,
                               const std::string& playlist_folder) {
  std::ostringstream out;
  out << "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:" << target_duration(presentation)
      << "\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI="
      << hls_quote(relative_name(playlist_folder, track.init)) << "\n";
  if (!presentation.epoch.empty()) {
    const int64_t lead = track.first_tick - presentation.timeline_origin_seconds * track.timescale;
    const auto date_time = shift_date_time(presentation.epoch, ticks_to_us(lead, track.timescale));
    if (date_time) out << "#EXT-X-PROGRAM-DATE-TIME:" << *date_time << "\n";
  }
  // Each duration is the difference of two rounded times, so that no sum of them is off by more than a microsecond.
  int64_t end = 0, end_us = 0;
  for (const Segment& segment : track.segments) {
    end += segment.duration;
    const int64_t next_us = ticks_to_us(end, track.timescale);
    out << "#EXTINF:" << seconds_text(next_us - end_us) << ",\n"
        << relative_name(playlist_folder, segment.name) << "\n";
    end_us = next_us;
  }
  out << "#EXT-X-ENDLIST\n";
  return out.str();
}

std::string hls_multivariant(const Presentation& presentation, const std::vector<std::string>& playlists) {
  assert(playlists.size() == presentation.video.size() + presentation.audio.size());
  std::ostringstream out;
  out << "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n";
  std::vector<AudioGroup> groups;
  if (!presentation.video.empty()) groups = group_audio(presentation);
  for (const AudioGroup& group : groups) write_media(out, group, presentation, playlists);

  std::vector<Variant> variants;
  const auto uri = [&](size_t playlist) { return relative_name(presentation.folder, playlists[playlist]); };
  for (size_t i = 0; i < presentation.video.size(); ++i) {
    if (groups.empty()) variants.push_back(make_variant(presentation.video[i], nullptr, uri(i)));
    for (const AudioGroup& group : groups) variants.push_back(make_variant(presentation.video[i], &group, uri(i)));
  }
  if (presentation.video.empty()) {
    for (size_t i = 0; i < presentation.audio.size(); ++i) {
      variants.push_back(make_variant(presentation.audio[i], nullptr, uri(i)));
    }
  }
  put_start_first(variants);
  for (const Variant& variant : variants) out << variant.lines;
  return out.str();
}

}  // namespace tessera::package
