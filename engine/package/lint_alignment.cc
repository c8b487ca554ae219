#include <algorithm>
#include <cstdlib>

#include "engine/package/lint_objects.h"

namespace tessera::package {
namespace {

/// Renditions of a picture: exactly the same boundaries.
void compare_video(const TrackFacts& track, const TrackFacts& first, const std::string& manifest, Findings& findings) {
  for (size_t k = 0; k < std::min(track.segments.size(), first.segments.size()); ++k) {
    if (track.start_ns(k) == first.start_ns(k)) continue;
    findings.add(manifest, track.names[k] + " begins at " + text_of_ns(track.start_ns(k)) + ", " + first.names[k] +
                               " of another rendition at " + text_of_ns(first.start_ns(k)));
    return;
  }
  if (track.end_ns() != first.end_ns()) {
    findings.add(manifest, "the rendition of " + track.init_name + " ends at " + text_of_ns(track.end_ns()) +
                               ", that of " + first.init_name + " at " + text_of_ns(first.end_ns()));
  }
}

/// Sound against picture: boundaries within one coded audio frame, no less of it than of the picture.
void compare_audio(const TrackFacts& audio, const TrackFacts& video, const std::string& manifest, Findings& findings) {
  const int64_t frame = audio.frame_ns();
  for (size_t k = 0; k < std::min(audio.segments.size(), video.segments.size()); ++k) {
    if (std::abs(audio.start_ns(k) - video.start_ns(k)) <= frame) continue;
    findings.add(manifest, audio.names[k] + " begins at " + text_of_ns(audio.start_ns(k)) + ", the picture's " +
                               video.names[k] + " at " + text_of_ns(video.start_ns(k)) + ", wanted within " +
                               text_of_ns(frame));
    return;
  }
  if (audio.start_ns(0) > video.start_ns(0)) {
    findings.add(manifest, "the sound of " + audio.init_name + " begins after the picture");
  }
  if (std::abs(audio.end_ns() - video.end_ns()) > frame + video.frame_ns()) {
    findings.add(manifest, "the sound of " + audio.init_name + " ends at " + text_of_ns(audio.end_ns()) +
                               ", the picture at " + text_of_ns(video.end_ns()));
  }
}

}  // namespace

void lint_alignment(const NamedTracks& tracks, Findings& findings) {
  std::vector<const TrackFacts*> all = tracks.video;
  all.insert(all.end(), tracks.audio.begin(), tracks.audio.end());
  for (const TrackFacts* track : all) {
    if (track->segments.size() == all.front()->segments.size()) continue;
    findings.add(tracks.manifest, "the track of " + track->init_name + " has " +
                                      std::to_string(track->segments.size()) + " segments, that of " +
                                      all.front()->init_name + " has " + std::to_string(all.front()->segments.size()));
  }
  if (tracks.video.empty()) return;
  for (const TrackFacts* track : tracks.video) compare_video(*track, *tracks.video.front(), tracks.manifest, findings);
  for (const TrackFacts* track : tracks.audio) compare_audio(*track, *tracks.video.front(), tracks.manifest, findings);
}

}  // namespace tessera::package
