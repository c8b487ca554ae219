#pragma once

// For the .cc files of engine/media only.

#include <memory>
#include <optional>

#include "engine/media/av.h"
#include "engine/media/index_vp9.h"

extern "C" {
#include <libavcodec/bsf.h>
}

namespace tessera::media {

struct AvBsfFree {
  void operator()(AVBSFContext* p) const { av_bsf_free(&p); }
};
using AvBsf = std::unique_ptr<AVBSFContext, AvBsfFree>;

/// The orientation a display matrix (nine 16.16 numbers, as in MP4's tkhd) asks for: its nearest right angle.
Orientation orientation_of(const int32_t matrix[9]);

/// libav's tags as ours; what is untagged or unknown is the canvas's default.
Colour colour_of(AVColorSpace space, AVColorRange range, AVColorTransferCharacteristic transfer);

/// Follows what a video stream's pictures look like, packet by packet in decode order, without decoding them: a picture
/// is decoded only where the stream's parameter sets or headers changed, to learn what the decoder makes of them.
class FormatProbe {
 public:
  FormatProbe(AVFormatContext* input, AVStream* stream, const MediaLimits& limits);

  struct Verdict {
    bool shown = true;                   ///< false: a packet that gives no picture of its own
    bool second_field = false;           ///< completes the picture of the packet before
    std::optional<VideoFormat> changed;  ///< from this picture on (first_frame not set)
  };
  Verdict next(const AVPacket& packet);

  /// What the container's header says: for a stream whose pictures never told.
  std::optional<VideoFormat> declared() const;

 private:
  Hash128 parameters(const AVPacket& packet);
  std::optional<VideoFormat> decode_one(const AVPacket& packet);
  void next_vp9(const AVPacket& packet, Verdict& verdict);
  void next_field(const AVPacket& packet, Verdict& verdict);
  bool run_parser(const AVPacket& packet);
  VideoFormat complete(int width, int height, int pixel_format, AVRational sample_aspect) const;

  AVFormatContext* input_;
  AVStream* stream_;
  MediaLimits limits_;
  Orientation orientation_ = 0;
  std::optional<VideoFormat> current_;
  Hash128 parameters_;
  AvBsf parameter_sets_;  ///< gives a key packet's parameter sets as side data
  AvBsf vp9_split_;
  Vp9Sizes vp9_;
  AvParser parser_;
  AvCodec parser_context_;
  int open_field_ = 0;  ///< AV_PICTURE_STRUCTURE_* of a first field that waits for its second
};

}  // namespace tessera::media
