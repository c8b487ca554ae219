#include "engine/pipeline/publish.h"

#include <algorithm>
#include <tuple>

#include <nlohmann/json.hpp>

#include "engine/ladder/render_version.h"
#include "engine/media/box.h"
#include "engine/package/model.h"
#include "engine/pipeline/archive.h"

namespace tessera::pipeline {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kPlaylistType = "application/vnd.apple.mpegurl";

double seconds(Micros us) { return static_cast<double>(us) / static_cast<double>(kMicrosPerSecond); }

/// A programme's tracks over all its chunks, highest rendition first, with the mixes it refers to.
package::Presentation presentation_of(const OpenShow& show, const ProgrammePlan& plan,
                                      const std::vector<Record>& chunks, const std::vector<Record>& mixes) {
  package::Presentation p;
  p.id = plan.programme->id;
  p.folder = plan.programme->id;
  const Rational fps = plan.programme->canvas.fps;
  p.duration = Rational{plan.frames * fps.den, fps.num};
  p.timeline_origin_seconds = media::kTimelineOriginSeconds;
  p.epoch = show.show.job.epoch;
  p.video = chunks.front().tracks;
  for (size_t c = 1; c < chunks.size(); ++c) {
    for (size_t r = 0; r < p.video.size(); ++r) {
      const auto& segments = chunks[c].tracks[r].segments;
      p.video[r].segments.insert(p.video[r].segments.end(), segments.begin(), segments.end());
    }
  }
  std::stable_sort(p.video.begin(), p.video.end(), [](const package::Track& a, const package::Track& b) {
    return std::pair(int64_t{a.width} * a.height, package::measure(a).average_bps) >
           std::pair(int64_t{b.width} * b.height, package::measure(b).average_bps);
  });
  for (const std::string& id : plan.programme->mixes) {
    for (const Record& mix : mixes) {
      if (mix.owner == id) p.audio.push_back(mix.tracks.front());
    }
  }
  return p;
}

/// Every chunk must have been made with the same parameter sets, for there is one init segment.
Result<void> check_inits(const std::vector<Record>& chunks) {
  for (const Record& chunk : chunks) {
    for (size_t r = 0; r < chunk.tracks.size(); ++r) {
      if (chunk.tracks[r].init != chunks.front().tracks[r].init) {
        return fail(Errc::kInternal, "publish",
                    "chunk " + std::to_string(chunk.index) + " of " + chunk.owner + "/" + chunk.tracks[r].id +
                        " has another init segment than chunk 0");
      }
    }
  }
  return {};
}

Json track_json(const package::Track& track, const std::string& playlist) {
  const package::Rates rates = package::measure(track);
  Sha256Hasher names;
  for (const package::Segment& segment : track.segments) names.add(segment.name + "\n");
  Json json = {{"id", track.id},
               {"codecs", track.codecs},
               {"init", track.init},
               {"segments", track.segments.size()},
               {"segments_sha256", names.finish().hex()},
               {"average_bps", rates.average_bps},
               {"peak_bps", rates.peak_bps}};
  if (!playlist.empty()) json["playlist"] = playlist;
  if (track.video) {
    json["width"] = track.width;
    json["height"] = track.height;
    json["fps"] = format_rate(track.fps);
  } else {
    json["lang"] = track.lang;
  }
  return json;
}

/// Publishes what is named by content; the two replaced ones come later, in the order DESIGN.md gives.
Result<std::vector<std::string>> put_media_playlists(const package::Presentation& p, origin::Origin& origin) {
  std::vector<std::string> names;
  for (const auto* tracks : {&p.video, &p.audio}) {
    for (const package::Track& track : *tracks) {
      const std::string text = package::hls_media_playlist(track, p, "media");
      TESSERA_TRY_ASSIGN(std::string name, put_object(origin, as_bytes(text), ".m3u8"));
      names.push_back(std::move(name));
    }
  }
  return names;
}

Json programme_json(const package::Presentation& p, const ProgrammePlan& plan, const spec::Packaging& packaging,
                    const std::vector<std::string>& playlists, const std::string& archive) {
  Json json = {{"id", p.id}, {"frames", plan.frames}, {"fps", format_rate(plan.programme->canvas.fps)}};
  if (packaging.hls) json["hls"] = p.folder + "/master.m3u8";
  if (packaging.dash) json["dash"] = p.folder + "/manifest.mpd";
  if (!archive.empty()) json["mp4"] = archive;
  Json renditions = Json::array();
  Json mixes = Json::array();
  for (size_t i = 0; i < p.video.size(); ++i) {
    renditions.push_back(track_json(p.video[i], playlists.empty() ? "" : playlists[i]));
  }
  for (size_t i = 0; i < p.audio.size(); ++i) {
    mixes.push_back(track_json(p.audio[i], playlists.empty() ? "" : playlists[p.video.size() + i]));
  }
  json["renditions"] = renditions;
  json["mixes"] = mixes;
  return json;
}

std::vector<Degraded> all_degraded(const OpenShow& show, const ShowRecords& records) {
  std::vector<Degraded> all = show.degraded;
  for (const auto& chunks : records.chunks) {
    for (const Record& chunk : chunks) all.insert(all.end(), chunk.degraded.begin(), chunk.degraded.end());
  }
  // A span cut by a chunk's end goes on in the next chunk: one line for both.
  std::sort(all.begin(), all.end(), [](const Degraded& a, const Degraded& b) {
    return std::tie(a.take, a.reason, a.start, a.end) < std::tie(b.take, b.reason, b.start, b.end);
  });
  std::vector<Degraded> merged;
  for (const Degraded& d : all) {
    if (!merged.empty() && merged.back().take == d.take && merged.back().reason == d.reason &&
        d.start <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, d.end);
    } else {
      merged.push_back(d);
    }
  }
  std::sort(merged.begin(), merged.end());
  return merged;
}

Json job_json(const OpenShow& show, const Json& programmes, const std::vector<Degraded>& degraded) {
  Json lines = Json::array();
  for (const Degraded& d : degraded) {
    lines.push_back({{"take", d.take}, {"start", seconds(d.start)}, {"end", seconds(d.end)}, {"reason", d.reason}});
  }
  Json events = Json::array();
  for (const spec::Event& event : show.show.events) events.push_back({{"t", seconds(event.t)}, {"type", event.type}});
  return {{"version", 1},
          {"id", show.show.job.id},
          {"revision", 1},
          {"status", "done"},
          {"duration", seconds(show.duration)},
          {"render_version", ladder::render_version()},
          {"programmes", programmes},
          {"degraded", lines},
          {"timeline", events}};
}

/// The job.json that is there, or null.
Result<Json> existing_job(origin::Origin& origin) {
  TESSERA_TRY_ASSIGN(const bool there, origin.exists("job.json"));
  if (!there) return Json();
  TESSERA_TRY_ASSIGN(const auto text, origin.get("job.json"));
  const Json json = Json::parse(text, nullptr, false);
  return json.is_object() && json.contains("revision") && json["revision"].is_number_integer() ? json : Json();
}

struct Manifests {
  std::string folder, mpd, master;
};

Result<void> replace_manifests(const std::vector<Manifests>& all, origin::Origin& origin) {
  for (const Manifests& m : all) {
    if (!m.mpd.empty())
      TESSERA_TRY(origin.replace(m.folder + "/manifest.mpd", as_bytes(m.mpd), "application/dash+xml"));
  }
  for (const Manifests& m : all) {
    if (!m.master.empty()) TESSERA_TRY(origin.replace(m.folder + "/master.m3u8", as_bytes(m.master), kPlaylistType));
  }
  return {};
}

}  // namespace

Result<Published> publish(const OpenShow& show, const ShowPlan& plan, const ShowRecords& records,
                          origin::Origin& origin, Stats& stats) {
  const AddTime<monotonic_ns> time(stats.publish_wall_ns);
  const spec::Packaging& packaging = show.show.job.packaging;
  Json programmes = Json::array();
  std::vector<Manifests> manifests;
  for (size_t i = 0; i < plan.programmes.size(); ++i) {
    TESSERA_TRY(check_inits(records.chunks[i]));
    const package::Presentation p = presentation_of(show, plan.programmes[i], records.chunks[i], records.mixes);
    std::string archive;
    if (packaging.mp4) {
      TESSERA_TRY_ASSIGN(archive, put_archive(p, origin));
    }
    Manifests m{p.folder, "", ""};
    std::vector<std::string> playlists;
    if (packaging.hls) {
      TESSERA_TRY_ASSIGN(playlists, put_media_playlists(p, origin));
      m.master = package::hls_multivariant(p, playlists);
    }
    if (packaging.dash) m.mpd = package::dash_mpd(p);
    manifests.push_back(m);
    programmes.push_back(programme_json(p, plan.programmes[i], packaging, playlists, archive));
  }

  Published published;
  published.degraded = all_degraded(show, records);
  Json job = job_json(show, programmes, published.degraded);
  TESSERA_TRY_ASSIGN(const Json before, existing_job(origin));
  if (before.is_object()) job["revision"] = before["revision"];
  published.changed = job != before;
  if (before.is_object() && published.changed) job["revision"] = before["revision"].get<int64_t>() + 1;
  published.revision = job["revision"];
  // Unchanged manifests are replaced by themselves: a kill between two of them must not leave a mixture.
  TESSERA_TRY(replace_manifests(manifests, origin));
  if (published.changed) TESSERA_TRY(origin.replace("job.json", as_bytes(job.dump(2) + "\n"), "application/json"));
  return published;
}

}  // namespace tessera::pipeline
