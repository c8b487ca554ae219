#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/rational.h"
#include "engine/base/result.h"
#include "engine/media/frame.h"
#include "engine/media/hw.h"

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
  int64_t decode_lead = 0;            ///< video: ticks by which decoding runs ahead: packet n's dts = n frames - this
  int64_t bitrate_bps = 0;            ///< declared average
  int64_t maxrate_bps = 0;            ///< declared; 0 where none
  int64_t bufsize_bits = 0;           ///< declared; 0 where none
};

/// What a rendition is encoded with. Every chunk of it has the same settings.
struct VideoEncoderSettings {
  std::string encoder = "software";  ///< "software" (libx264) or "nvenc"
  std::string codec = "h264";        ///< "h264"; of nvenc also "hevc"
  int width = 0, height = 0;         ///< pixels, even
  int depth = 8;                     ///< 8 or 10; 10 of nvenc in hevc only
  Rational fps{30, 1};
  /// The average that pictures may have as long as they need it, over any stretch longer than the buffer; where they
  /// are as good as they get with less, they get less. Unused with `quality`.
  int64_t bitrate_bps = 0;
  int64_t maxrate_bps = 0;   ///< leaky bucket over all chunks: its drain. 0: the bitrate, or no limit with `quality`
  int64_t bufsize_bits = 0;  ///< and its size. 0: one second of maxrate
  double quality = -1;       ///< constant quality (x264's CRF, 0..51), where >= 0; of nvenc its `cq`, the same scale
  std::string preset = "veryfast";  ///< x264's name, or "p1" to "p7": nvenc takes both
  std::string profile = "high";     ///< 10 bits: "high10"; hevc: "main", "main10"
  int bframes = 2;                  ///< 0..16
  int64_t gop_frames = 60;  ///< a key frame exactly every so many frames, counted from the chunk's first; closed GOPs
  int64_t chunk_frames =
      960;  ///< of a full chunk of the rendition: the last one may be given fewer. No chunk gets more
};

/// What a hardware encoder works with.
struct EncoderHardware {
  std::shared_ptr<HwDevice> device;         ///< where its pictures lie; null: there is none
  std::shared_ptr<MediaCounters> counters;  ///< may be null
};

/// The encoder that would be used and its versions, "libx264 core 164 r3095 ..., libavcodec ...", of nvenc with the GPU
/// and its driver: with the settings and the frames, all that decides the bytes. Part of digests. Finds out once, then
/// is quick; any thread.
std::string encoder_fingerprint(const VideoEncoderSettings& settings, const HwDevice* device = nullptr);

/// Encodes one chunk of one rendition: fresh state, closed GOPs, one thread, cpu-independent, so that the same frames
/// give the same bytes. `info()` is the same for every chunk of a rendition, whatever its length; packets hold slices
/// only, the parameter sets are in info().extradata. maxrate and bufsize hold across seams (see encode_video_rate.cc).
/// Thread-safety: one caller at a time.
class VideoEncoder {
 public:
  /// @param hardware wanted for the encoder "nvenc"
  /// @retval kBadInput settings that the encoder does not take; kDevice it is not there; kCapacity no memory, or no
  /// session of the hardware's
  static Result<std::unique_ptr<VideoEncoder>> create(const VideoEncoderSettings& settings,
                                                      const EncoderHardware& hardware = {});
  virtual ~VideoEncoder() = default;

  virtual const StreamInfo& info() const = 0;
  /// Encodes the next frame (of the settings' size; it is not copied before the encoder does): I420 or I010 in host
  /// memory; for nvenc in device memory, I420 laid out as NVENC's YV12 or P010, kept until it is encoded. Finished
  /// packets are appended to `out`, with pts and dts in ticks counted from the chunk's first frame (pts 0); the first
  /// dts is -info().decode_lead.
  virtual Result<void> encode(const FrameRef& frame, std::vector<Packet>& out) = 0;
  /// No more frames: appends what is left. Once. With look-ahead that is most of the work of a short chunk.
  /// @param alive called after each packet; may be empty
  virtual Result<void> finish(std::vector<Packet>& out, const std::function<void()>& alive = nullptr) = 0;
};

/// Opens `sessions` NVENC encoders with these settings at the same time and has each encode one picture: that alone
/// shows that there will be an encoder for every chunk in flight.
/// @param held the encoders, kept open with those that others held; released by who called
/// @param alive called after each that encoded its picture; may be empty
/// @retval kDevice, kCapacity (`where` is device.nvenc) why not
Result<void> try_nvenc(const VideoEncoderSettings& settings, const EncoderHardware& hardware, int sessions,
                       std::vector<std::unique_ptr<VideoEncoder>>& held, const std::function<void()>& alive = nullptr);

/// What the settings ask for and the device's NVENC was found not to have, "B-frames, look-ahead": it is left out.
/// Empty where nothing is, or before an encoder with such settings was opened.
std::string nvenc_lacks(const VideoEncoderSettings& settings, const HwDevice& device);

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

/// The video ticks a second for a rate, so that every frame is a whole number of ticks: 90000 where that does it
/// (30000/1001 too: 3003 ticks), else the least multiple of the rate's numerator from 10000 on (60000 for 60000/1001).
int64_t video_timescale(const Rational& fps);

}  // namespace tessera::media
