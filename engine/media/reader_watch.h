#pragma once

#include <memory>

#include "engine/media/av.h"

// For the .cc files of engine/media only.
namespace tessera::media {

/// Finds the damage that libavcodec's decoders other than H.264's do not tell of: they show pictures with parts that no
/// slice filled, whatever their memory held before, and HEVC's shows grey in place of references that are not there.
/// They ask for a picture's memory through a hook of ours, which clears it (so that the result depends on the stream
/// alone) and counts: more than one request while a packet is decoded means that a missing reference was made up.
/// Thread-safety: that of the decoder, which must have one thread.
class DecoderWatch {
 public:
  /// Installs the hook; `codec` may not outlive this object. Only for decoders with one thread.
  explicit DecoderWatch(AVCodecContext& codec);
  DecoderWatch(const DecoderWatch&) = delete;
  DecoderWatch& operator=(const DecoderWatch&) = delete;

  /// A packet goes to the decoder now.
  void next_packet() { buffers_ = 0; }
  /// The decoder has made up references for this packet. Only HEVC's does.
  bool made_up_references() const { return buffers_ > 1; }

 private:
  static int get_buffer(AVCodecContext* codec, AVFrame* frame, int flags);

  int buffers_ = 0;
};

/// True where parts of a picture are as DecoderWatch cleared them. That is no colour: neither encoders nor sources make
/// it.
bool has_unfilled_parts(const AVFrame& frame);

}  // namespace tessera::media
