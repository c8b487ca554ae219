#include "engine/media/av.h"
#include "engine/media/take_reader.h"

extern "C" {
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

namespace tessera::media {
namespace {

struct FreeScaler {
  void operator()(SwsContext* p) const { sws_freeContext(p); }
};
using Scaler = std::unique_ptr<SwsContext, FreeScaler>;

/// swscale's word for a siting: 1/256 of a luma sample; 128 is half way.
int position(Siting siting) {
  if (siting == Siting::kCosited) return 0;
  return siting == Siting::kCentred ? 128 : 256;
}

Result<Scaler> make_scaler(const FrameFormat& format) {
  Scaler scaler(sws_alloc_context());
  if (!scaler) return fail(Errc::kCapacity, "media.png", "no memory for a scaler", true);
  const int flags = SWS_BITEXACT | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BILINEAR;
  SwsContext* const p = scaler.get();
  av_opt_set_int(p, "srcw", format.width, 0);
  av_opt_set_int(p, "srch", format.height, 0);
  av_opt_set_int(p, "dstw", format.width, 0);
  av_opt_set_int(p, "dsth", format.height, 0);
  av_opt_set_int(p, "src_format", format.depth > 8 ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P, 0);
  av_opt_set_int(p, "dst_format", AV_PIX_FMT_RGB24, 0);
  av_opt_set_int(p, "sws_flags", flags, 0);
  av_opt_set_int(p, "src_h_chr_pos", position(format.siting_x), 0);
  av_opt_set_int(p, "src_v_chr_pos", position(format.siting_y), 0);
  const int* bt709 = sws_getCoefficients(SWS_CS_ITU709);
  sws_setColorspaceDetails(p, bt709, 0, bt709, 1, 0, 1 << 16, 1 << 16);
  if (sws_init_context(p, nullptr, nullptr) < 0) {
    return fail(Errc::kInternal, "media.png", "a picture can't be converted to RGB");
  }
  return scaler;
}

Result<AvFrame> to_rgb(const Frame& frame) {
  AvFrame rgb(av_frame_alloc());
  if (!rgb) return fail(Errc::kCapacity, "media.png", "no memory for a picture", true);
  rgb->format = AV_PIX_FMT_RGB24;
  rgb->width = frame.format.width;
  rgb->height = frame.format.height;
  if (av_frame_get_buffer(rgb.get(), 0) < 0) {
    return fail(Errc::kCapacity, "media.png", "no memory for a picture", true);
  }
  TESSERA_TRY_ASSIGN(const Scaler scaler, make_scaler(frame.format));
  const uint8_t* data[4] = {frame.planes[0].data, frame.planes[1].data, frame.planes[2].data, nullptr};
  const int rows[4] = {static_cast<int>(frame.planes[0].stride), static_cast<int>(frame.planes[1].stride),
                       static_cast<int>(frame.planes[2].stride), 0};
  if (sws_scale(scaler.get(), data, rows, 0, frame.format.height, rgb->data, rgb->linesize) < 0) {
    return fail(Errc::kInternal, "media.png", "a picture can't be converted to RGB");
  }
  return rgb;
}

Result<AvPacket> encode(const AVFrame& rgb) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  const AvCodec context(codec != nullptr ? avcodec_alloc_context3(codec) : nullptr);
  AvPacket packet(av_packet_alloc());
  if (!context || !packet) return fail(Errc::kCapacity, "media.png", "no PNG encoder, or no memory for it");
  context->width = rgb.width;
  context->height = rgb.height;
  context->pix_fmt = AV_PIX_FMT_RGB24;
  context->time_base = {1, 1};
  context->thread_count = 1;
  int status = avcodec_open2(context.get(), codec, nullptr);
  if (status >= 0) status = avcodec_send_frame(context.get(), &rgb);
  if (status >= 0) status = avcodec_send_frame(context.get(), nullptr);
  if (status >= 0) status = avcodec_receive_packet(context.get(), packet.get());
  if (status < 0) return fail(Errc::kInternal, "media.png", "the PNG encoder failed: " + av_text(status));
  return packet;
}

}  // namespace

Result<std::vector<uint8_t>> encode_png(const Frame& frame) {
  const FrameFormat& format = frame.format;
  if (format.semi_planar || format.msb_shift != 0 || format.chroma_shift_x != 1 || format.chroma_shift_y != 1 ||
      format.has_alpha || (format.depth != 8 && format.depth != 10)) {
    return fail(Errc::kInternal, "media.png", "a frame that is not planar 4:2:0 of 8 or 10 bits; wanted one");
  }
  TESSERA_TRY_ASSIGN(const AvFrame rgb, to_rgb(frame));
  TESSERA_TRY_ASSIGN(const AvPacket packet, encode(*rgb));
  return std::vector<uint8_t>(packet->data, packet->data + packet->size);
}

}  // namespace tessera::media
