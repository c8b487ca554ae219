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

bool is_full_range(const AVFrame& picture) {
  switch (picture.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
      return true;
    default:
      return picture.color_range == AVCOL_RANGE_JPEG;
  }
}

/// Whole bytes or native words side by side, as read_packed() takes them.
bool is_packed(const AVPixFmtDescriptor& format) {
  constexpr uint64_t kOthers =
      AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_PLANAR | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BE;
  if ((format.flags & AV_PIX_FMT_FLAG_RGB) == 0 || (format.flags & kOthers) != 0 || format.nb_components < 3) {
    return false;
  }
  const int bytes = format.comp[0].depth / 8;
  for (int c = 0; c < format.nb_components; ++c) {
    const AVComponentDescriptor& part = format.comp[c];
    if (part.plane != 0 || part.shift != 0 || part.depth != 8 * bytes || bytes < 1 || bytes > 2) return false;
    if (part.offset % bytes != 0 || part.step % bytes != 0) return false;
  }
  return true;
}

}  // namespace

void YuvToRgba::Free::operator()(SwsContext* p) const { sws_freeContext(p); }

Result<AvFrame> YuvToRgba::convert(const AVFrame& picture) {
  const auto format = static_cast<AVPixelFormat>(picture.format);
  const AVPixelFormat wanted = av_pix_fmt_desc_get(format)->comp[0].depth > 8 ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_RGBA;
  AvFrame out(av_frame_alloc());
  if (!out) return fail(Errc::kCapacity, "media.image", "no memory for a picture", true);
  out->format = wanted;
  out->width = picture.width;
  out->height = picture.height;
  if (av_frame_get_buffer(out.get(), 0) < 0) {
    return fail(Errc::kCapacity, "media.image", "no memory for a picture", true);
  }
  scaler_.reset(sws_getCachedContext(scaler_.release(), picture.width, picture.height, format, picture.width,
                                     picture.height, wanted, kExactScaling, nullptr, nullptr, nullptr));
  if (!scaler_) return fail(Errc::kDevice, "media.image", "its pixel format can't be converted");
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(swscale_matrix(picture.colorspace)),
                           is_full_range(picture) ? 1 : 0, sws_getCoefficients(SWS_CS_ITU709), 1, 0, 1 << 16, 1 << 16);
  sws_scale(scaler_.get(), picture.data, picture.linesize, 0, picture.height, out->data, out->linesize);
  return out;
}

Result<RgbaSource> RgbaSource::open(AvFrame picture, YuvToRgba& from_yuv) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture->format));
  if (format == nullptr) return fail(Errc::kDevice, "media.image", "its pixel format is not known");
  if (!is_rgb_or_grey(*format)) {
    TESSERA_TRY_ASSIGN(picture, from_yuv.convert(*picture));
    format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture->format));
  }
  RgbaSource source(std::move(picture));
  source.palette_ = (format->flags & AV_PIX_FMT_FLAG_PAL) != 0;
  source.components_ = source.palette_ ? 4 : format->nb_components;
  source.depth_ = source.palette_ ? 8 : format->comp[0].depth;
  source.packed_ = is_packed(*format);
  return source;
}

template <class T>
void RgbaSource::read_packed(int y, RgbaRow& row) const {
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture_->format));
  const auto* const line = reinterpret_cast<const T*>(picture_->data[0] + ptrdiff_t{y} * picture_->linesize[0]);
  const auto step = static_cast<size_t>(format.comp[0].step) / sizeof(T);
  std::vector<uint16_t>* const planes[] = {&row.r, &row.g, &row.b, &row.a};
  for (size_t c = 0; c < static_cast<size_t>(components_); ++c) {
    const T* from = line + static_cast<size_t>(format.comp[c].offset) / sizeof(T);
    for (uint16_t& to : *planes[c]) {
      to = *from;
      from += step;
    }
  }
}

void RgbaSource::read(int y, RgbaRow& row) const {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture_->format));
  const auto size = static_cast<size_t>(width());
  for (auto* plane : {&row.r, &row.g, &row.b}) plane->resize(size);
  row.a.assign(size, static_cast<uint16_t>(max()));
  if (packed_) return depth_ == 8 ? read_packed<uint8_t>(y, row) : read_packed<uint16_t>(y, row);
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
