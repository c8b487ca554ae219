#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/ladder/ladder.h"
#include "engine/media/encode.h"
#include "engine/pipeline/image_cache.h"
#include "engine/pipeline/open_show.h"
#include "kernels/taps.h"

/// Cutting a show into content-addressed work (DESIGN.md section 1). No decoding, no encoding, no writing.
namespace tessera::pipeline {

/// What encodes a rendition, as resolved when the job was planned: the same for all its chunks.
struct RenditionEncoder {
  std::string kind = "software";  ///< or "nvenc"
  std::string fingerprint;        ///< media::encoder_fingerprint()
};

/// One programme's work.
struct ProgrammePlan {
  const spec::Programme* programme = nullptr;  ///< in the OpenShow
  kernels::Filter scaler = kernels::Filter::kLanczos3;
  int64_t frames = 0;  ///< ceil(duration x fps)
  ladder::Grid grid;
  std::vector<ladder::ChunkSpan> chunks;
  std::vector<RenditionEncoder> encoders;  ///< one per rendition
};

struct ShowPlan {
  std::vector<ProgrammePlan> programmes;
  std::vector<std::string> notes;  ///< why hardware does not encode what it might have, one a rendition
  int64_t audio_samples = 0;       ///< of the longest programme: N / fps at 48 kHz, rounded half up
};

/// What there is to encode with.
struct EncodeMeans {
  media::EncoderHardware hardware;
  int chunks_in_flight = 1;               ///< at most, of all programmes, each with an encoder for every rendition
  std::function<void()> alive = nullptr;  ///< called after each session that was tried; may be empty
};

/// A rendition's encoder "auto" is nvenc where that takes the rendition and encodes a picture, in as many sessions as
/// will be open at once, with those of the renditions before it; else software.
/// @retval kBadInput packaging that gives no whole frames; kDevice, kCapacity a codec or encoder that can't be had
Result<ShowPlan> plan_show(const OpenShow& show, const EncodeMeans& means = {});

/// The settings each rendition of a chunk of so many frames is encoded with.
Result<std::vector<media::VideoEncoderSettings>> encoder_settings(const ProgrammePlan& plan, int64_t chunk_frames);

/// A chunk's digest: the SHA-256 of all that determines its bytes, given what `timeline`'s indexes know now.
Result<Sha256> chunk_digest(const timeline::Timeline& timeline, const ProgrammePlan& plan,
                            const ladder::ChunkSpan& chunk, ImageCache& images);

/// Where, in a chunk, a take should show a picture that its index has marked lost: what `degraded` tells of a chunk.
std::vector<Degraded> damaged_spans(const timeline::Timeline& timeline, const ProgrammePlan& plan,
                                    const ladder::ChunkSpan& chunk);

/// The digest of a mix's one record.
Sha256 mix_digest(const OpenShow& show, const spec::Mix& mix, const ShowPlan& plan);

/// Segment boundaries of the sound: sample numbers where audio segment k ends, aligned to the first programme's video
/// segments within one AAC frame.
std::vector<int64_t> audio_boundaries(const ShowPlan& plan);

}  // namespace tessera::pipeline
