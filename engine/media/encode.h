#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/rational.h"
#include "engine/base/result.h"
#include "engine/media/frame.h"

namespace tessera::media {

/// One compressed access unit, owning its bytes. Times in ticks of the stream's timescale.
struct Packet {
  std::vector<uint8_t> data;
  int64_t pts = 0;
  int64_t dts = 0;
  int64_t duration = 0;
  bool key = false;
};

/// What a decoder must know before the first packet, and what manifests say of a stream. Values.
struct StreamInfo {
  std::string codec;                  ///< "h264", "hevc", "av1", "aac"
  std::vector<uint8_t> extradata;     ///< as the encoder gave it (Annex B for h264/hevc; AudioSpecificConfig for aac)
  std::string codecs;                 ///< RFC 6381, from the bytes of the parameter sets: "avc1.64001f", "mp4a.40.2"
  Rational tick{1, 90000};            ///< seconds a tick: 1/timescale
  int width = 0, height = 0;          ///< video
  Rational fps{0, 1};                 ///< video
  int sample_rate = 0, channels = 0;  ///< audio
  int initial_padding = 0;            ///< audio: priming samples before the first real one
  int64_t bitrate_bps = 0;            ///< declared average
  int64_t maxrate_bps = 0;            ///< declared; 0 where none
  int64_t bufsize_bits = 0;           ///< declared; 0 where none
};

struct VideoEncoderSettings {
  std::string codec = "h264";  ///< "h264" only, for now
  int width = 0, height = 0;   ///< pixels, even
  int depth = 8;               ///< 8 or 10
  Rational fps{30, 1};
  int64_t bitrate_bps = 0;  ///< average; 0 with `quality`
  int64_t maxrate_bps = 0;
  int64_t bufsize_bits = 0;
  double quality = -1;  ///< CRF where >= 0
  std::string preset = "veryfast";
  std::string profile = "high";
  int bframes = 2;
  int64_t gop_frames = 60;  ///< a key frame exactly every so many frames, counted from the chunk's first; closed GOPs
  int64_t chunk_frames = 960;  ///< frames this encoder will get: what the VBV's share is computed from
};

/// The encoder that would be used and all that identifies its output: "libx264 core 164 r3095 ...". Part of digests.
std::string encoder_fingerprint(const VideoEncoderSettings& settings);

/// Encodes one chunk of one rendition: fresh state, closed GOPs, one thread, cpu-independent, so that the same frames
/// give the same bytes. `info()` is the same for every chunk of a rendition, whatever its length.
/// The VBV of a chunk is narrowed so that maxrate and bufsize hold across seams (see encode_video.cc).
/// Thread-safety: one caller at a time.
class VideoEncoder {
 public:
  static Result<std::unique_ptr<VideoEncoder>> create(const VideoEncoderSettings& settings);
  virtual ~VideoEncoder() = default;

  virtual const StreamInfo& info() const = 0;
  /// Encodes the next frame (I420 or I010 of the settings' size). Finished packets are appended to `out`, with pts
  /// and dts in ticks counted from the chunk's first frame (pts 0); dts may be negative.
  virtual Result<void> encode(const FrameRef& frame, std::vector<Packet>& out) = 0;
  /// No more frames: appends what is left.
  virtual Result<void> finish(std::vector<Packet>& out) = 0;
};

/// AAC-LC by libavcodec: one continuous encode. Packets' pts in 1/sample_rate, the first is -initial_padding.
class AudioEncoder {
 public:
  static Result<std::unique_ptr<AudioEncoder>> create(const std::string& codec, int64_t bitrate_bps);
  virtual ~AudioEncoder() = default;
  virtual const StreamInfo& info() const = 0;
  /// Any number of interleaved stereo samples at kMixRate.
  virtual Result<void> encode(std::span<const float> interleaved, std::vector<Packet>& out) = 0;
  virtual Result<void> finish(std::vector<Packet>& out) = 0;
};

/// The video ticks a second for a rate: a multiple of the frame rate's numerator, so that every frame is a whole number
/// of ticks: 90000 where fps divides it, else 30000 x ... for x/1001 rates.
int64_t video_timescale(const Rational& fps);

}  // namespace tessera::media
