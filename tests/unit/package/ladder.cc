#include "tests/unit/package/ladder.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "engine/package/bmff.h"

namespace tessera::package {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The file cut before its first moof and before every `per_segment`-th one; at most `segments` segments.
std::vector<std::string> cut(const std::string& file, size_t per_segment, size_t segments) {
  std::vector<std::string> parts{""};
  size_t fragments = 0;
  for (size_t at = 0; at + 8 <= file.size();) {
    size_t size = 0;
    for (size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<uint8_t>(file[at + i]);
    if (file.substr(at + 4, 4) == "moof" && fragments++ % per_segment == 0 && parts.size() <= segments) {
      parts.emplace_back();
    }
    parts.back() += file.substr(at, size);
    at += size;
  }
  return parts;
}

class Builder {
 public:
  Builder() {
    std::string pattern = (fs::temp_directory_path() / "tessera-ladder-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Builder() { fs::remove_all(folder_); }

  Ladder build();

 private:
  std::string put(const std::string& bytes, const std::string& ending) {
    const std::string name = "media/" + sha256(as_bytes(bytes)).hex() + ending;
    ladder_.objects[name] = bytes;
    return name;
  }
  Track add_track(const std::string& id, const std::string& ffmpeg_arguments, size_t fragments_a_segment);

  fs::path folder_;
  Ladder ladder_;
};

Track Builder::add_track(const std::string& id, const std::string& arguments, size_t per_segment) {
  const fs::path path = folder_ / (id + ".mp4");
  run_command("ffmpeg -nostdin -v error -y " + arguments + " -t 6 -bitexact -output_ts_offset 1 -f mp4 " +
              path.string());
  const std::vector<std::string> parts = cut(read_file(path), per_segment, 3);
  const auto init = read_init(as_bytes(parts[0]));
  if (!init || parts.size() != 4) throw std::runtime_error("ffmpeg made no track " + id);
  Track track;
  track.id = id;
  track.video = init->video;
  track.codecs = init->codecs;
  track.timescale = init->timescale;
  track.init = put(parts[0], ".mp4");
  track.init_bytes = static_cast<int64_t>(parts[0].size());
  track.width = init->width;
  track.height = init->height;
  track.fps = {30, 1};
  track.lang = "en";
  track.channels = init->channels;
  track.sample_rate = init->sample_rate;
  for (size_t k = 1; k < parts.size(); ++k) {
    const auto segment = read_segment(as_bytes(parts[k]), *init);
    if (!segment) throw std::runtime_error(describe(segment.error()));
    if (k == 1) track.first_tick = segment->presentation_start;
    track.segments.push_back(
        {put(parts[k], ".m4s"), static_cast<int64_t>(parts[k].size()), segment->decode_end - segment->decode_start});
  }
  return track;
}

Ladder Builder::build() {
  const std::string h264 =
      " -c:v libx264 -preset ultrafast -bf 2 -g 30 -keyint_min 30 -sc_threshold 0 -threads 1"
      " -video_track_timescale 90000 -movflags cmaf+frag_keyframe+frag_discont+skip_trailer";
  Presentation& p = ladder_.presentation;
  p.id = "portrait";
  p.folder = "portrait";
  p.duration = {6, 1};
  p.video = {add_track("112p", "-f lavfi -i testsrc2=size=112x200:rate=30" + h264, 2),
             add_track("56p", "-f lavfi -i testsrc2=size=56x100:rate=30" + h264, 2)};
  p.audio = {add_track("main",
                       "-f lavfi -i sine=frequency=440:sample_rate=48000 -c:a aac -ac 2 -b:a 96k"
                       " -frag_duration 2000000 -movflags cmaf+frag_discont+skip_trailer",
                       1)};
  for (const Track* track : {&p.video[0], &p.video[1], &p.audio[0]}) {
    ladder_.playlists.push_back(put(hls_media_playlist(*track, p, "media"), ".m3u8"));
  }
  ladder_.objects["portrait/master.m3u8"] = hls_multivariant(p, ladder_.playlists);
  ladder_.objects["portrait/manifest.mpd"] = dash_mpd(p);
  ladder_.objects["job.json"] =
      R"({"revision":1,"programmes":[{"id":"portrait","hls":"portrait/master.m3u8","dash":"portrait/manifest.mpd"}]})";
  return ladder_;
}

}  // namespace

std::string run_command(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::string out;
  char buffer[4096];
  while (const size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << out;
  return out;
}

ReadObject Ladder::reader() const {
  return [this](const std::string& name) -> Result<std::vector<uint8_t>> {
    const auto found = objects.find(name);
    if (found == objects.end()) return fail(Errc::kBadInput, "test", "not there");
    return std::vector<uint8_t>(found->second.begin(), found->second.end());
  };
}

const Ladder& sample_ladder() {
  static const Ladder ladder = Builder().build();
  return ladder;
}

}  // namespace tessera::package
