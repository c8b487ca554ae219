#include "engine/media/index_format.h"

#include <cmath>
#include <cstdlib>

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

namespace tessera::media {
namespace {

/// Beyond this, a sample aspect ratio is damage, not anamorphic video.
constexpr Rational kWidestSample{64, 1};
constexpr Rational kNarrowestSample{1, 64};
/// The bytes at a VP8 or VP9 key frame's begin that hold its profile, depth, colour and size. VP8's first three hold
/// the length of its first partition, which differs every time.
constexpr int kVpxHeaderBytes = 10;
constexpr int kVp8FrameTagBytes = 3;

Rational sample_aspect_of(AVRational value) {
  if (value.num <= 0 || value.den <= 0) return {1, 1};
  const Rational aspect = Rational{value.num, value.den}.reduced();
  return aspect > kWidestSample || aspect < kNarrowestSample ? Rational{1, 1} : aspect;
}

bool is_interlaced(AVFieldOrder order) {
  return order == AV_FIELD_TT || order == AV_FIELD_BB || order == AV_FIELD_TB || order == AV_FIELD_BT;
}

Bytes bytes_of(const AVPacket& packet) { return {packet.data, static_cast<size_t>(packet.size)}; }

Bytes side_data(const AVPacket& packet, AVPacketSideDataType type) {
  size_t size = 0;
  const uint8_t* data = av_packet_get_side_data(&packet, type, &size);
  return data == nullptr ? Bytes{} : Bytes{data, size};
}

AvBsf make_filter(const char* chain, const AVStream* stream) {
  AVBSFContext* filter = nullptr;
  if (av_bsf_list_parse_str(chain, &filter) < 0) return nullptr;
  AvBsf owned(filter);
  if (avcodec_parameters_copy(filter->par_in, stream->codecpar) < 0) return nullptr;
  filter->time_base_in = stream->time_base;
  return av_bsf_init(filter) < 0 ? nullptr : std::move(owned);
}

const char* parameter_filters(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_H264:
      return "h264_mp4toannexb,extract_extradata";
    case AV_CODEC_ID_HEVC:
      return "hevc_mp4toannexb,extract_extradata";
    case AV_CODEC_ID_AV1:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MPEG4:
      return "extract_extradata";
    default:
      return nullptr;
  }
}

}  // namespace

Orientation orientation_of(const int32_t matrix[9]) {
  int64_t ex = matrix[0];
  int64_t ey = matrix[1];
  const bool mirrored = ex * matrix[4] - ey * matrix[3] < 0;
  if (mirrored) {
    ex = -ex;
    ey = -ey;
  }
  int turn = 0;
  if (std::abs(ex) >= std::abs(ey)) {
    turn = ex < 0 ? 2 : 0;
  } else {
    turn = ey > 0 ? 1 : 3;
  }
  return static_cast<Orientation>((mirrored ? 4 : 0) | turn);
}

Colour colour_of(AVColorSpace space, AVColorRange range, AVColorTransferCharacteristic transfer) {
  Colour colour;
  switch (space) {
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_FCC:
      colour.matrix = Matrix::kBt601;
      break;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      colour.matrix = Matrix::kBt2020;
      break;
    default:
      break;
  }
  if (range == AVCOL_RANGE_JPEG) colour.range = Range::kFull;
  if (transfer == AVCOL_TRC_SMPTE2084) colour.transfer = Transfer::kPq;
  if (transfer == AVCOL_TRC_ARIB_STD_B67) colour.transfer = Transfer::kHlg;
  return colour;
}

FormatProbe::FormatProbe(AVFormatContext* input, AVStream* stream, const MediaLimits& limits)
    : input_(input), stream_(stream), limits_(limits) {
  size_t size = 0;
  const uint8_t* matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (matrix != nullptr && size >= 9 * sizeof(int32_t)) {
    orientation_ = orientation_of(reinterpret_cast<const int32_t*>(matrix));
  }
  const AVCodecID codec = stream->codecpar->codec_id;
  if (const char* filters = parameter_filters(codec)) parameter_sets_ = make_filter(filters, stream);
  if (codec == AV_CODEC_ID_VP9) vp9_split_ = make_filter("vp9_superframe_split", stream);
  const bool fields = codec == AV_CODEC_ID_H264 && is_interlaced(stream->codecpar->field_order);
  if (codec == AV_CODEC_ID_AV1 || fields) {
    parser_.reset(av_parser_init(codec));
    parser_context_.reset(avcodec_alloc_context3(nullptr));
    if (parser_) parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    if (parser_context_) avcodec_parameters_to_context(parser_context_.get(), stream->codecpar);
  }
}

VideoFormat FormatProbe::complete(int width, int height, int pixel_format, AVRational sample_aspect) const {
  VideoFormat format;
  format.width = width;
  format.height = height;
  format.sample_aspect = sample_aspect_of(sample_aspect);
  format.orientation = orientation_;
  format.interlaced = is_interlaced(stream_->codecpar->field_order);
  const AVPixFmtDescriptor* layout = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(pixel_format));
  format.depth = layout != nullptr && layout->comp[0].depth > 8 ? 10 : 8;
  return format;
}

std::optional<VideoFormat> FormatProbe::declared() const {
  const AVCodecParameters& codec = *stream_->codecpar;
  if (codec.width <= 0 || codec.height <= 0) return std::nullopt;
  VideoFormat format =
      complete(codec.width, codec.height, codec.format, av_guess_sample_aspect_ratio(input_, stream_, nullptr));
  format.colour = colour_of(codec.color_space, codec.color_range, codec.color_trc);
  return format;
}

/// What would have to change for pictures to look otherwise, as far as a key packet carries it.
Hash128 FormatProbe::parameters(const AVPacket& packet) {
  Hash128Hasher hasher;
  hasher.add(side_data(packet, AV_PKT_DATA_NEW_EXTRADATA));
  hasher.add(side_data(packet, AV_PKT_DATA_PARAM_CHANGE));
  const AVCodecID codec = stream_->codecpar->codec_id;
  if ((codec == AV_CODEC_ID_VP8 || codec == AV_CODEC_ID_VP9) && packet.size >= kVpxHeaderBytes) {
    const int begin = codec == AV_CODEC_ID_VP8 ? kVp8FrameTagBytes : 0;
    hasher.add(bytes_of(packet).subspan(static_cast<size_t>(begin), static_cast<size_t>(kVpxHeaderBytes - begin)));
  }
  const AvPacket copy(parameter_sets_ ? av_packet_clone(&packet) : nullptr);
  if (!copy) return hasher.finish();
  if (av_bsf_send_packet(parameter_sets_.get(), copy.get()) == 0) {
    while (av_bsf_receive_packet(parameter_sets_.get(), copy.get()) == 0) {
      hasher.add(side_data(*copy, AV_PKT_DATA_NEW_EXTRADATA));
      av_packet_unref(copy.get());
    }
  }
  return hasher.finish();
}

std::optional<VideoFormat> FormatProbe::decode_one(const AVPacket& packet) {
  auto decoder = open_decoder(stream_, limits_);
  if (!decoder) return std::nullopt;
  const AvFrame frame(av_frame_alloc());
  if (!frame || avcodec_send_packet(decoder->get(), &packet) < 0) return std::nullopt;
  int status = avcodec_receive_frame(decoder->get(), frame.get());
  if (status == AVERROR(EAGAIN)) {
    avcodec_send_packet(decoder->get(), nullptr);
    status = avcodec_receive_frame(decoder->get(), frame.get());
  }
  if (status < 0) return std::nullopt;
  VideoFormat format =
      complete(frame->width, frame->height, frame->format, av_guess_sample_aspect_ratio(input_, stream_, frame.get()));
  format.colour = colour_of(frame->colorspace, frame->color_range, frame->color_trc);
  if (frame->interlaced_frame != 0) format.interlaced = true;
  return format;
}

bool FormatProbe::run_parser(const AVPacket& packet) {
  uint8_t* data = nullptr;
  int size = 0;
  return av_parser_parse2(parser_.get(), parser_context_.get(), &data, &size, packet.data, packet.size, packet.pts,
                          packet.dts, packet.pos) >= 0;
}

/// Field-coded H.264 has a packet a field, and the decoder gives one picture for the two.
void FormatProbe::next_field(const AVPacket& packet, Verdict& verdict) {
  if (!run_parser(packet)) return;
  const AVPictureStructure structure = parser_->picture_structure;
  const bool field = structure == AV_PICTURE_STRUCTURE_TOP_FIELD || structure == AV_PICTURE_STRUCTURE_BOTTOM_FIELD;
  if (field && open_field_ != 0 && open_field_ != structure) {
    verdict.second_field = true;
    open_field_ = 0;
  } else {
    open_field_ = field ? structure : 0;
  }
}

void FormatProbe::next_vp9(const AVPacket& packet, Verdict& verdict) {
  const AvPacket part(av_packet_clone(&packet));
  if (!part || !vp9_split_ || av_bsf_send_packet(vp9_split_.get(), part.get()) < 0) return;
  bool any_shown = false;
  bool any = false;
  int width = 0;
  int height = 0;
  while (av_bsf_receive_packet(vp9_split_.get(), part.get()) == 0) {
    if (const auto header = vp9_.next(bytes_of(*part))) {
      any = true;
      any_shown = any_shown || header->shown;
      if (header->shown) {
        width = header->width;
        height = header->height;
      }
    }
    av_packet_unref(part.get());
  }
  if (any) verdict.shown = any_shown;
  if (current_ && width > 0 && (width != current_->width || height != current_->height)) {
    current_->width = width;
    current_->height = height;
    verdict.changed = current_;
  }
}

FormatProbe::Verdict FormatProbe::next(const AVPacket& packet) {
  Verdict verdict;
  const AVCodecID codec = stream_->codecpar->codec_id;
  const bool fresh = side_data(packet, AV_PKT_DATA_NEW_EXTRADATA).data() != nullptr ||
                     side_data(packet, AV_PKT_DATA_PARAM_CHANGE).data() != nullptr;
  if (codec == AV_CODEC_ID_VP9) next_vp9(packet, verdict);
  if (codec == AV_CODEC_ID_VP8 && packet.size > 0) verdict.shown = ((packet.data[0] >> 4) & 1) != 0;
  if (codec == AV_CODEC_ID_H264 && parser_) next_field(packet, verdict);
  if (codec == AV_CODEC_ID_AV1 && parser_ && run_parser(packet) && current_ && parser_->width > 0 &&
      (parser_->width != current_->width || parser_->height != current_->height)) {
    current_->width = parser_->width;
    current_->height = parser_->height;
    verdict.changed = current_;
  }
  if ((packet.flags & AV_PKT_FLAG_KEY) == 0 && !fresh) return verdict;
  const Hash128 parameters_now = parameters(packet);
  if (current_ && parameters_now == parameters_) return verdict;
  // A damaged key packet tells nothing; the next one is asked again.
  if (auto format = decode_one(packet)) {
    parameters_ = parameters_now;
    if (format != current_) verdict.changed = format;
    current_ = format;
  }
  return verdict;
}

}  // namespace tessera::media
