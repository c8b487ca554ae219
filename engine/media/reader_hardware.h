#pragma once

#include <cstdint>
#include <utility>

#include "engine/media/av.h"
#include "engine/media/hw.h"
#include "engine/media/take_index.h"

// For the .cc files of engine/media only.
namespace tessera::media {

/// Whether a hardware decoder gives a take's pictures as the software decoder does: H.264 and HEVC, 4:2:0, progressive
/// throughout; HEVC of one size; nothing lost that the index knows of, since NVDEC conceals damage and libavcodec does
/// not ask it.
bool suits_hardware(const TakeIndex& index, const AVStream& stream);

/// A hardware decoder for a stream that suits, whose pictures are surfaces of the device. H.264's are the decoder's own
/// (libavcodec's hwaccel) and come on the device's stream; HEVC's (hevc_cuvid, NVDEC's own parser) are copied out of it
/// on the device, on CUDA's default stream, which is to be waited for.
///
/// How many pictures may be held at once: kHeldSurfaces, for which the decoder gets so many surfaces more than it needs
/// itself. Of NVDEC's 32 there are fewer to spare where a stream needs many; with fewer than 10 to spare the decoder
/// gives software pictures.
/// @retval kDevice there is no such decoder, or it refuses
Result<AvCodec> open_hardware_decoder(const AVStream* stream, const MediaLimits& limits, const HwDevice& device);

/// Of a reader and those it gives pictures to: 1 ahead, 1 waiting to be given, 1 given last, 1 kept by the caller, 3
/// frames under way on the device; and pictures that came out before one decoded earlier.
inline constexpr int kHeldSurfaces = 16;

/// Whether a picture is a surface of a device.
bool is_surface(const AVFrame& picture);

/// Counts what a hardware decoder decodes. That is more than comes out of it: what was decoded ahead of a jump or of
/// the end is dropped by libavcodec. An access unit is one picture here, see suits_hardware().
/// - H.264: libavcodec asks for a surface before it has a picture decoded; a hook of ours sees that. It asks for more
///   where it makes up references that are missing, which are not decoded.
/// - HEVC: NVDEC's own parser has an access unit decoded when the next one begins, or the stream ends; but not leading
///   pictures whose references were never sent.
/// Thread-safety: that of the decoder.
class DecodeCount {
 public:
  /// Installs the hook; `codec` may not outlive this object.
  explicit DecodeCount(AVCodecContext& codec);
  DecodeCount(const DecodeCount&) = delete;
  DecodeCount& operator=(const DecodeCount&) = delete;

  /// An access unit was given to the decoder, and what it gave for it was taken.
  void sent(bool has_references);
  /// The decoder was told that nothing more comes, and did the rest.
  void ended();
  /// The decoder was flushed.
  void flushed();
  /// Pictures decoded since the last call.
  int64_t take() { return std::exchange(decoded_, 0); }

 private:
  static int get_buffer(AVCodecContext* codec, AVFrame* frame, int flags);

  bool own_parser_;         ///< of NVDEC
  bool asked_ = false;      ///< for a surface, since the last access unit
  bool in_parser_ = false;  ///< an access unit is there that will be decoded
  int64_t decoded_ = 0;
};

}  // namespace tessera::media
