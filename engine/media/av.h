#pragma once

// For the .cc files of engine/media only: libav's headers go no further.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
}

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/media/take_index.h"

namespace tessera::media {

struct AvFree {
  void operator()(AVFormatContext* p) const;
  void operator()(AVCodecContext* p) const;
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(AVCodecParserContext* p) const { av_parser_close(p); }
};
using AvInput = std::unique_ptr<AVFormatContext, AvFree>;  ///< opened with avformat_open_input
using AvCodec = std::unique_ptr<AVCodecContext, AvFree>;
using AvPacket = std::unique_ptr<AVPacket, AvFree>;
using AvFrame = std::unique_ptr<AVFrame, AvFree>;
using AvParser = std::unique_ptr<AVCodecParserContext, AvFree>;

inline Rational to_rational(AVRational r) { return {r.num, r.den == 0 ? 1 : r.den}; }
inline AVRational to_av(const Rational& r) { return {static_cast<int>(r.num), static_cast<int>(r.den)}; }

/// libav's text for an error number.
std::string av_text(int error);

/// Opens a local file and reads its stream headers. Only the `file` protocol, only the demuxers of job-format.md
/// (MP4/MOV, Matroska/WebM, MPEG-TS, FLV, FLAC, WAV, MP3, Ogg, ADTS, raw pictures for images), never another file that
/// it names. Streams' sizes are checked against the limits before any decoder is made, and no probe decodes more
/// pixels. Time spent is bounded: libav's interrupt callback ends a probe after two seconds. libav's own log is
/// switched off for the process.
/// @retval kBadInput missing, unreadable, a folder, empty, no format known, or the probe took too long; kLimit over a
/// limit
Result<AvInput> open_input(const std::string& path, const MediaLimits& limits);

/// A software decoder for a stream, single-threaded, with the limits' max_pixels. Not opened for unknown codecs.
/// @param codec the decoder to use; null: libavcodec's own choice
/// @retval kBadInput no decoder for the codec, or it refuses the stream's parameters
Result<AvCodec> open_decoder(const AVStream* stream, const MediaLimits& limits, const AVCodec* codec = nullptr);

}  // namespace tessera::media
