#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/rational.h"
#include "engine/base/result.h"

/// One model of a published programme; HLS and DASH are two spellings of it. Values only, no I/O.
namespace tessera::package {

/// One segment as published.
struct Segment {
  std::string name;  ///< object name from the origin's root: "media/<sha256>.m4s"
  int64_t bytes = 0;
  int64_t duration = 0;  ///< ticks of the track's timescale
};

/// One track: a rendition's video or a mix's audio.
struct Track {
  std::string id;  ///< rendition name or mix id
  bool video = true;
  std::string codecs;         ///< RFC 6381
  int64_t timescale = 90000;  ///< ticks a second
  int64_t first_tick = 0;     ///< media time of the first sample; audio priming makes it lie before show time 0
  std::string init;           ///< object name
  int64_t init_bytes = 0;
  std::vector<Segment> segments;  ///< index k covers the same span in every track of a programme
  int width = 0, height = 0;
  Rational fps{0, 1};
  std::string lang;  ///< audio: BCP 47
  int channels = 0, sample_rate = 0;
};

/// A programme's presentation: the same objects for HLS and DASH.
struct Presentation {
  std::string id;                       ///< programme id
  std::string folder;                   ///< where master.m3u8 and manifest.mpd lie, from the root: "portrait"
  Rational duration;                    ///< seconds
  int64_t timeline_origin_seconds = 1;  ///< media time of show time 0
  std::string epoch;                    ///< RFC 3339, may be empty
  std::vector<Track> video;             ///< highest first
  std::vector<Track> audio;
};

/// Bits a second of a track: the largest of any segment, and over all (RFC 8216 4.3.4.2; Apple 9.13-9.15).
struct Rates {
  int64_t peak_bps = 0;
  int64_t average_bps = 0;
};
Rates measure(const Track& track);

/// A media playlist (VOD, EXT-X-MAP, EXTINF in exact decimal). Segment uris are relative to `playlist_folder`.
std::string hls_media_playlist(const Track& track, const Presentation& presentation,
                               const std::string& playlist_folder);

/// The multivariant playlist. `playlists` are the media playlists' object names: first one per video track, then one
/// per audio track.
std::string hls_multivariant(const Presentation& presentation, const std::vector<std::string>& playlists);

/// The MPD: SegmentList with SegmentTimeline, one S per segment, presentationTimeOffset = the timeline's origin.
std::string dash_mpd(const Presentation& presentation);

/// `to` as a relative reference from a file in `folder`; both are object names from the root.
std::string relative_name(const std::string& folder, const std::string& to);

}  // namespace tessera::package
