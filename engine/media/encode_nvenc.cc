#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>

#include "engine/base/activity.h"
#include "engine/media/encode_nvenc_settings.h"
#include "engine/media/encode_parts.h"

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>
}

namespace tessera::media {
namespace {

constexpr const char* kWhere = "device.nvenc";

struct CallInLog {
  const char* text;
  const char* call;
};
/// Which of NVENC's calls libavcodec's log speaks of.
constexpr CallInLog kCallsInLog[] = {
    {"create nvenc instance", "NvEncodeAPICreateInstance"},
    {"query nvenc max version", "NvEncodeAPIGetMaxSupportedVersion"},
    {"OpenEncodeSessionEx", "NvEncOpenEncodeSessionEx"},
    {"required NVENC features", "NvEncGetEncodeGUIDCount, NvEncGetEncodeGUIDs or NvEncGetEncodeCaps"},
    {"preset configuration", "NvEncGetEncodePresetConfigEx"},
    {"SetIOCudaStreams", "NvEncSetIOCudaStreams"},
    {"InitializeEncoder", "NvEncInitializeEncoder"},
    {"GetSequenceParams", "NvEncGetSequenceParams"},
    {"CreateBitstreamBuffer", "NvEncCreateBitstreamBuffer"},
    {"register", "NvEncRegisterResource"},
    {"unmapping input resource", "NvEncUnmapInputResource"},
    {"mapping an input resource", "NvEncMapInputResource"},
    {"EncodePicture", "NvEncEncodePicture"},
    {"unlocking bitstream", "NvEncUnlockBitstream"},
    {"locking bitstream", "NvEncLockBitstream"},
};

/// libavcodec's error with the name of the driver's call, which it tells in its log.
tl::unexpected<Error> failed(const std::string& what, int status) {
  const std::string said = last_words();
  // These are how a GPU says that it has no more sessions, too: drivers since about 550 in the second way.
  const bool full = status == AVERROR(ENOMEM) || said.find("out of memory") != std::string::npos ||
                    said.find("incompatible client key") != std::string::npos;
  std::string detail = what + ": " + av_text(status) + (said.empty() ? "" : " (" + said + ")");
  for (const CallInLog& known : kCallsInLog) {
    if (said.find(known.text) == std::string::npos) continue;
    detail = std::string(known.call) + ": " + detail;
    break;
  }
  return fail(full ? Errc::kCapacity : Errc::kDevice, kWhere, detail, full);
}

AVPixelFormat surface_format(const VideoEncoderSettings& s) {
  return s.depth == 10 ? AV_PIX_FMT_P010 : AV_PIX_FMT_YUV420P;
}

/// Tells the encoder what its frames are like; their memory is ours.
Result<void> describe_frames(AVCodecContext& context, const VideoEncoderSettings& s, const HwDevice& device) {
  AVBufferRef* reference = av_hwframe_ctx_alloc(static_cast<AVBufferRef*>(device.av_device()));
  if (reference == nullptr) return failed("no memory for surfaces", AVERROR(ENOMEM));
  auto* const frames = reinterpret_cast<AVHWFramesContext*>(reference->data);
  frames->format = AV_PIX_FMT_CUDA;
  frames->sw_format = surface_format(s);
  frames->width = s.width;
  frames->height = s.height;
  const int status = av_hwframe_ctx_init(reference);
  if (status < 0) {
    av_buffer_unref(&reference);
    return failed("av_hwframe_ctx_init", status);
  }
  context.hw_frames_ctx = reference;
  return {};
}

/// @param unsupported set where the error is that NVENC lacks something the plan asks for
Result<AvCodec> open_nvenc(const VideoEncoderSettings& s, const HwDevice& device, const NvencPlan& plan,
                           bool& unsupported) {
  const AVCodec* codec = avcodec_find_encoder_by_name(plan.codec.c_str());
  if (codec == nullptr) return fail(Errc::kDevice, kWhere, "this libavcodec has no " + plan.codec);
  AvCodec context(avcodec_alloc_context3(codec));
  if (!context) return fail(Errc::kCapacity, "media.encode", "no memory for an encoder", true);
  describe_to(*context, s);
  context->pix_fmt = AV_PIX_FMT_CUDA;
  context->gop_size = static_cast<int>(s.gop_frames);
  context->max_b_frames = plan.bframes;
  context->bit_rate = plan.bitrate_bps;
  context->rc_max_rate = plan.maxrate_bps;
  context->rc_buffer_size = static_cast<int>(plan.bufsize_bits);
  TESSERA_TRY(describe_frames(*context, s, device));
  for (const auto& [name, value] : plan.options) {
    const int status = av_opt_set(context->priv_data, name.c_str(), value.c_str(), 0);
    if (status < 0) return failed(plan.codec + " has no option " + name + "=" + value, status);
  }
  forget_last_words();
  const Activity activity("avcodec_open2(" + plan.codec + ")");
  const int status = avcodec_open2(context.get(), codec, nullptr);
  unsupported = status == AVERROR(ENOSYS);
  if (status < 0) return failed("avcodec_open2(" + plan.codec + ")", status);
  return context;
}

/// What a GPU's NVENC was found to take, by codec, depth, profile and B-frames: the same for all chunks of a process.
class KnownFeatures {
 public:
  using Key = std::tuple<std::string, std::string, int, std::string, int>;
  static Key key(const VideoEncoderSettings& s, const HwDevice& device) {
    return {device.description(), s.codec, s.depth, s.profile, s.bframes};
  }
  std::optional<NvencFeatures> find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto at = known_.find(key);
    return at == known_.end() ? std::nullopt : std::optional(at->second);
  }
  void add(const Key& key, const NvencFeatures& features) {
    const std::lock_guard lock(mutex_);
    known_.emplace(key, features);
  }

 private:
  std::mutex mutex_;
  std::map<Key, NvencFeatures> known_;
};

KnownFeatures& known_features() {
  static KnownFeatures known;
  return known;
}

struct Opened {
  AvCodec context;
  NvencPlan plan;
};

Result<Opened> open_with_known_features(const VideoEncoderSettings& s, const HwDevice& device) {
  const KnownFeatures::Key key = KnownFeatures::key(s, device);
  bool unsupported = false;
  if (const auto features = known_features().find(key)) {
    NvencPlan plan = plan_nvenc(s, *features);
    TESSERA_TRY_ASSIGN(AvCodec context, open_nvenc(s, device, plan, unsupported));
    return Opened{std::move(context), std::move(plan)};
  }
  std::optional<Error> first;
  for (const NvencFeatures& features : nvenc_feature_sets()) {
    NvencPlan plan = plan_nvenc(s, features);
    auto context = open_nvenc(s, device, plan, unsupported);
    if (context) {
      known_features().add(key, features);
      return Opened{*std::move(context), std::move(plan)};
    }
    if (!first) first = context.error();
    if (!unsupported) break;  // less of it would not help
  }
  return tl::unexpected<Error>(*first);
}

/// Lends a surface of ours to the encoder, which drops its reference when it is encoded.
Result<AvFrame> lend_surface(const FrameRef& frame, const AVCodecContext& context) {
  TESSERA_TRY_ASSIGN(AvFrame lent, lend_frame(frame, AV_PIX_FMT_CUDA));
  if (frame->format.semi_planar) lent->data[2] = nullptr, lent->linesize[2] = 0;
  lent->hw_frames_ctx = av_buffer_ref(context.hw_frames_ctx);
  if (lent->hw_frames_ctx == nullptr) return fail(Errc::kCapacity, "media.encode", "no memory for a reference", true);
  return lent;
}

class NvencEncoder final : public VideoEncoder {
 public:
  NvencEncoder(Opened opened, StreamInfo info, const VideoEncoderSettings& settings, const EncoderHardware& hardware)
      : hardware_(hardware),
        context_(std::move(opened.context)),
        info_(std::move(info)),
        settings_(settings),
        bframes_(opened.plan.bframes),
        ticks_a_frame_(frame_ticks(settings.fps)) {}

  const StreamInfo& info() const override { return info_; }

  Result<void> encode(const FrameRef& frame, std::vector<Packet>& out) override {
    TESSERA_TRY(check_frame(frame));
    registered_[frame->planes[0].data] = frame->owner;
    TESSERA_TRY_ASSIGN(const AvFrame lent, lend_surface(frame, *context_));
    return encode_surface(*lent, out);
  }

  Result<void> finish(std::vector<Packet>& out, const std::function<void()>& alive) override {
    return send(nullptr, out, alive);
  }

  /// Encodes a surface of libav's with undefined content.
  Result<void> encode_anything(std::vector<Packet>& out) {
    const AvFrame surface(av_frame_alloc());
    if (!surface) return fail(Errc::kCapacity, "media.encode", "no memory for a frame", true);
    const int status = av_hwframe_get_buffer(context_->hw_frames_ctx, surface.get(), 0);
    if (status < 0) return failed("no surface", status);
    return encode_surface(*surface, out);
  }

 private:
  Result<void> encode_surface(AVFrame& surface, std::vector<Packet>& out) {
    surface.pict_type = next_ % settings_.gop_frames == 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    surface.pts = next_++;
    return send(&surface, out);
  }

  /// NVENC is told of a surface's first plane and row alone: the others must be where it looks for them.
  Result<void> check_frame(const FrameRef& frame) const {
    const auto wrong = [] { return fail(Errc::kInternal, "media.encode", "a frame that is no surface for NVENC"); };
    if (frame == nullptr || frame->memory != Memory::kCuda) return wrong();
    const FrameFormat& f = frame->format;
    const bool deep = settings_.depth == 10;
    if (f.width != settings_.width || f.height != settings_.height || f.depth != settings_.depth ||
        f.chroma_shift_x != 1 || f.chroma_shift_y != 1 || f.semi_planar != deep || f.msb_shift != (deep ? 6 : 0)) {
      return wrong();
    }
    const auto& planes = frame->planes;
    const ptrdiff_t pitch = planes[0].stride;
    const uint8_t* const second = planes[0].data + pitch * f.height;
    if (deep) return planes[1].data == second && planes[1].stride == pitch ? Result<void>() : wrong();
    const bool yv12 = planes[2].data == second && planes[1].data == second + pitch / 2 * (f.height / 2) &&
                      planes[1].stride == pitch / 2 && planes[2].stride == pitch / 2;
    return yv12 ? Result<void>() : wrong();
  }

  Result<void> send(const AVFrame* frame, std::vector<Packet>& out, const std::function<void()>& alive = nullptr) {
    const Activity activity(frame != nullptr ? "avcodec_send_frame(NVENC)" : "avcodec_send_frame(NVENC, end)");
    forget_last_words();
    const int sent = avcodec_send_frame(context_.get(), frame);
    if (sent < 0) return failed("NVENC does not take a frame", sent);
    const AvPacket packet(av_packet_alloc());
    if (!packet) return fail(Errc::kCapacity, "media.encode", "no memory for a packet", true);
    for (;;) {
      const int got = avcodec_receive_packet(context_.get(), packet.get());
      if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return {};
      if (got < 0) return failed("NVENC fails", got);
      Packet done;
      done.data = without_sei({packet->data, static_cast<size_t>(packet->size)}, settings_.codec == "hevc");
      done.pts = packet->pts * ticks_a_frame_;
      done.dts = (sent_++ - bframes_) * ticks_a_frame_;
      done.duration = ticks_a_frame_;
      done.key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
      out.push_back(std::move(done));
      if (hardware_.counters) ++hardware_.counters->encodes;
      av_packet_unref(packet.get());
      if (alive) alive();
    }
  }

  EncoderHardware hardware_;
  /// The memory of every surface that was lent: libavcodec registers it once and finds it by its address until the
  /// session ends, so it must not become another's while the session is open.
  std::map<const uint8_t*, std::shared_ptr<void>> registered_;
  AvCodec context_;  // after what it has registered, so that it ends before
  StreamInfo info_;
  VideoEncoderSettings settings_;
  int64_t bframes_ = 0;
  int64_t ticks_a_frame_ = 0;
  int64_t next_ = 0;  // frames taken
  int64_t sent_ = 0;  // packets given
};

Result<std::unique_ptr<NvencEncoder>> open(const VideoEncoderSettings& settings, const EncoderHardware& hardware) {
  if (hardware.device == nullptr) {
    return fail(Errc::kDevice, "media.encode",
                "encoder nvenc wants a CUDA device; wanted --device cuda, or encoder auto");
  }
  TESSERA_TRY_ASSIGN(Opened opened, open_with_known_features(settings, *hardware.device));
  const int64_t lead = opened.plan.bframes * frame_ticks(settings.fps);
  TESSERA_TRY_ASSIGN(StreamInfo info, stream_info_of(*opened.context, settings, lead));
  return std::make_unique<NvencEncoder>(std::move(opened), std::move(info), settings, hardware);
}

/// What NVENC takes of all generations that it is documented for; there is nothing to try below.
Result<void> check_least_size(const VideoEncoderSettings& s) {
  const bool hevc = s.codec == "hevc";
  const int width = hevc ? 129 : 145, height = hevc ? 33 : 49;
  if (s.width >= width && s.height >= height) return {};
  return fail(Errc::kDevice, kWhere,
              std::to_string(s.width) + "x" + std::to_string(s.height) + " is too small for NVENC; wanted at least " +
                  std::to_string(width) + "x" + std::to_string(height));
}

}  // namespace

Result<std::unique_ptr<VideoEncoder>> create_nvenc(const VideoEncoderSettings& settings,
                                                   const EncoderHardware& hardware) {
  return open(settings, hardware);
}

Result<void> try_nvenc(const VideoEncoderSettings& settings, const EncoderHardware& hardware, int sessions,
                       std::vector<std::unique_ptr<VideoEncoder>>& held, const std::function<void()>& alive) {
  TESSERA_TRY(check_encoder_settings(settings));
  TESSERA_TRY(check_least_size(settings));
  for (int i = 0; i < sessions; ++i) {
    TESSERA_TRY_ASSIGN(auto encoder, open(settings, {hardware.device, nullptr}));
    std::vector<Packet> packets;
    TESSERA_TRY(encoder->encode_anything(packets));
    TESSERA_TRY(encoder->finish(packets, nullptr));
    if (packets.size() != 1 || !packets.front().key) {
      return fail(Errc::kDevice, kWhere, "NVENC gave no key frame for a picture");
    }
    held.push_back(std::move(encoder));
    if (alive) alive();
  }
  return {};
}

std::string nvenc_lacks(const VideoEncoderSettings& settings, const HwDevice& device) {
  const auto features = known_features().find(KnownFeatures::key(settings, device));
  return features ? describe_lacking(*features) : "";
}

std::string nvenc_fingerprint(const VideoEncoderSettings& settings, const HwDevice& device) {
  const auto features = known_features().find(KnownFeatures::key(settings, device));
  return to_text(plan_nvenc(settings, features.value_or(NvencFeatures{}))) + ", " + device.description() +
         ", libavcodec " + std::to_string(avcodec_version() >> 16) + "." +
         std::to_string(avcodec_version() >> 8 & 0xff) + "." + std::to_string(avcodec_version() & 0xff);
}

}  // namespace tessera::media
