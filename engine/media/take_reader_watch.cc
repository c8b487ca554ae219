#include "engine/media/reader_watch.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cstring>

namespace tessera::media {
namespace {

constexpr int kSmallestBlock = 16;  // a slice ends at a coding tree block; the smallest has so many luma samples a side

bool is_zero(const AVFrame& frame, const AVComponentDescriptor& component, int x, int y) {
  const uint8_t* sample = frame.data[component.plane] + static_cast<ptrdiff_t>(y) * frame.linesize[component.plane] +
                          static_cast<ptrdiff_t>(x) * component.step + component.offset;
  return sample[0] == 0 && (component.depth <= 8 || sample[1] == 0);
}

}  // namespace

DecoderWatch::DecoderWatch(AVCodecContext& codec) {
  codec.opaque = this;
  codec.get_buffer2 = get_buffer;
}

int DecoderWatch::get_buffer(AVCodecContext* codec, AVFrame* frame, int flags) {
  const int status = avcodec_default_get_buffer2(codec, frame, flags);
  if (status < 0) return status;
  for (const AVBufferRef* buffer : frame->buf) {
    if (buffer != nullptr) std::memset(buffer->data, 0, buffer->size);
  }
  ++static_cast<DecoderWatch*>(codec->opaque)->buffers_;
  return status;
}

bool has_unfilled_parts(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (format == nullptr || format->nb_components < 3 || (format->flags & AV_PIX_FMT_FLAG_RGB) != 0) return false;
  for (int top = 0; top < frame.height; top += kSmallestBlock) {
    const int y = std::min(top + kSmallestBlock / 2, frame.height - 1);
    for (int left = 0; left < frame.width; left += kSmallestBlock) {
      const int x = std::min(left + kSmallestBlock / 2, frame.width - 1);
      const int chroma_x = x >> format->log2_chroma_w;
      const int chroma_y = y >> format->log2_chroma_h;
      if (is_zero(frame, format->comp[0], x, y) && is_zero(frame, format->comp[1], chroma_x, chroma_y) &&
          is_zero(frame, format->comp[2], chroma_x, chroma_y)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace tessera::media
