#include "tests/simgpu/nvcuvid/parser.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "tests/simgpu/nvcuvid/token.h"
#include "tests/simgpu/simgpu.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace tessera::simgpu {
namespace {

constexpr int64_t kNoTimestamp = INT64_MIN;

int minimum_surfaces(const SequenceFormat& format) { return std::clamp(format.references + format.reorder + 4, 4, 32); }

CUVIDEOFORMAT describe(const SequenceFormat& format, cudaVideoCodec codec, bool progressive) {
  CUVIDEOFORMAT out = {};
  out.codec = codec;
  out.frame_rate.numerator = static_cast<unsigned>(std::max(format.rate_num, 0));
  out.frame_rate.denominator = static_cast<unsigned>(std::max(format.rate_den, 0));
  out.progressive_sequence = progressive;
  out.bit_depth_luma_minus8 = out.bit_depth_chroma_minus8 = static_cast<unsigned char>(format.bit_depth - 8);
  out.min_num_decode_surfaces = static_cast<unsigned char>(minimum_surfaces(format));
  out.coded_width = static_cast<unsigned>(format.coded_width);
  out.coded_height = static_cast<unsigned>(format.coded_height);
  out.display_area = {0, 0, format.width, format.height};
  out.chroma_format = format.is_420 ? cudaVideoChromaFormat_420 : cudaVideoChromaFormat_444;
  const bool square = format.sar_num <= 0 || format.sar_den <= 0;
  const int64_t x = int64_t{format.width} * (square ? 1 : format.sar_num),
                y = int64_t{format.height} * (square ? 1 : format.sar_den), common = std::gcd(x, y);
  out.display_aspect_ratio = {static_cast<int>(x / common), static_cast<int>(y / common)};
  out.video_signal_description.video_format = 5;
  out.video_signal_description.video_full_range_flag = format.full_range;
  out.video_signal_description.color_primaries = static_cast<unsigned char>(format.primaries);
  out.video_signal_description.transfer_characteristics = static_cast<unsigned char>(format.transfer);
  out.video_signal_description.matrix_coefficients = static_cast<unsigned char>(format.matrix);
  return out;
}

}  // namespace

std::unique_ptr<Parser> Parser::create(const CUVIDPARSERPARAMS& params) {
  std::unique_ptr<Parser> out(new Parser);
  out->params_ = params;
  out->decoder_ = StreamDecoder::create(params.CodecType);
  out->slots_.resize(std::max(params.ulMaxNumDecodeSurfaces, 1u));
  if (!out->decoder_ || !out->open_cutter()) return nullptr;
  simgpu_live("parsers", 1);
  return out;
}

Parser::~Parser() {
  if (cutter_) simgpu_live("parsers", -1);
  av_parser_close(cutter_);
  avcodec_free_context(&cutter_context_);
}

bool Parser::open_cutter() {
  av_parser_close(cutter_);
  avcodec_free_context(&cutter_context_);
  const AVCodecID id = params_.CodecType == cudaVideoCodec_HEVC ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264;
  cutter_ = av_parser_init(id);
  cutter_context_ = avcodec_alloc_context3(avcodec_find_decoder(id));
  cut_width_ = cut_height_ = 0;
  fresh_ = true;
  return cutter_ && cutter_context_;
}

CUresult Parser::parse(const CUVIDSOURCEDATAPACKET& packet) {
  const bool timed = (packet.flags & CUVID_PKT_TIMESTAMP) != 0;
  bool good = true;
  if (packet.payload && packet.payload_size) {
    // Parameter sets come ahead, without a timestamp; the first access unit has the next packet's.
    const bool ahead = fresh_ && !timed && held_.empty();
    held_.insert(held_.end(), packet.payload, packet.payload + packet.payload_size);
    if (!ahead) {
      const std::vector<uint8_t> bytes = std::exchange(held_, {});
      good = cut(bytes.data(), bytes.size(), timed ? packet.timestamp : kNoTimestamp);
      fresh_ = false;
    }
  }
  if (good && (packet.flags & CUVID_PKT_ENDOFPICTURE)) good = cut(nullptr, 0, kNoTimestamp);
  if (packet.flags & (CUVID_PKT_ENDOFSTREAM | CUVID_PKT_DISCONTINUITY))
    good = end_of_stream((packet.flags & CUVID_PKT_NOTIFY_EOS) != 0) && good;
  // A client learns of a callback's failure from that callback; libavcodec says so of real drivers.
  return CUDA_SUCCESS;
}

bool Parser::cut(const uint8_t* data, size_t size, int64_t timestamp) {
  bool good = true;
  const bool flush = size == 0;
  std::vector<uint8_t> padded(data, data + size);
  padded.resize(size + AV_INPUT_BUFFER_PADDING_SIZE);
  const uint8_t* at = padded.data();
  do {
    uint8_t* unit = nullptr;
    int unit_size = 0;
    const int used = av_parser_parse2(cutter_, cutter_context_, &unit, &unit_size, at, static_cast<int>(size),
                                      timestamp, AV_NOPTS_VALUE, 0);
    timestamp = kNoTimestamp;
    at += used;
    size -= static_cast<size_t>(used);
    if (unit_size > 0) good = access_unit(unit, static_cast<size_t>(unit_size)) && good;
    if (flush) break;
  } while (size > 0);
  return good;
}

bool Parser::access_unit(const uint8_t* data, size_t size) {
  // A new size: what is pending belongs to the old sequence and is shown before the new one is announced.
  const bool other_size = cut_width_ && (cutter_->coded_width != cut_width_ || cutter_->coded_height != cut_height_);
  cut_width_ = cutter_->coded_width;
  cut_height_ = cutter_->coded_height;
  if (other_size) {
    decoder_->drain();
    if (!show()) return false;
    decoder_->reset();
  }
  decoder_->decode({data, size}, cutter_->pts);
  if (const auto picture = decoder_->begun()) {
    picture->intra = cutter_->pict_type == AV_PICTURE_TYPE_I;
    if (!begin(picture, data, size)) return false;
  }
  return show();
}

bool Parser::announce(const SequenceFormat& format) {
  const bool interlaced = cutter_->field_order > AV_FIELD_PROGRESSIVE;
  CUVIDEOFORMAT told = describe(format, params_.CodecType, !interlaced);
  announced_ = format;
  has_sequence_ = true;
  const int answer = params_.pfnSequenceCallback ? params_.pfnSequenceCallback(params_.pUserData, &told) : 1;
  refused_ = answer <= 0;
  if (answer > 1) slots_.resize(static_cast<size_t>(answer));
  return !refused_;
}

int Parser::take_slot(const std::shared_ptr<Picture>& picture) {
  const auto is_free = [](const Slot& slot) { return !slot.picture || slot.shown || slot.picture->released; };
  Slot* best = nullptr;
  for (Slot& slot : slots_)
    if (is_free(slot) && (!best || slot.used < best->used)) best = &slot;
  if (!best) {
    simgpu_misuse("the parser has %zu surfaces, too few for this stream", slots_.size());
    best = &*std::min_element(slots_.begin(), slots_.end(), [](auto& a, auto& b) { return a.used < b.used; });
  }
  *best = {picture, false, ++clock_};
  return static_cast<int>(best - slots_.data());
}

bool Parser::begin(const std::shared_ptr<Picture>& picture, const uint8_t* data, size_t size) {
  const SequenceFormat format = decoder_->format();
  if ((!has_sequence_ || !format.same_pictures(announced_)) && !announce(format)) return false;
  if (refused_) return false;
  CUVIDPICPARAMS params = {};
  params.PicWidthInMbs = (format.coded_width + 15) / 16;
  params.FrameHeightInMbs = (format.coded_height + 15) / 16;
  params.CurrPicIdx = take_slot(picture);
  const unsigned offset = 0;
  params.nBitstreamDataLen = static_cast<unsigned>(size);
  params.pBitstreamData = data;
  params.nNumSlices = 1;
  params.pSliceDataOffsets = &offset;
  params.ref_pic_flag = 1;
  params.intra_pic_flag = picture->intra;
  put_token(params, picture);
  return !params_.pfnDecodePicture || params_.pfnDecodePicture(params_.pUserData, &params) > 0;
}

bool Parser::show() {
  bool good = true;
  while (const auto next = decoder_->shown()) {
    const auto slot =
        std::find_if(slots_.begin(), slots_.end(), [&](const Slot& s) { return s.picture == next->picture; });
    if (slot == slots_.end() || refused_) continue;
    slot->shown = true;
    slot->used = ++clock_;
    CUVIDPARSERDISPINFO info = {};
    info.picture_index = static_cast<int>(slot - slots_.begin());
    info.progressive_frame = next->progressive;
    info.top_field_first = next->top_field_first;
    info.repeat_first_field = next->repeat;
    info.timestamp = next->timestamp == kNoTimestamp ? 0 : next->timestamp;
    if (params_.pfnDisplayPicture && params_.pfnDisplayPicture(params_.pUserData, &info) <= 0) good = false;
  }
  return good;
}

bool Parser::end_of_stream(bool notify) {
  bool good = true;
  if (!held_.empty()) {
    const std::vector<uint8_t> bytes = std::exchange(held_, {});
    good = cut(bytes.data(), bytes.size(), kNoTimestamp);
  }
  good = cut(nullptr, 0, kNoTimestamp) && good;
  decoder_->drain();
  good = show() && good;
  decoder_->reset();
  if (notify && params_.pfnDisplayPicture) params_.pfnDisplayPicture(params_.pUserData, nullptr);
  return open_cutter() && good;
}

}  // namespace tessera::simgpu
