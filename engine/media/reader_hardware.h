#pragma once

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

}  // namespace tessera::media
