#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/media/av.h"
#include "engine/media/encode.h"
#include "engine/media/hw.h"

// For the .cc files of engine/media only: what the video encoders share.
namespace tessera::media {

/// What holds for all encoders.
Result<void> check_encoder_settings(const VideoEncoderSettings& settings);

/// Size, rate and colour, and that headers are apart from packets.
void describe_to(AVCodecContext& context, const VideoEncoderSettings& settings);

/// Ticks a frame lasts.
int64_t frame_ticks(const Rational& fps);

/// What is said of an encoder's stream.
Result<StreamInfo> stream_info_of(const AVCodecContext& context, const VideoEncoderSettings& settings,
                                  int64_t decode_lead);

/// The packet's slices without SEI: what encoders say there of themselves would differ between chunks.
std::vector<uint8_t> without_sei(std::span<const uint8_t> packet, bool hevc);

/// Lends a picture's planes to libav, which drops its reference when it is done.
Result<AvFrame> lend_frame(const FrameRef& frame, AVPixelFormat format);

/// An NVENC encoder; encode_nvenc.cc. `settings` were checked.
Result<std::unique_ptr<VideoEncoder>> create_nvenc(const VideoEncoderSettings& settings,
                                                   const EncoderHardware& hardware);
std::string nvenc_fingerprint(const VideoEncoderSettings& settings, const HwDevice& device);

}  // namespace tessera::media
