#include "engine/media/encode_parts.h"

#include <algorithm>
#include <array>

#include "engine/media/codecs_string.h"

namespace tessera::media {
namespace {

constexpr const char* kWhere = "media.encode";
constexpr int64_t kUsualTimescale = 90'000;
constexpr int64_t kLeastTimescale = 10'000;
constexpr int kMaxSide = 8192;

bool is_sei(uint8_t header, bool hevc) {
  constexpr int kAvcSei = 6, kHevcSeiBefore = 39, kHevcSeiAfter = 40;
  const int hevc_type = header >> 1 & 0x3f;
  return hevc ? hevc_type == kHevcSeiBefore || hevc_type == kHevcSeiAfter : (header & 0x1f) == kAvcSei;
}

}  // namespace

Result<void> check_encoder_settings(const VideoEncoderSettings& s) {
  const auto bad = [](const std::string& what) { return fail(Errc::kBadInput, kWhere, what); };
  if (s.encoder != "software" && s.encoder != "nvenc") {
    return bad("encoder " + s.encoder + "; wanted software or nvenc");
  }
  const bool hevc = s.codec == "hevc" && s.encoder == "nvenc";
  if (s.codec != "h264" && !hevc) {
    return bad("codec " + s.codec + " with encoder " + s.encoder + "; wanted h264, or hevc with nvenc");
  }
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
  if (s.encoder == "nvenc") {
    if (s.depth == 10 && !hevc) return bad("NVENC has no h264 of 10 bits; wanted hevc, or encoder software");
    if (hevc && s.profile != (s.depth == 10 ? "main10" : "main")) {
      return bad("profile " + s.profile + " for " + std::to_string(s.depth) + " bits; wanted main or main10");
    }
    if (hevc) return {};
  }
  const bool deep = s.profile == "high10" || s.profile == "high422" || s.profile == "high444";
  if (s.depth == 10 && !deep) return bad("profile " + s.profile + " has no 10-bit pictures; wanted high10");
  return {};
}

void describe_to(AVCodecContext& context, const VideoEncoderSettings& s) {
  const Rational fps = s.fps.reduced();
  context.width = s.width;
  context.height = s.height;
  context.time_base = to_av({fps.den, fps.num});  // one tick a frame
  context.framerate = to_av(fps);
  context.sample_aspect_ratio = {1, 1};
  context.color_range = AVCOL_RANGE_MPEG;
  context.color_primaries = AVCOL_PRI_BT709;
  context.color_trc = AVCOL_TRC_BT709;
  context.colorspace = AVCOL_SPC_BT709;
  context.chroma_sample_location = AVCHROMA_LOC_LEFT;
  context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP | AV_CODEC_FLAG_BITEXACT;
}

int64_t video_timescale(const Rational& fps) {
  const Rational rate = fps.reduced();
  if (kUsualTimescale * rate.den % rate.num == 0) return kUsualTimescale;
  return rate.num * ((kLeastTimescale + rate.num - 1) / rate.num);
}

int64_t frame_ticks(const Rational& fps) { return video_timescale(fps) * fps.den / fps.num; }

Result<StreamInfo> stream_info_of(const AVCodecContext& context, const VideoEncoderSettings& settings,
                                  int64_t decode_lead) {
  StreamInfo info;
  info.codec = settings.codec;
  info.extradata.assign(context.extradata, context.extradata + context.extradata_size);
  const bool hevc = settings.codec == "hevc";
  TESSERA_TRY_ASSIGN(info.codecs, hevc ? hevc_codecs_string(info.extradata) : avc_codecs_string(info.extradata));
  info.tick = {1, video_timescale(settings.fps)};
  info.decode_lead = decode_lead;
  info.width = settings.width;
  info.height = settings.height;
  info.fps = settings.fps.reduced();
  info.bitrate_bps = settings.bitrate_bps;
  info.maxrate_bps = settings.maxrate_bps;
  info.bufsize_bits = settings.bufsize_bits;
  return info;
}

std::vector<uint8_t> without_sei(std::span<const uint8_t> packet, bool hevc) {
  constexpr std::array<uint8_t, 4> kStartCode{0, 0, 0, 1};
  std::vector<uint8_t> kept;
  kept.reserve(packet.size());
  for_each_nal(packet, [&](std::span<const uint8_t> nal) {
    if (nal.empty() || is_sei(nal[0], hevc)) return;
    kept.insert(kept.end(), kStartCode.begin(), kStartCode.end());
    kept.insert(kept.end(), nal.begin(), nal.end());
  });
  return kept;
}

Result<AvFrame> lend_frame(const FrameRef& frame, AVPixelFormat format) {
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

}  // namespace tessera::media
