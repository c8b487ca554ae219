#include "engine/media/reader_image.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

namespace tessera::media {
namespace {

constexpr int kExactScaling = SWS_BITEXACT | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BICUBIC;

bool is_rgb_or_grey(const AVPixFmtDescriptor& format) {
  const uint64_t kinds = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL;
  return (format.flags & kinds) != 0 || format.nb_components < 3;
}

int swscale_matrix(AVColorSpace space) {
  if (space == AVCOL_SPC_BT709) return SWS_CS_ITU709;
  if (space == AVCOL_SPC_BT2020_NCL || space == AVCOL_SPC_BT2020_CL) return SWS_CS_BT2020;
  return SWS_CS_ITU601;  // what JPEG and WebP are, tagged or not
}

/// Lossy formats: to 8-bit RGBA.
Result<AvFrame> to_rgba(const AVFrame& picture) {
  const auto format = static_cast<AVPixelFormat>(picture.format);
  const bool full = picture.color_range == AVCOL_RANGE_JPEG || format == AV_PIX_FMT_YUVJ420P ||
                    format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P ||
                    format == AV_PIX_FMT_YUVJ411P;
  AvFrame out(av_frame_alloc());
  if (!out) return fail(Errc::kCapacity, "media.image", "no memory for a picture", true);
  out->format = AV_PIX_FMT_RGBA;
  out->width = picture.width;
  out->height = picture.height;
  if (av_frame_get_buffer(out.get(), 0) < 0) {
    return fail(Errc::kCapacity, "media.image", "no memory for a picture", true);
  }
  SwsContext* scaler = sws_getContext(picture.width, picture.height, format, picture.width, picture.height,
                                      AV_PIX_FMT_RGBA, kExactScaling, nullptr, nullptr, nullptr);
  if (scaler == nullptr) return fail(Errc::kDevice, "media.image", "its pixel format can't be converted");
  sws_setColorspaceDetails(scaler, sws_getCoefficients(swscale_matrix(picture.colorspace)), full ? 1 : 0,
                           sws_getCoefficients(SWS_CS_ITU709), 1, 0, 1 << 16, 1 << 16);
  sws_scale(scaler, picture.data, picture.linesize, 0, picture.height, out->data, out->linesize);
  sws_freeContext(scaler);
  return out;
}

}  // namespace

Result<RgbaSource> RgbaSource::open(AvFrame picture) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture->format));
  if (format == nullptr) return fail(Errc::kDevice, "media.image", "its pixel format is not known");
  if (!is_rgb_or_grey(*format)) {
    TESSERA_TRY_ASSIGN(picture, to_rgba(*picture));
    format = av_pix_fmt_desc_get(AV_PIX_FMT_RGBA);
  }
  RgbaSource source(std::move(picture));
  source.palette_ = (format->flags & AV_PIX_FMT_FLAG_PAL) != 0;
  source.components_ = source.palette_ ? 4 : format->nb_components;
  source.depth_ = source.palette_ ? 8 : format->comp[0].depth;
  return source;
}

void RgbaSource::read(int y, RgbaRow& row) const {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture_->format));
  const auto size = static_cast<size_t>(width());
  row.max = max();
  for (auto* plane : {&row.r, &row.g, &row.b, &row.a}) plane->assign(size, static_cast<uint16_t>(row.max));
  const auto read = [&](std::vector<uint16_t>& plane, int component) {
    av_read_image_line2(plane.data(), const_cast<const uint8_t**>(picture_->data), picture_->linesize, format, 0, y,
                        component, width(), palette_ ? 1 : 0, sizeof(uint16_t));
  };
  read(row.r, 0);
  if (components_ < 3) {
    row.g = row.b = row.r;
  } else {
    read(row.g, 1);
    read(row.b, 2);
  }
  if (components_ == 2 || components_ == 4) read(row.a, components_ - 1);
}

}  // namespace tessera::media
