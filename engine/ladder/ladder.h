#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/rational.h"
#include "engine/base/result.h"
#include "engine/media/encode.h"
#include "engine/spec/job.h"

/// How a programme's frames are cut into GOPs, segments and chunks, and what its renditions are encoded with.
/// Pure functions; any thread.
namespace tessera::ladder {

/// The lengths of everything, in frames; each is a whole number of the one before.
struct Grid {
  int64_t gop_frames = 0;      ///< from key frame to key frame
  int64_t segment_frames = 0;  ///< what a player fetches
  int64_t chunk_frames = 0;    ///< what a worker renders
  bool operator==(const Grid&) const = default;
};

/// One chunk and the segments in it. Frame and segment numbers are those of the whole show, 0-based.
struct ChunkSpan {
  int64_t index = 0;
  int64_t first_frame = 0;
  int64_t frames = 0;
  int64_t first_segment = 0;
  std::vector<int64_t> segment_frames;  ///< frames of each of its segments, in order; their sum is `frames`
  bool operator==(const ChunkSpan&) const = default;
};

/// gop_frames = round(gop x fps), a segment is the nearest whole number of GOPs (at least one), a chunk is
/// chunk_segments segments.
/// @retval kBadInput a GOP shorter than half a frame, or lengths over an hour
Result<Grid> plan_grid(const spec::Packaging& packaging, const Rational& fps);

/// The chunks of a show, in order, without gaps. The last chunk and the last segment may be shorter.
/// Empty where total_frames < 1.
std::vector<ChunkSpan> plan_chunks(int64_t total_frames, const Grid& grid);

/// Samples of an AAC-LC packet.
inline constexpr int64_t kAacFrame = 1024;

/// Where the sound is cut for a video cut before `frame`: the sample number, a multiple of kAacFrame, of the first AAC
/// packet that starts at or after the frame is due. So audio segments cover the video's spans within one packet.
int64_t audio_boundary(int64_t frame, const Rational& fps, int64_t sample_rate);

/// The settings that every chunk of a rendition is encoded with.
/// @param chunk_frames frames of the chunk at hand; one that is shorter than the grid's gets the same settings, so that
///        all chunks have the same parameter sets and rates
/// @param encoder "software" or "nvenc": what the rendition's choice was resolved to
/// @retval kDevice a codec or a depth that this encoder does not have
Result<media::VideoEncoderSettings> encoder_settings(const spec::Rendition& rendition, const spec::Canvas& canvas,
                                                     const Grid& grid, int64_t chunk_frames,
                                                     const std::string& encoder = "software");

}  // namespace tessera::ladder
