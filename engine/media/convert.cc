#include "engine/media/reader_convert.h"

#include <algorithm>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include "engine/media/index_format.h"
#include "engine/media/reader_hardware.h"

namespace tessera::media {
namespace {

constexpr int kMaxSide = 8192;
constexpr int kExactScaling = SWS_BITEXACT | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BICUBIC;

struct Layout {
  uint8_t depth, shift_x, shift_y;
  bool semi_planar;
  uint8_t msb_shift;
  bool full_range;
};

/// What FrameFormat says of a pixel format; false where it can't.
bool layout_of(int format, Layout& layout) {
  switch (format) {
    case AV_PIX_FMT_YUV420P:
      layout = {8, 1, 1, false, 0, false};
      return true;
    case AV_PIX_FMT_YUVJ420P:
      layout = {8, 1, 1, false, 0, true};
      return true;
    case AV_PIX_FMT_YUV422P:
      layout = {8, 1, 0, false, 0, false};
      return true;
    case AV_PIX_FMT_YUVJ422P:
      layout = {8, 1, 0, false, 0, true};
      return true;
    case AV_PIX_FMT_YUV444P:
      layout = {8, 0, 0, false, 0, false};
      return true;
    case AV_PIX_FMT_YUVJ444P:
      layout = {8, 0, 0, false, 0, true};
      return true;
    case AV_PIX_FMT_YUV420P10:
      layout = {10, 1, 1, false, 0, false};
      return true;
    case AV_PIX_FMT_YUV422P10:
      layout = {10, 1, 0, false, 0, false};
      return true;
    case AV_PIX_FMT_YUV444P10:
      layout = {10, 0, 0, false, 0, false};
      return true;
    case AV_PIX_FMT_NV12:
      layout = {8, 1, 1, true, 0, false};
      return true;
    case AV_PIX_FMT_P010:
      layout = {10, 1, 1, true, 6, false};
      return true;
    default:
      return false;
  }
}

void site(FrameFormat& format, AVChromaLocation location) {
  switch (location) {
    case AVCHROMA_LOC_CENTER:
      format.siting_x = format.siting_y = Siting::kCentred;
      break;
    case AVCHROMA_LOC_TOPLEFT:
      format.siting_x = format.siting_y = Siting::kCosited;
      break;
    case AVCHROMA_LOC_TOP:
      format.siting_x = Siting::kCentred, format.siting_y = Siting::kCosited;
      break;
    case AVCHROMA_LOC_BOTTOMLEFT:
      format.siting_x = Siting::kCosited, format.siting_y = Siting::kCositedLast;
      break;
    case AVCHROMA_LOC_BOTTOM:
      format.siting_x = Siting::kCentred, format.siting_y = Siting::kCositedLast;
      break;
    default:
      format.siting_x = Siting::kCosited, format.siting_y = Siting::kCentred;
      break;
  }
  // An axis without subsampling has its chroma where its luma is.
  if (format.chroma_shift_x == 0) format.siting_x = Siting::kCosited;
  if (format.chroma_shift_y == 0) format.siting_y = Siting::kCosited;
}

FrameFormat format_of(const AVFrame& picture, const Layout& layout) {
  FrameFormat format;
  format.width = picture.width;
  format.height = picture.height;
  format.depth = layout.depth;
  format.chroma_shift_x = layout.shift_x;
  format.chroma_shift_y = layout.shift_y;
  format.semi_planar = layout.semi_planar;
  format.msb_shift = layout.msb_shift;
  format.colour =
      colour_of(picture.colorspace, layout.full_range ? AVCOL_RANGE_JPEG : picture.color_range, picture.color_trc);
  site(format, picture.chroma_location);
  return format;
}

std::shared_ptr<Frame> refer_to(AvFrame picture, const FrameFormat& format) {
  auto frame = std::make_shared<Frame>();
  frame->format = format;
  const int width = format.chroma_width();
  const int height = format.chroma_height();
  const int step = format.semi_planar ? 2 : 1;
  uint8_t* const second = format.semi_planar ? picture->data[1] + format.bytes_per_sample() : picture->data[2];
  const int second_row = format.semi_planar ? picture->linesize[1] : picture->linesize[2];
  frame->planes[0] = {picture->data[0], picture->linesize[0], format.width, format.height, 1};
  frame->planes[1] = {picture->data[1], picture->linesize[1], width, height, step};
  frame->planes[2] = {second, second_row, width, height, step};
  frame->owner = std::shared_ptr<AVFrame>(std::move(picture));
  return frame;
}

/// A decoder's surface. Its planes begin at the coded picture's corner: libavcodec crops only the far sides of it.
Result<FrameRef> refer_to_surface(AvFrame picture) {
  const auto* const pool =
      picture->hw_frames_ctx ? reinterpret_cast<const AVHWFramesContext*>(picture->hw_frames_ctx->data) : nullptr;
  Layout layout{};
  if (pool == nullptr || !layout_of(pool->sw_format, layout) || !layout.semi_planar) {
    return fail(Errc::kDevice, "media.decode", "a decoder's surface is neither NV12 nor P010");
  }
  const auto left = static_cast<int>(picture->crop_left), top = static_cast<int>(picture->crop_top);
  picture->width -= left;
  picture->height -= top;
  FrameFormat format = format_of(*picture, layout);
  const ptrdiff_t bytes = format.bytes_per_sample();
  picture->data[0] += top * ptrdiff_t{picture->linesize[0]} + left * bytes;
  picture->data[1] += top / 2 * ptrdiff_t{picture->linesize[1]} + left / 2 * 2 * bytes;
  auto frame = refer_to(std::move(picture), format);
  frame->memory = Memory::kCuda;
  return FrameRef(frame);
}

/// Devices may do anything with a sample that is none. @retval kCapacity no memory
Result<void> clamp_samples(AVFrame& picture, const FrameFormat& format) {
  if (av_frame_make_writable(&picture) < 0)
    return fail(Errc::kCapacity, "media.decode", "no memory for a picture", true);
  const int most = (1 << format.depth) - 1;
  for (int i = 0; i < 3; ++i) {
    const int width = i == 0 ? format.width : format.chroma_width();
    const int height = i == 0 ? format.height : format.chroma_height();
    for (int y = 0; y < height; ++y) {
      auto* const row = reinterpret_cast<uint16_t*>(picture.data[i] + y * ptrdiff_t{picture.linesize[i]});
      for (int x = 0; x < width; ++x) row[x] = static_cast<uint16_t>(std::min<int>(row[x], most));
    }
  }
  return {};
}

struct Target {
  AVPixelFormat format = AV_PIX_FMT_NONE;
  bool from_rgb = false;
};

/// The describable pixel format that keeps most of `source`.
Target target_of(const AVPixFmtDescriptor& source) {
  const bool deep = source.comp[0].depth > 8;
  const bool palette = (source.flags & AV_PIX_FMT_FLAG_PAL) != 0;
  if (palette || (source.flags & AV_PIX_FMT_FLAG_RGB) != 0) {
    return {deep ? AV_PIX_FMT_YUV444P10 : AV_PIX_FMT_YUV444P, true};
  }
  if (source.nb_components < 3) return {deep ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P, false};
  if (source.log2_chroma_w == 0) return {deep ? AV_PIX_FMT_YUV444P10 : AV_PIX_FMT_YUV444P, false};
  if (source.log2_chroma_h == 0 && source.log2_chroma_w == 1) {
    return {deep ? AV_PIX_FMT_YUV422P10 : AV_PIX_FMT_YUV422P, false};
  }
  return {deep ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P, false};
}

/// Grey with a "j" or "full" name: swscale takes the range from the name, FrameFormat from the tag.
bool is_full_range(const AVFrame& picture) {
  return picture.format == AV_PIX_FMT_YUVJ411P || picture.format == AV_PIX_FMT_YUVJ440P ||
         picture.color_range == AVCOL_RANGE_JPEG;
}

}  // namespace

FrameConverter::~FrameConverter() { sws_freeContext(scaler_); }

Result<FrameRef> FrameConverter::convert(AvFrame picture) {
  if (picture->width < 1 || picture->width > kMaxSide || picture->height < 1 || picture->height > kMaxSide) {
    return fail(Errc::kLimit, "media.decode",
                "a picture of " + std::to_string(picture->width) + "x" + std::to_string(picture->height) +
                    "; wanted sides of 1 to " + std::to_string(kMaxSide));
  }
  if (is_surface(*picture)) return refer_to_surface(std::move(picture));
  Layout layout{};
  if (!layout_of(picture->format, layout)) return scale(*picture);
  const FrameFormat format = format_of(*picture, layout);
  if (clamp_ && format.depth > 8 && !format.semi_planar) TESSERA_TRY(clamp_samples(*picture, format));
  return FrameRef(refer_to(std::move(picture), format));
}

Result<FrameRef> FrameConverter::scale(const AVFrame& picture) {
  const auto source_format = static_cast<AVPixelFormat>(picture.format);
  const AVPixFmtDescriptor* source = av_pix_fmt_desc_get(source_format);
  if (source == nullptr || sws_isSupportedInput(source_format) == 0) {
    return fail(Errc::kDevice, "media.decode", "pixel format " + std::to_string(picture.format) + " can't be read");
  }
  const Target target = target_of(*source);
  Layout layout{};
  layout_of(target.format, layout);
  FrameFormat format = format_of(picture, layout);
  if (target.from_rgb) {
    format.colour = {Matrix::kBt709, Range::kLimited, format.colour.transfer};
  } else if (is_full_range(picture)) {
    format.colour.range = Range::kFull;
  }
  scaler_ = sws_getCachedContext(scaler_, picture.width, picture.height, source_format, picture.width, picture.height,
                                 target.format, kExactScaling, nullptr, nullptr, nullptr);
  if (scaler_ == nullptr) {
    return fail(Errc::kDevice, "media.decode", std::string("pixel format ") + source->name + " can't be converted");
  }
  // Between YUV formats the same matrix and range on both sides mean no change of colour.
  const int full = format.colour.range == Range::kFull ? 1 : 0;
  const int* bt709 = sws_getCoefficients(SWS_CS_ITU709);
  sws_setColorspaceDetails(scaler_, bt709, target.from_rgb ? 1 : full, bt709, full, 0, 1 << 16, 1 << 16);
  TESSERA_TRY_ASSIGN(const std::shared_ptr<Frame> frame, allocate_frame(format));
  uint8_t* data[4] = {frame->planes[0].data, frame->planes[1].data, frame->planes[2].data, nullptr};
  int rows[4] = {static_cast<int>(frame->planes[0].stride), static_cast<int>(frame->planes[1].stride),
                 static_cast<int>(frame->planes[2].stride), 0};
  const int status = sws_scale(scaler_, picture.data, picture.linesize, 0, picture.height, data, rows);
  if (status < 0) return fail(Errc::kDevice, "media.decode", "a picture can't be converted: " + av_text(status));
  return FrameRef(frame);
}

}  // namespace tessera::media
