#include "engine/media/index_sound.h"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

namespace tessera::media {
namespace {

/// Timestamps may disagree with the running count by so much, a part of a second, before sound is moved to them.
constexpr int kJitterPart = 100;
/// Frames nearer to each other than this part of a second are the same frame.
constexpr int kSameFramePart = 20'000;
/// A leap further than this is believed only when two frames agree.
constexpr int64_t kLeapSeconds = 10;
constexpr int kMinRate = 1'000;
constexpr int kMaxRate = 768'000;
/// Louder than any sound: what a damaged packet decodes to.
constexpr float kLoudest = 8.0F;

std::vector<uint8_t> name_of(const AVChannelLayout& layout) {
  std::vector<uint8_t> name(128, 0);
  av_channel_layout_describe(&layout, reinterpret_cast<char*>(name.data()), name.size());
  return name;
}

}  // namespace

void SwrFree::operator()(SwrContext* p) const { swr_free(&p); }

Result<SoundDecoder> SoundDecoder::create(const AVStream* stream, int64_t origin, const MediaLimits& limits) {
  SoundDecoder decoder;
  TESSERA_TRY_ASSIGN(decoder.codec_, open_decoder(stream, limits));
  decoder.frame_.reset(av_frame_alloc());
  if (!decoder.frame_) return fail(Errc::kCapacity, "media.sound", "no memory for a frame", true);
  decoder.tick_ = to_rational(stream->time_base);
  decoder.origin_ = origin;
  decoder.max_seconds_ = limits.max_duration / kMicrosPerSecond;
  return decoder;
}

int64_t SoundDecoder::sample_of(int64_t pts, int rate) const {
  return muldiv_round(pts - origin_, tick_.num * rate, tick_.den);
}

void SoundDecoder::decode(const AVPacket* packet, const Sink& sink) {
  damaged_packet_ = packet != nullptr && (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
  const int status = avcodec_send_packet(codec_.get(), packet);
  if (status < 0 && packet != nullptr) lose(packet->duration);
  receive(sink);
}

void SoundDecoder::receive(const Sink& sink) {
  while (true) {
    const int status = avcodec_receive_frame(codec_.get(), frame_.get());
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
    if (status < 0) return lose(0);
    place(*frame_, sink);
    av_frame_unref(frame_.get());
  }
}

/// Time goes on over a packet that gave nothing, so that many short ones can't shift what follows.
void SoundDecoder::lose(int64_t ticks) {
  if (!next_ || rate_ == 0 || anchor_) return;
  const int64_t begin = *next_;
  const int64_t most = int64_t{rate_};
  *next_ += std::clamp<int64_t>(muldiv_round(ticks, tick_.num * rate_, tick_.den), 0, most);
  if (damage_) damage_(muldiv_round(begin, kMicrosPerSecond, rate_), muldiv_round(*next_, kMicrosPerSecond, rate_));
}

bool SoundDecoder::configure(const AVFrame& frame) {
  AVChannelLayout layout{};
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&layout, frame.ch_layout.nb_channels);
  } else if (av_channel_layout_copy(&layout, &frame.ch_layout) < 0) {
    return false;
  }
  std::vector<uint8_t> name = name_of(layout);
  bool ready = swr_ && format_ == frame.format && layout_ == name;
  if (!ready) {
    AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    channels_ = layout.nb_channels;
    SwrContext* context = nullptr;
    // One channel is copied to both by us: libswresample's matrix would take 3 dB off it.
    swr_alloc_set_opts2(&context, channels_ == 1 ? &mono : &stereo, AV_SAMPLE_FMT_FLT, frame.sample_rate,
                        channels_ == 1 ? &mono : &layout, static_cast<AVSampleFormat>(frame.format), frame.sample_rate,
                        0, nullptr);
    swr_.reset(context);
    if (context != nullptr) av_opt_set_double(context, "rematrix_maxval", 1.0, 0);
    ready = context != nullptr && swr_init(context) >= 0;
    if (!ready) swr_.reset();
    format_ = frame.format;
    layout_ = std::move(name);
  }
  av_channel_layout_uninit(&layout);
  return ready;
}

/// Fills stereo_ with the frame's samples; false where they are damaged.
bool SoundDecoder::convert(const AVFrame& frame) {
  const auto count = static_cast<size_t>(frame.nb_samples);
  stereo_.assign(count * 2, 0.0F);
  if (damaged_packet_ || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0) return false;
  if (!configure(frame)) return false;
  auto* out = reinterpret_cast<uint8_t*>(stereo_.data());
  auto** in = const_cast<const uint8_t**>(frame.extended_data);
  if (swr_convert(swr_.get(), &out, frame.nb_samples, in, frame.nb_samples) < 0) return false;
  if (channels_ == 1) {
    for (size_t i = count; i-- > 0;) stereo_[2 * i + 1] = stereo_[2 * i] = stereo_[i];
  }
  for (float& sample : stereo_) sample = std::isfinite(sample) ? std::clamp(sample, -kLoudest, kLoudest) : 0.0F;
  return true;
}

/// False for frames that end at the anchor or before it, as far as the stream's ticks can tell.
bool SoundDecoder::reaches_anchor(const AVFrame& frame) const {
  const int64_t end = sample_of(frame.pts, frame.sample_rate) + frame.nb_samples;
  const int64_t tick = muldiv_ceil(tick_.num, frame.sample_rate, tick_.den) + 1;
  return end - sample_of(anchor_->pts, frame.sample_rate) > std::min<int64_t>(tick, frame.nb_samples / 2);
}

void SoundDecoder::place(const AVFrame& frame, const Sink& sink) {
  const int rate = frame.sample_rate;
  if (rate < kMinRate || rate > kMaxRate || frame.nb_samples <= 0) return;
  const bool stamped = frame.pts != AV_NOPTS_VALUE && std::abs(frame.pts) < (int64_t{1} << 62);
  if (rate != rate_ && next_) next_ = muldiv_round(*next_, rate, rate_);
  rate_ = rate;
  int64_t stamp = stamped ? sample_of(frame.pts, rate) : next_.value_or(0);
  if (anchor_) {
    if (!stamped || !reaches_anchor(frame)) return;
    const int64_t off = stamp - sample_of(anchor_->pts, rate);
    // The anchor's own frame may be stamped a tick otherwise when its time is derived from another packet's.
    stamp = anchor_->sample + (std::abs(off) * kSameFramePart <= rate ? 0 : off);
    next_ = stamp;
    anchor_.reset();
  }
  if (stamp > max_seconds_ * rate) return;
  int64_t first = next_.value_or(stamp);
  if (stamp - first > kLeapSeconds * rate) {
    // One damaged timestamp must not carry all that follows away: the next frame has to agree.
    const bool agreed = leap_ && std::abs(stamp - *leap_) < rate;
    leap_ = stamp;
    if (!agreed) return;
  }
  leap_.reset();
  const bool moved = std::abs(stamp - first) > rate / kJitterPart;
  int64_t skip = 0;
  if (moved) {
    // Sound that comes again is heard once.
    skip = std::clamp<int64_t>(first - stamp, 0, frame.nb_samples);
    first = stamp;
  }
  const int64_t end = first + frame.nb_samples;
  const bool sound = convert(frame);
  if (!sound && damage_)
    damage_(muldiv_round(first, kMicrosPerSecond, rate), muldiv_round(end, kMicrosPerSecond, rate));
  next_ = std::max(next_.value_or(end), end);
  if (skip >= frame.nb_samples) return;
  const auto samples = std::span<const float>(stereo_).subspan(static_cast<size_t>(skip) * 2);
  sink({stamped && skip == 0 ? frame.pts : INT64_MIN, first + skip, rate, frame.ch_layout.nb_channels, samples});
}

}  // namespace tessera::media
