#include "engine/ladder/ladder.h"

#include <algorithm>
#include <string>

namespace tessera::ladder {
namespace {

constexpr const char* kWhere = "ladder.plan";
constexpr Micros kLongest = 3600 * kMicrosPerSecond;
constexpr int kMostSegments = 1000;

const char* name_of(spec::VideoCodec codec) {
  switch (codec) {
    case spec::VideoCodec::kH264:
      return "h264";
    case spec::VideoCodec::kHevc:
      return "hevc";
    case spec::VideoCodec::kAv1:
      return "av1";
  }
  return "unknown";
}

Result<void> check_built(const spec::Rendition& rendition, const spec::Canvas& canvas, const std::string& encoder) {
  const auto bad = [&](const std::string& what) {
    return fail(Errc::kDevice, kWhere, "rendition " + rendition.name + ": " + what);
  };
  const std::string codec = name_of(rendition.codec);
  if (encoder != "nvenc") {
    if (rendition.encoder == spec::EncoderChoice::kNvenc) {
      return bad(
          "encoder nvenc wants a CUDA device with NVENC; wanted --device cuda on such a machine, or encoder auto");
    }
    if (codec == "hevc") return bad("codec hevc is encoded by nvenc only, and there is none here; wanted h264");
    if (codec != "h264") return bad("codec " + codec + " is not built yet; wanted h264, or hevc with nvenc");
    return {};
  }
  if (codec != "h264" && codec != "hevc") return bad("codec " + codec + " is not built yet; wanted h264 or hevc");
  if (codec == "h264" && canvas.depth == 10)
    return bad("NVENC has no h264 of 10 bits; wanted hevc or encoder software");
  return {};
}

std::string default_profile(const spec::Rendition& rendition, int depth) {
  if (rendition.codec == spec::VideoCodec::kHevc) return depth == 10 ? "main10" : "main";
  return depth == 10 ? "high10" : "high";
}

}  // namespace

Result<Grid> plan_grid(const spec::Packaging& packaging, const Rational& fps) {
  const auto in_range = [](Micros length) { return length > 0 && length <= kLongest; };
  if (!in_range(packaging.gop) || !in_range(packaging.segment) || packaging.chunk_segments < 1 ||
      packaging.chunk_segments > kMostSegments) {
    return fail(Errc::kBadInput, kWhere,
                "packaging with a gop of " + std::to_string(packaging.gop) + " us, a segment of " +
                    std::to_string(packaging.segment) + " us, " + std::to_string(packaging.chunk_segments) +
                    " segments a chunk; wanted lengths up to an hour, and 1 to 1000 segments");
  }
  Grid grid;
  grid.gop_frames = muldiv_round(packaging.gop, fps.num, kMicrosPerSecond * fps.den);
  if (grid.gop_frames < 1) {
    return fail(Errc::kBadInput, kWhere,
                "a gop of " + std::to_string(packaging.gop) + " us is less than half a frame at " + format_rate(fps) +
                    " frames a second");
  }
  const int64_t gops = std::max<int64_t>(1, muldiv_round(packaging.segment, 1, packaging.gop));
  grid.segment_frames = gops * grid.gop_frames;
  grid.chunk_frames = packaging.chunk_segments * grid.segment_frames;
  return grid;
}

std::vector<ChunkSpan> plan_chunks(int64_t total_frames, const Grid& grid) {
  std::vector<ChunkSpan> chunks;
  int64_t segment = 0;
  for (int64_t first = 0; first < total_frames; first += grid.chunk_frames) {
    ChunkSpan chunk;
    chunk.index = static_cast<int64_t>(chunks.size());
    chunk.first_frame = first;
    chunk.frames = std::min(grid.chunk_frames, total_frames - first);
    chunk.first_segment = segment;
    for (int64_t done = 0; done < chunk.frames; done += grid.segment_frames) {
      chunk.segment_frames.push_back(std::min(grid.segment_frames, chunk.frames - done));
    }
    segment += static_cast<int64_t>(chunk.segment_frames.size());
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

int64_t audio_boundary(int64_t frame, const Rational& fps, int64_t sample_rate) {
  return muldiv_ceil(frame, fps.den * sample_rate, fps.num * kAacFrame) * kAacFrame;
}

Result<media::VideoEncoderSettings> encoder_settings(const spec::Rendition& rendition, const spec::Canvas& canvas,
                                                     const Grid& grid, int64_t chunk_frames,
                                                     const std::string& encoder) {
  TESSERA_TRY(check_built(rendition, canvas, encoder));
  media::VideoEncoderSettings settings;
  settings.encoder = encoder;
  settings.codec = name_of(rendition.codec);
  settings.width = rendition.width;
  settings.height = rendition.height;
  settings.depth = canvas.depth;
  settings.fps = canvas.fps;
  settings.bitrate_bps = rendition.quality ? 0 : rendition.bitrate_bps;
  settings.maxrate_bps = rendition.maxrate_bps;
  settings.bufsize_bits = rendition.bufsize_bits;
  settings.quality = rendition.quality ? *rendition.quality : -1;
  settings.preset = rendition.preset;
  settings.profile = !rendition.profile.empty() ? rendition.profile : default_profile(rendition, canvas.depth);
  settings.bframes = rendition.bframes;
  settings.gop_frames = grid.gop_frames;
  settings.chunk_frames = std::max(grid.chunk_frames, chunk_frames);
  return settings;
}

}  // namespace tessera::ladder
