#include "tests/simgpu/nvcuvid/stream_decoder.h"

#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
}

namespace tessera::simgpu {
namespace {

std::atomic<uint64_t> next_id = 1;

AVCodecID codec_id(cudaVideoCodec codec) {
  switch (codec) {
    case cudaVideoCodec_H264:
      return AV_CODEC_ID_H264;
    case cudaVideoCodec_HEVC:
      return AV_CODEC_ID_HEVC;
    default:
      return AV_CODEC_ID_NONE;
  }
}

/// Travels in a spare buffer of each AVFrame: freed when libavcodec and all its frames have let go of the picture.
using Ticket = std::shared_ptr<Picture>;
constexpr int kTicketBuffer = 5;

void release_ticket(void*, uint8_t* data) {
  auto* ticket = reinterpret_cast<Ticket*>(data);
  (*ticket)->released = true;
  delete ticket;
}

SequenceFormat describe(const AVCodecContext& context, const AVFrame& frame) {
  const AVPixFmtDescriptor* pixels = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  SequenceFormat out;
  out.coded_width = context.coded_width;
  out.coded_height = context.coded_height;
  out.width = context.width;
  out.height = context.height;
  out.bit_depth = pixels->comp[0].depth;
  out.is_420 = pixels->nb_components == 1 || (pixels->log2_chroma_w == 1 && pixels->log2_chroma_h == 1);
  out.references = context.refs;
  out.reorder = context.has_b_frames;
  out.rate_num = context.framerate.num;
  out.rate_den = context.framerate.den;
  out.sar_num = context.sample_aspect_ratio.num;
  out.sar_den = context.sample_aspect_ratio.den;
  out.primaries = context.color_primaries;
  out.transfer = context.color_trc;
  out.matrix = context.colorspace;
  out.full_range = context.color_range == AVCOL_RANGE_JPEG;
  return out;
}

}  // namespace

bool SequenceFormat::same_pictures(const SequenceFormat& other) const {
  return coded_width == other.coded_width && coded_height == other.coded_height && width == other.width &&
         height == other.height && bit_depth == other.bit_depth && is_420 == other.is_420;
}

int begin_picture(AVCodecContext* context, AVFrame* frame, int flags) {
  const int failed = avcodec_default_get_buffer2(context, frame, flags);
  if (failed < 0) return failed;
  auto* self = static_cast<StreamDecoder*>(context->opaque);
  auto picture = std::make_shared<Picture>();
  picture->frame = {av_frame_clone(frame), [](AVFrame* mine) { av_frame_free(&mine); }};
  picture->id = next_id++;
  auto* ticket = new Ticket(picture);
  frame->buf[kTicketBuffer] =
      av_buffer_create(reinterpret_cast<uint8_t*>(ticket), sizeof *ticket, release_ticket, nullptr, 0);
  if (!picture->frame || !frame->buf[kTicketBuffer]) return AVERROR(ENOMEM);
  self->format_ = describe(*context, *frame);
  self->begun_.push_back(std::move(picture));
  return 0;
}

std::unique_ptr<StreamDecoder> StreamDecoder::create(cudaVideoCodec codec) {
  const AVCodec* found = avcodec_find_decoder(codec_id(codec));
  if (!found) return nullptr;
  std::unique_ptr<StreamDecoder> out(new StreamDecoder);
  out->context_ = avcodec_alloc_context3(found);
  if (!out->context_) return nullptr;
  AVCodecContext& context = *out->context_;
  context.opaque = out.get();
  context.get_buffer2 = begin_picture;
  context.thread_count = 1;  // with more, pictures are begun ahead of time
  context.apply_cropping = 0;
  context.pkt_timebase = {1, 10'000'000};
  if (avcodec_open2(&context, found, nullptr) < 0) return nullptr;
  return out;
}

StreamDecoder::~StreamDecoder() { avcodec_free_context(&context_); }

bool StreamDecoder::decode(std::span<const uint8_t> bytes, int64_t timestamp) {
  AVPacket* packet = av_packet_alloc();
  if (!packet || av_new_packet(packet, static_cast<int>(bytes.size())) < 0) {
    av_packet_free(&packet);
    return false;
  }
  std::copy(bytes.begin(), bytes.end(), packet->data);
  packet->pts = timestamp;
  const int failed = avcodec_send_packet(context_, packet);
  av_packet_free(&packet);
  return failed >= 0;
}

std::shared_ptr<Picture> StreamDecoder::begun() {
  const auto begun = std::exchange(begun_, {});
  if (begun.empty()) return nullptr;
  // H.264's decoder makes them up before the picture, HEVC's after it has begun.
  return context_->codec_id == AV_CODEC_ID_HEVC ? begun.front() : begun.back();
}

std::optional<Shown> StreamDecoder::shown() {
  AVFrame* frame = av_frame_alloc();
  std::optional<Shown> out;
  // A damaged access unit is an error once; what was decoded before it comes all the same.
  int result = avcodec_receive_frame(context_, frame);
  while (result < 0 && result != AVERROR(EAGAIN) && result != AVERROR_EOF)
    result = avcodec_receive_frame(context_, frame);
  if (result >= 0 && frame->buf[kTicketBuffer])
    out = Shown{*reinterpret_cast<Ticket*>(frame->buf[kTicketBuffer]->data), frame->pts, !frame->interlaced_frame,
                frame->top_field_first != 0, frame->repeat_pict};
  av_frame_free(&frame);
  return out;
}

void StreamDecoder::drain() { avcodec_send_packet(context_, nullptr); }

void StreamDecoder::reset() { avcodec_flush_buffers(context_); }

}  // namespace tessera::simgpu
