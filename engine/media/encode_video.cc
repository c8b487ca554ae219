#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "engine/media/av.h"
#include "engine/media/codecs_string.h"
#include "engine/media/encode.h"
#include "engine/media/encode_parts.h"
#include "engine/media/encode_video_rate.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace tessera::media {
namespace {

constexpr const char* kWhere = "media.encode";
constexpr int kSeiUnit = 6;
constexpr int kNalTypeMask = 0x1f;

/// x264 counts rates in kilobits, and takes 0 for no limit.
int64_t whole_kilobits(double bits) { return std::max<int64_t>(1, static_cast<int64_t>(bits / 1000)) * 1000; }

std::string x264_parameters(const VideoEncoderSettings& s, const RatePlan& rate) {
  // force-cfr: the rate control and the VUI go by frames, not by timestamps.
  // stitchable: headers don't depend on the rates, so that every chunk has the same.
  std::string text =
      "log=-1:force-cfr=1:cpu-independent=1:stitchable=1:sync-lookahead=0:b-pyramid=none:sliced-threads=0"
      ":scenecut=0:open-gop=0:nal-hrd=none:aud=0:repeat-headers=0:annexb=1"
      ":keyint=" +
      std::to_string(s.gop_frames) + ":min-keyint=" + std::to_string(s.gop_frames) +
      ":bframes=" + std::to_string(s.bframes);
  std::array<char, 64> rates{};
  std::snprintf(rates.data(), rates.size(), ":crf=%.2f", rate.crf);
  text += rates.data();
  if (rate.capped) {
    std::snprintf(rates.data(), rates.size(), ":vbv-init=%.4f", rate.start / rate.bucket);
    text += rates.data();
  }
  return text;
}

Result<AvCodec> open_x264(const VideoEncoderSettings& s, const RatePlan& rate) {
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr) return fail(Errc::kDevice, kWhere, "libavcodec has no libx264 here; wanted it for h264");
  AvCodec context(avcodec_alloc_context3(codec));
  if (!context) return fail(Errc::kCapacity, kWhere, "no memory for an encoder", true);
  describe_to(*context, s);
  context->pix_fmt = s.depth == 10 ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P;
  context->thread_count = 1;
  context->log_level_offset = AV_LOG_MAX_OFFSET;  // x264 would tell its options on standard error, once a chunk
  if (rate.capped) {
    context->rc_max_rate = whole_kilobits(rate.most_rate);
    context->rc_buffer_size = static_cast<int>(whole_kilobits(rate.bucket));
  }
  av_opt_set(context->priv_data, "preset", s.preset.c_str(), 0);
  av_opt_set(context->priv_data, "profile", s.profile.c_str(), 0);
  av_opt_set(context->priv_data, "x264-params", x264_parameters(s, rate).c_str(), 0);
  const int status = avcodec_open2(context.get(), codec, nullptr);
  if (status < 0) {
    return fail(Errc::kBadInput, kWhere,
                "libx264 refuses preset " + s.preset + ", profile " + s.profile + ", " + std::to_string(s.width) + "x" +
                    std::to_string(s.height) + ", depth " + std::to_string(s.depth) + ": " + av_text(status));
  }
  return context;
}

/// x264's own version, from the text that it puts into its first packet: the headers name only the interface.
std::string version_in(std::span<const uint8_t> packet) {
  std::string version;
  for_each_nal(packet, [&](std::span<const uint8_t> nal) {
    if ((nal[0] & kNalTypeMask) != kSeiUnit) return;
    const std::string text(nal.begin(), nal.end());
    const size_t begin = text.find("x264 - core");
    const size_t end = text.find(" - H.264", begin);
    if (begin != std::string::npos && end != std::string::npos) version = text.substr(begin + 7, end - begin - 7);
  });
  return version;
}

/// Asks for a first key frame that is as fine as later ones. With its macroblock tree on, x264 gives key frames the
/// quality of the P-frames before them, finer by its ip factor of 1.4; to the very first one it does not apply that
/// factor, so that a chunk's first second would be 3 steps of the quantiser coarser. 3.9 have to be asked for, as the
/// tree takes some back: measured, chunks' first key frames then have the size of a continuous encode's within a few
/// per cent. Not where a bitrate is asked for: there the bucket decides, and a first key frame that takes more of it
/// leaves less for the second after it (measured on noise with hard cuts: SSIM 0.006 below a continuous encode's there
/// instead of none).
Result<void> ask_for_usual_key_frame(AVFrame& frame, int depth) {
  constexpr int kSteps1000 = -3900;  // of the quantiser, in thousandths
  AVFrameSideData* side = av_frame_new_side_data(&frame, AV_FRAME_DATA_REGIONS_OF_INTEREST, sizeof(AVRegionOfInterest));
  if (side == nullptr) return fail(Errc::kCapacity, kWhere, "no memory for a frame's reference", true);
  auto* region = reinterpret_cast<AVRegionOfInterest*>(side->data);
  *region = {};
  region->self_size = sizeof(AVRegionOfInterest);
  region->bottom = frame.height;
  region->right = frame.width;
  region->qoffset = {kSteps1000, 1000 * (51 + 6 * (depth - 8))};
  return {};
}

bool has_macroblock_tree(const std::string& preset) { return preset != "ultrafast" && preset != "superfast"; }

bool wants_finer_key_frame(const VideoEncoderSettings& s) { return s.quality >= 0 && has_macroblock_tree(s.preset); }

class X264Encoder final : public VideoEncoder {
 public:
  X264Encoder(AvCodec context, StreamInfo info, const VideoEncoderSettings& settings)
      : context_(std::move(context)),
        info_(std::move(info)),
        format_(canvas_format(settings.width, settings.height, settings.depth)),
        finer_first_(wants_finer_key_frame(settings)),
        capped_(plan_rate(settings).capped),
        keeper_(plan_rate(settings)),
        ticks_a_frame_(frame_ticks(settings.fps)) {}

  const StreamInfo& info() const override { return info_; }

  Result<void> encode(const FrameRef& frame, std::vector<Packet>& out) override {
    TESSERA_TRY(check_frame(frame));
    TESSERA_TRY_ASSIGN(AvFrame lent, lend_frame(frame, context_->pix_fmt));
    if (capped_) context_->rc_max_rate = whole_kilobits(keeper_.drain_before(next_));
    if (next_ == 0 && finer_first_) TESSERA_TRY(ask_for_usual_key_frame(*lent, format_.depth));
    lent->pts = next_++;
    return send(lent.get(), out);
  }

  Result<void> finish(std::vector<Packet>& out, const std::function<void()>& alive) override {
    return send(nullptr, out, alive);
  }

 private:
  Result<void> check_frame(const FrameRef& frame) const {
    const FrameFormat* f = frame ? &frame->format : nullptr;
    if (f == nullptr || f->width != format_.width || f->height != format_.height || f->depth != format_.depth ||
        f->chroma_shift_x != 1 || f->chroma_shift_y != 1 || f->semi_planar || f->msb_shift != 0) {
      return fail(Errc::kInternal, kWhere, "a frame that is not planar 4:2:0 of the encoder's size and depth");
    }
    return {};
  }

  Result<void> send(const AVFrame* frame, std::vector<Packet>& out, const std::function<void()>& alive = nullptr) {
    const int sent = avcodec_send_frame(context_.get(), frame);
    if (sent < 0) return fail(Errc::kDevice, kWhere, "libx264 does not take a frame: " + av_text(sent));
    const AvPacket packet(av_packet_alloc());
    if (!packet) return fail(Errc::kCapacity, kWhere, "no memory for a packet", true);
    for (;;) {
      const int got = avcodec_receive_packet(context_.get(), packet.get());
      if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return {};
      if (got < 0) return fail(Errc::kDevice, kWhere, "libx264 fails: " + av_text(got));
      Packet done;
      done.data = without_sei({packet->data, static_cast<size_t>(packet->size)}, false);
      done.pts = packet->pts * ticks_a_frame_;
      // As x264's own, but for chunks of a frame or two: there it would not know of its delay yet.
      done.dts = (sent_++ - context_->has_b_frames) * ticks_a_frame_;
      done.duration = ticks_a_frame_;
      done.key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
      keeper_.encoded(std::ssize(done.data) * 8);
      out.push_back(std::move(done));
      av_packet_unref(packet.get());
      if (alive) alive();
    }
  }

  AvCodec context_;
  StreamInfo info_;
  FrameFormat format_;
  bool finer_first_ = false;
  bool capped_ = false;
  RateKeeper keeper_;
  int64_t ticks_a_frame_ = 0;
  int64_t next_ = 0;  // frames taken
  int64_t sent_ = 0;  // packets given
};

/// x264's version, found by encoding one small picture. Empty where there is no libx264.
std::string find_x264_version() {
  VideoEncoderSettings settings;
  settings.width = settings.height = 64;
  settings.quality = 30;
  const Result<AvCodec> context = open_x264(settings, plan_rate(settings));
  const AvFrame picture(av_frame_alloc());
  const AvPacket packet(av_packet_alloc());
  if (!context || !picture || !packet) return {};
  picture->format = (*context)->pix_fmt;
  picture->width = settings.width;
  picture->height = settings.height;
  picture->pts = 0;
  if (av_frame_get_buffer(picture.get(), 0) < 0) return {};
  for (size_t plane = 0; plane < 3; ++plane) {
    const int rows = plane == 0 ? settings.height : settings.height / 2;
    std::fill_n(picture->data[plane], picture->linesize[plane] * rows, uint8_t{128});
  }
  if (avcodec_send_frame(context->get(), picture.get()) < 0 || avcodec_send_frame(context->get(), nullptr) < 0 ||
      avcodec_receive_packet(context->get(), packet.get()) < 0) {
    return {};
  }
  return version_in({packet->data, static_cast<size_t>(packet->size)});
}

}  // namespace

std::string encoder_fingerprint(const VideoEncoderSettings& settings, const HwDevice* device) {
  if (settings.encoder == "nvenc") return device != nullptr ? nvenc_fingerprint(settings, *device) : "none";
  if (settings.codec != "h264") return "none for " + settings.codec;
  static const std::string version = find_x264_version();
  return "libx264 " + version + ", libavcodec " + std::to_string(avcodec_version() >> 16) + "." +
         std::to_string(avcodec_version() >> 8 & 0xff) + "." + std::to_string(avcodec_version() & 0xff);
}

Result<std::unique_ptr<VideoEncoder>> VideoEncoder::create(const VideoEncoderSettings& settings,
                                                           const EncoderHardware& hardware) {
  TESSERA_TRY(check_encoder_settings(settings));
  if (settings.encoder == "nvenc") return create_nvenc(settings, hardware);
  TESSERA_TRY_ASSIGN(AvCodec context, open_x264(settings, plan_rate(settings)));
  const int64_t lead = context->has_b_frames * frame_ticks(settings.fps);
  TESSERA_TRY_ASSIGN(StreamInfo info, stream_info_of(*context, settings, lead));
  return std::make_unique<X264Encoder>(std::move(context), std::move(info), settings);
}

}  // namespace tessera::media
