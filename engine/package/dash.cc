#include <algorithm>
#include <numeric>
#include <sstream>

#include "engine/package/model.h"
#include "engine/package/rates.h"
#include "engine/package/text.h"

namespace tessera::package {
namespace {

std::string attribute(const char* name, const std::string& value) {
  return std::string(" ") + name + "=\"" + xml_escape(value) + "\"";
}
std::string attribute(const char* name, int64_t value) { return attribute(name, std::to_string(value)); }

std::string aspect(int width, int height) {
  const int divisor = std::max(1, std::gcd(width, height));
  return std::to_string(width / divisor) + ":" + std::to_string(height / divisor);
}

/// One S a segment and no repeat count: dash.js counts S elements.
void write_segment_list(std::ostream& out, const Track& track, const Presentation& presentation) {
  out << "        <SegmentList" << attribute("timescale", track.timescale)
      << attribute("presentationTimeOffset", presentation.timeline_origin_seconds * track.timescale) << ">\n"
      << "          <Initialization" << attribute("sourceURL", relative_name(presentation.folder, track.init)) << "/>\n"
      << "          <SegmentTimeline>\n";
  for (size_t i = 0; i < track.segments.size(); ++i) {
    out << "            <S" << (i == 0 ? attribute("t", track.first_tick) : "")
        << attribute("d", track.segments[i].duration) << "/>\n";
  }
  out << "          </SegmentTimeline>\n";
  for (const Segment& segment : track.segments) {
    out << "          <SegmentURL" << attribute("media", relative_name(presentation.folder, segment.name)) << "/>\n";
  }
  out << "        </SegmentList>\n";
}

void write_representation(std::ostream& out, const Track& track, const Presentation& presentation) {
  out << "      <Representation" << attribute("id", (track.video ? "video-" : "audio-") + track.id)
      << attribute("bandwidth", measure(track).peak_bps) << attribute("codecs", track.codecs);
  if (track.video) {
    out << attribute("width", track.width) << attribute("height", track.height)
        << attribute("frameRate", format_rate(track.fps)) << attribute("sar", "1:1") << ">\n";
  } else {
    out << attribute("audioSamplingRate", track.sample_rate) << ">\n"
        << "        <AudioChannelConfiguration"
        << attribute("schemeIdUri", "urn:mpeg:dash:23003:3:audio_channel_configuration:2011")
        << attribute("value", track.channels) << "/>\n";
  }
  write_segment_list(out, track, presentation);
  out << "      </Representation>\n";
}

std::string codec_family(const Track& track) { return track.codecs.substr(0, track.codecs.find('.')); }

/// Players switch only inside an adaptation set: one a codec.
void write_video_set(std::ostream& out, const std::vector<const Track*>& tracks, const Presentation& presentation) {
  int width = 0, height = 0;
  Rational fps{0, 1};
  for (const Track* track : tracks) {
    width = std::max(width, track->width);
    height = std::max(height, track->height);
    fps = std::max(fps, track->fps);
  }
  out << "    <AdaptationSet contentType=\"video\" mimeType=\"video/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\""
      << attribute("maxWidth", width) << attribute("maxHeight", height) << attribute("maxFrameRate", format_rate(fps))
      << attribute("par", aspect(width, height)) << ">\n";
  for (const Track* track : tracks) write_representation(out, *track, presentation);
  out << "    </AdaptationSet>\n";
}

void write_audio_set(std::ostream& out, const Track& track, bool main, const Presentation& presentation) {
  out << "    <AdaptationSet contentType=\"audio\" mimeType=\"audio/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\""
      << attribute("lang", track.lang.empty() ? "und" : track.lang) << ">\n"
      << "      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\"" << attribute("value", main ? "main" : "alternate")
      << "/>\n      <Label>" << xml_escape(track.id) << "</Label>\n";
  write_representation(out, track, presentation);
  out << "    </AdaptationSet>\n";
}

}  // namespace

std::string dash_mpd(const Presentation& presentation) {
  std::ostringstream out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      << "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\""
      << " profiles=\"urn:mpeg:dash:profile:isoff-main:2011\""
      << attribute("mediaPresentationDuration", xml_duration(presentation.duration))
      << attribute("minBufferTime", "PT" + std::to_string(target_duration(presentation)) + "S") << ">\n"
      << "  <Period" << attribute("id", presentation.id) << " start=\"PT0S\""
      << attribute("duration", xml_duration(presentation.duration)) << ">\n";
  std::vector<std::string> families;
  for (const Track& track : presentation.video) {
    const std::string family = codec_family(track);
    if (std::find(families.begin(), families.end(), family) == families.end()) families.push_back(family);
  }
  for (const std::string& family : families) {
    std::vector<const Track*> tracks;
    for (const Track& track : presentation.video) {
      if (codec_family(track) == family) tracks.push_back(&track);
    }
    write_video_set(out, tracks, presentation);
  }
  for (size_t i = 0; i < presentation.audio.size(); ++i) {
    write_audio_set(out, presentation.audio[i], i == 0, presentation);
  }
  out << "  </Period>\n</MPD>\n";
  return out.str();
}

}  // namespace tessera::package
