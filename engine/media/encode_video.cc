#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "engine/media/av.h"
#include "engine/media/codecs_string.h"
#include "engine/media/encode.h"
#include "engine/media/encode_video_rate.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace tessera::media {
namespace {

constexpr const char* kWhere = "media.encode";
constexpr int64_t kUsualTimescale = 90'000;
constexpr int64_t kLeastTimescale = 10'000;
constexpr int kSeiUnit = 6;
constexpr int kNalTypeMask = 0x1f;
constexpr int kMaxSide = 8192;

Result<void> check(const VideoEncoderSettings& s) {
  const auto bad = [](const std::string& what) { return fail(Errc::kBadInput, kWhere, what); };
  if (s.codec != "h264") return bad("codec " + s.codec + " is not built yet; wanted h264");
  const auto bad_side = [](int side) { return side < 2 || side > kMaxSide || side % 2 != 0; };
  if (bad_side(s.width) || bad_side(s.height)) {
    return bad("a picture of " + std::to_string(s.width) + "x" + std::to_string(s.height) +
               "; wanted even sides of 2 to " + std::to_string(kMaxSide));
  }
  if (s.depth != 8 && s.depth != 10) return bad("depth " + std::to_string(s.depth) + "; wanted 8 or 10");
  if (s.fps.num <= 0 || s.fps.den <= 0 || s.fps.num > 1'000'000 || s.fps.den > 1'000'000) {
    return bad("a frame rate of " + format_rate(s.fps) + "; wanted a positive one with parts up to 1000000");
  }
  if (s.gop_frames < 1 || s.gop_frames > 100'000 || s.chunk_frames < 1) {
    return bad("a GOP of " + std::to_string(s.gop_frames) + " frames in a chunk of " + std::to_string(s.chunk_frames) +
               "; wanted 1 to 100000 frames, and a chunk of at least 1");
  }
  if (s.quality < 0 && s.bitrate_bps < 1000) return bad("neither a quality nor a bitrate of at least 1000 bit/s");
  if (s.quality > 51) return bad("quality " + std::to_string(s.quality) + "; wanted 0 to 51");
  constexpr int64_t kMostBits = 2'000'000'000;
  if (std::max({s.bitrate_bps, s.maxrate_bps, s.bufsize_bits}) > kMostBits) {
    return bad("a bitrate, maxrate or bufsize over " + std::to_string(kMostBits));
  }
  if (s.bframes < 0 || s.bframes > 16) return bad(std::to_string(s.bframes) + " B-frames; wanted 0 to 16");
  if (s.profile == "baseline" && s.bframes > 0) return bad("profile baseline has no B-frames; wanted bframes 0");
  const bool deep = s.profile == "high10" || s.profile == "high422" || s.profile == "high444";
  if (s.depth == 10 && !deep) return bad("profile " + s.profile + " has no 10-bit pictures; wanted high10");
  return {};
}

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
  const Rational fps = s.fps.reduced();
  context->width = s.width;
  context->height = s.height;
  context->pix_fmt = s.depth == 10 ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P;
  context->time_base = to_av({fps.den, fps.num});  // one tick a frame
  context->framerate = to_av(fps);
  context->sample_aspect_ratio = {1, 1};
  context->color_range = AVCOL_RANGE_MPEG;
  context->color_primaries = AVCOL_PRI_BT709;
  context->color_trc = AVCOL_TRC_BT709;
  context->colorspace = AVCOL_SPC_BT709;
  context->chroma_sample_location = AVCHROMA_LOC_LEFT;
  context->thread_count = 1;
  context->log_level_offset = AV_LOG_MAX_OFFSET;  // x264 would tell its options on standard error, once a chunk
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP | AV_CODEC_FLAG_BITEXACT;
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

/// The packet's slices without SEI: x264's version text would differ between chunks of other lengths.
std::vector<uint8_t> without_sei(std::span<const uint8_t> packet) {
  constexpr std::array<uint8_t, 4> kStartCode{0, 0, 0, 1};
  std::vector<uint8_t> kept;
  kept.reserve(packet.size());
  for_each_nal(packet, [&](std::span<const uint8_t> nal) {
    if (nal.empty() || (nal[0] & kNalTypeMask) == kSeiUnit) return;
    kept.insert(kept.end(), kStartCode.begin(), kStartCode.end());
    kept.insert(kept.end(), nal.begin(), nal.end());
  });
  return kept;
}

/// Lends our planes to libav: the frame lives until libav drops its reference.
Result<AvFrame> lend(const FrameRef& frame, AVPixelFormat format) {
  AvFrame lent(av_frame_alloc());
  auto* owner = new FrameRef(frame);
  AVBufferRef* buffer = av_buffer_create(
      frame->planes[0].data, static_cast<size_t>(frame->planes[0].stride) * static_cast<size_t>(frame->format.height),
      [](void* opaque, uint8_t*) { delete static_cast<FrameRef*>(opaque); }, owner, AV_BUFFER_FLAG_READONLY);
  if (!lent || buffer == nullptr) {
    if (buffer == nullptr) delete owner;
    av_buffer_unref(&buffer);
    return fail(Errc::kCapacity, kWhere, "no memory for a frame's reference", true);
  }
  lent->buf[0] = buffer;
  lent->format = format;
  lent->width = frame->format.width;
  lent->height = frame->format.height;
  for (size_t plane = 0; plane < 3; ++plane) {
    lent->data[plane] = frame->planes[plane].data;
    lent->linesize[plane] = static_cast<int>(frame->planes[plane].stride);
  }
  return lent;
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

int64_t frame_ticks(const Rational& fps) { return video_timescale(fps) * fps.den / fps.num; }

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
    TESSERA_TRY_ASSIGN(AvFrame lent, lend(frame, context_->pix_fmt));
    if (capped_) context_->rc_max_rate = whole_kilobits(keeper_.drain_before(next_));
    if (next_ == 0 && finer_first_) TESSERA_TRY(ask_for_usual_key_frame(*lent, format_.depth));
    lent->pts = next_++;
    return send(lent.get(), out);
  }

  Result<void> finish(std::vector<Packet>& out) override { return send(nullptr, out); }

 private:
  Result<void> check_frame(const FrameRef& frame) const {
    const FrameFormat* f = frame ? &frame->format : nullptr;
    if (f == nullptr || f->width != format_.width || f->height != format_.height || f->depth != format_.depth ||
        f->chroma_shift_x != 1 || f->chroma_shift_y != 1 || f->semi_planar || f->msb_shift != 0) {
      return fail(Errc::kInternal, kWhere, "a frame that is not planar 4:2:0 of the encoder's size and depth");
    }
    return {};
  }

  Result<void> send(const AVFrame* frame, std::vector<Packet>& out) {
    const int sent = avcodec_send_frame(context_.get(), frame);
    if (sent < 0) return fail(Errc::kDevice, kWhere, "libx264 does not take a frame: " + av_text(sent));
    const AvPacket packet(av_packet_alloc());
    if (!packet) return fail(Errc::kCapacity, kWhere, "no memory for a packet", true);
    for (;;) {
      const int got = avcodec_receive_packet(context_.get(), packet.get());
      if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return {};
      if (got < 0) return fail(Errc::kDevice, kWhere, "libx264 fails: " + av_text(got));
      Packet done;
      done.data = without_sei({packet->data, static_cast<size_t>(packet->size)});
      done.pts = packet->pts * ticks_a_frame_;
      // As x264's own, but for chunks of a frame or two: there it would not know of its delay yet.
      done.dts = (sent_++ - context_->has_b_frames) * ticks_a_frame_;
      done.duration = ticks_a_frame_;
      done.key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
      keeper_.encoded(std::ssize(done.data) * 8);
      out.push_back(std::move(done));
      av_packet_unref(packet.get());
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

int64_t video_timescale(const Rational& fps) {
  const Rational rate = fps.reduced();
  if (kUsualTimescale * rate.den % rate.num == 0) return kUsualTimescale;
  return rate.num * ((kLeastTimescale + rate.num - 1) / rate.num);
}

std::string encoder_fingerprint(const VideoEncoderSettings& settings) {
  if (settings.codec != "h264") return "none for " + settings.codec;
  static const std::string version = find_x264_version();
  return "libx264 " + version + ", libavcodec " + std::to_string(avcodec_version() >> 16) + "." +
         std::to_string(avcodec_version() >> 8 & 0xff) + "." + std::to_string(avcodec_version() & 0xff);
}

Result<std::unique_ptr<VideoEncoder>> VideoEncoder::create(const VideoEncoderSettings& settings) {
  TESSERA_TRY(check(settings));
  TESSERA_TRY_ASSIGN(AvCodec context, open_x264(settings, plan_rate(settings)));
  StreamInfo info;
  info.codec = settings.codec;
  info.extradata.assign(context->extradata, context->extradata + context->extradata_size);
  TESSERA_TRY_ASSIGN(info.codecs, avc_codecs_string(info.extradata));
  info.tick = {1, video_timescale(settings.fps)};
  info.decode_lead = context->has_b_frames * frame_ticks(settings.fps);
  info.width = settings.width;
  info.height = settings.height;
  info.fps = settings.fps.reduced();
  info.bitrate_bps = settings.bitrate_bps;
  info.maxrate_bps = settings.maxrate_bps;
  info.bufsize_bits = settings.bufsize_bits;
  return std::make_unique<X264Encoder>(std::move(context), std::move(info), settings);
}

}  // namespace tessera::media
