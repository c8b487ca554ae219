#include "engine/media/reader_hardware.h"

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>

#include "engine/base/activity.h"

namespace tessera::media {
namespace {

constexpr const char* kWhere = "media.hardware";
constexpr int kMostSurfaces = 32;  // of one NVDEC decoder
constexpr int kLeastSpare = 10;

AVPixelFormat software_format(const AVPixelFormat* offered) {
  for (; *offered != AV_PIX_FMT_NONE; ++offered) {
    const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(*offered);
    if (format != nullptr && (format->flags & AV_PIX_FMT_FLAG_HWACCEL) == 0) return *offered;
  }
  return AV_PIX_FMT_NONE;
}

/// Surfaces for an hwaccel: what it needs itself and kHeldSurfaces, within NVDEC's limit.
bool give_surfaces(AVCodecContext& codec) {
  AVBufferRef* frames = nullptr;
  if (avcodec_get_hw_frames_parameters(&codec, codec.hw_device_ctx, AV_PIX_FMT_CUDA, &frames) < 0) return false;
  auto* const pool = reinterpret_cast<AVHWFramesContext*>(frames->data);
  const int own = pool->initial_pool_size;
  pool->initial_pool_size = std::min(own + kHeldSurfaces, kMostSurfaces);
  if (own + kLeastSpare > kMostSurfaces || av_hwframe_ctx_init(frames) < 0) {
    av_buffer_unref(&frames);
    return false;
  }
  av_buffer_unref(&codec.hw_frames_ctx);
  codec.hw_frames_ctx = frames;
  return true;
}

AVPixelFormat choose_for_hwaccel(AVCodecContext* codec, const AVPixelFormat* offered) {
  const bool is_420 = codec->sw_pix_fmt == AV_PIX_FMT_YUV420P || codec->sw_pix_fmt == AV_PIX_FMT_YUVJ420P;
  for (const AVPixelFormat* format = offered; is_420 && *format != AV_PIX_FMT_NONE; ++format) {
    if (*format == AV_PIX_FMT_CUDA && give_surfaces(*codec)) return *format;
  }
  return software_format(offered);
}

AVPixelFormat choose_cuda(AVCodecContext*, const AVPixelFormat* offered) {
  for (const AVPixelFormat* format = offered; *format != AV_PIX_FMT_NONE; ++format) {
    if (*format == AV_PIX_FMT_CUDA) return *format;
  }
  return software_format(offered);
}

bool is_420(const AVStream& stream) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(stream.codecpar->format));
  // What the index calls 10 bits may be 12, which cuvid would give as 16.
  return format != nullptr && format->nb_components == 3 &&
         (format->comp[0].depth == 8 || format->comp[0].depth == 10) && format->log2_chroma_w == 1 &&
         format->log2_chroma_h == 1 && (format->flags & AV_PIX_FMT_FLAG_RGB) == 0;
}

bool is_one_size(const VideoIndex& video) {
  return std::all_of(video.formats.begin(), video.formats.end(), [&](const VideoFormat& format) {
    return format.width == video.formats.front().width && format.height == video.formats.front().height &&
           format.depth == video.formats.front().depth;
  });
}

}  // namespace

bool suits_hardware(const TakeIndex& index, const AVStream& stream) {
  const VideoIndex& video = *index.video;
  if (!index.losses.empty()) return false;
  const bool interlaced =
      std::any_of(video.formats.begin(), video.formats.end(), [](const VideoFormat& f) { return f.interlaced; });
  if (interlaced || !is_420(stream)) return false;
  if (video.codec == "h264") {
    return std::all_of(video.formats.begin(), video.formats.end(), [](const VideoFormat& f) { return f.depth == 8; });
  }
  return video.codec == "hevc" && is_one_size(video);
}

Result<AvCodec> open_hardware_decoder(const AVStream* stream, const MediaLimits& limits, const HwDevice& device) {
  const bool hevc = stream->codecpar->codec_id == AV_CODEC_ID_HEVC;
  const char* const name = hevc ? "hevc_cuvid" : "h264";
  const AVCodec* codec = avcodec_find_decoder_by_name(name);
  if (codec == nullptr) return fail(Errc::kDevice, kWhere, std::string("this libavcodec has no ") + name);
  AvCodec context(avcodec_alloc_context3(codec));
  if (!context) return fail(Errc::kCapacity, kWhere, "no memory for a decoder", true);
  avcodec_parameters_to_context(context.get(), stream->codecpar);
  context->thread_count = 1;
  context->max_pixels = limits.max_pixels;
  context->flags |= AV_CODEC_FLAG_UNALIGNED;  // as open_decoder(): it may be software that decodes in the end
  void* const shared = hevc ? device.av_device_on_default_stream() : device.av_device();
  context->hw_device_ctx = av_buffer_ref(static_cast<AVBufferRef*>(shared));
  context->get_format = hevc ? choose_cuda : choose_for_hwaccel;
#ifdef AV_HWACCEL_FLAG_UNSAFE_OUTPUT  // from FFmpeg 6.0 on surfaces are copied without it
  context->hwaccel_flags |= AV_HWACCEL_FLAG_UNSAFE_OUTPUT;
#endif
  // hevc_cuvid counts times in 1/10000000 s inside; ours are numbers, and stay what they are.
  context->pkt_timebase = hevc ? AVRational{1, 10'000'000} : stream->time_base;
  forget_last_words();
  const Activity activity(hevc ? "avcodec_open2(hevc_cuvid)" : "avcodec_open2(h264)");
  const int status = avcodec_open2(context.get(), codec, nullptr);
  if (status < 0) {
    return fail(Errc::kDevice, kWhere,
                std::string(name) + " refuses the stream: " + av_text(status) + "; " + last_words());
  }
  return context;
}

bool is_surface(const AVFrame& picture) { return picture.format == AV_PIX_FMT_CUDA; }

DecodeCount::DecodeCount(AVCodecContext& codec) : own_parser_(codec.codec_id == AV_CODEC_ID_HEVC) {
  codec.opaque = this;
  codec.get_buffer2 = get_buffer;
}

int DecodeCount::get_buffer(AVCodecContext* codec, AVFrame* frame, int flags) {
  const int status = avcodec_default_get_buffer2(codec, frame, flags);
  if (status >= 0 && is_surface(*frame)) static_cast<DecodeCount*>(codec->opaque)->asked_ = true;
  return status;
}

void DecodeCount::sent(bool has_references) {
  decoded_ += (own_parser_ ? in_parser_ : asked_) ? 1 : 0;
  asked_ = false;
  in_parser_ = has_references;
}

void DecodeCount::ended() {
  if (own_parser_ && in_parser_) ++decoded_;
  in_parser_ = false;
}

void DecodeCount::flushed() { asked_ = in_parser_ = false; }

}  // namespace tessera::media
