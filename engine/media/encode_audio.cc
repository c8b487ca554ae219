#include <algorithm>
#include <limits>

#include "engine/media/audio_reader.h"
#include "engine/media/av.h"
#include "engine/media/encode.h"

// Priming and the end. libavcodec's AAC encoder is one frame late: its first packet holds no sound of ours and has
// pts -1024 (StreamInfo::initial_padding). Every packet decodes to 1024 samples, the last one to padding where the
// sound ends within it; its duration says how many of them are ours. So durations add up to initial_padding plus what
// was fed.

namespace tessera::media {
namespace {

constexpr const char* kWhere = "media.encode_audio";
constexpr int64_t kFewestBps = 16'000;
constexpr int64_t kMostBps = 512'000;

class AacEncoder : public AudioEncoder {
 public:
  AacEncoder(AvCodec codec, StreamInfo info, AvFrame frame, AvPacket packet)
      : codec_(std::move(codec)), info_(std::move(info)), frame_(std::move(frame)), packet_(std::move(packet)) {
    pending_.reserve(frame_values());
  }

  const StreamInfo& info() const override { return info_; }
  Result<void> encode(std::span<const float> interleaved, std::vector<Packet>& out) override;
  Result<void> finish(std::vector<Packet>& out) override;

 private:
  size_t frame_values() const { return static_cast<size_t>(codec_->frame_size) * kMixChannels; }
  Result<void> send_pending(std::vector<Packet>& out);
  Result<void> receive(std::vector<Packet>& out);

  AvCodec codec_;
  StreamInfo info_;
  AvFrame frame_;
  AvPacket packet_;
  std::vector<float> pending_;  ///< less than a frame
  int64_t sent_ = 0;
  bool finished_ = false;
};

Result<void> AacEncoder::encode(std::span<const float> interleaved, std::vector<Packet>& out) {
  if (finished_) return fail(Errc::kInternal, kWhere, "sound was given after the end");
  if (interleaved.size() % kMixChannels != 0) {
    return fail(Errc::kInternal, kWhere, std::to_string(interleaved.size()) + " values; wanted whole stereo samples");
  }
  while (!interleaved.empty()) {
    const size_t count = std::min(interleaved.size(), frame_values() - pending_.size());
    pending_.insert(pending_.end(), interleaved.begin(), interleaved.begin() + static_cast<ptrdiff_t>(count));
    interleaved = interleaved.subspan(count);
    if (pending_.size() == frame_values()) TESSERA_TRY(send_pending(out));
  }
  return {};
}

Result<void> AacEncoder::send_pending(std::vector<Packet>& out) {
  av_frame_unref(frame_.get());
  frame_->format = codec_->sample_fmt;
  frame_->sample_rate = kMixRate;
  frame_->nb_samples = static_cast<int>(pending_.size() / kMixChannels);
  frame_->pts = sent_;
  av_channel_layout_default(&frame_->ch_layout, kMixChannels);
  int status = av_frame_get_buffer(frame_.get(), 0);
  if (status < 0) return fail(Errc::kCapacity, kWhere, "no memory for a frame of sound");
  for (int channel = 0; channel < kMixChannels; ++channel) {
    auto* plane = reinterpret_cast<float*>(frame_->extended_data[channel]);
    for (int n = 0; n < frame_->nb_samples; ++n) plane[n] = pending_[static_cast<size_t>(n * kMixChannels + channel)];
  }
  sent_ += frame_->nb_samples;
  pending_.clear();
  status = avcodec_send_frame(codec_.get(), frame_.get());
  if (status < 0) return fail(Errc::kDevice, kWhere, "the AAC encoder refuses a frame: " + av_text(status));
  return receive(out);
}

Result<void> AacEncoder::receive(std::vector<Packet>& out) {
  for (;;) {
    const int status = avcodec_receive_packet(codec_.get(), packet_.get());
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return {};
    if (status < 0) return fail(Errc::kDevice, kWhere, "the AAC encoder failed: " + av_text(status));
    Packet packet;
    packet.data.assign(packet_->data, packet_->data + packet_->size);
    packet.pts = packet.dts = packet_->pts;
    packet.duration = codec_->frame_size;
    if (finished_) packet.duration = std::min<int64_t>(packet.duration, sent_ - packet.pts);
    packet.key = true;
    av_packet_unref(packet_.get());
    out.push_back(std::move(packet));
  }
}

Result<void> AacEncoder::finish(std::vector<Packet>& out) {
  if (finished_) return {};
  if (!pending_.empty()) TESSERA_TRY(send_pending(out));
  finished_ = true;
  const int status = avcodec_send_frame(codec_.get(), nullptr);
  if (status < 0) return fail(Errc::kDevice, kWhere, "the AAC encoder can't be drained: " + av_text(status));
  return receive(out);
}

Result<AvCodec> open_aac(int64_t bitrate_bps) {
  const AVCodec* codec = avcodec_find_encoder_by_name("aac");
  if (codec == nullptr) return fail(Errc::kDevice, kWhere, "this libavcodec has no encoder \"aac\"");
  AvCodec context(avcodec_alloc_context3(codec));
  if (!context) return fail(Errc::kCapacity, kWhere, "no memory for an encoder");
  context->sample_fmt = AV_SAMPLE_FMT_FLTP;
  context->sample_rate = kMixRate;
  av_channel_layout_default(&context->ch_layout, kMixChannels);
  context->time_base = {1, kMixRate};
  context->bit_rate = bitrate_bps;
  context->profile = FF_PROFILE_AAC_LOW;
  context->thread_count = 1;
  // Bit exact: no encoder version in the stream. Global header: the AudioSpecificConfig goes to the init segment.
  context->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER;
  const int status = avcodec_open2(context.get(), codec, nullptr);
  if (status < 0) return fail(Errc::kDevice, kWhere, "the AAC encoder can't be opened: " + av_text(status));
  return context;
}

}  // namespace

Result<std::unique_ptr<AudioEncoder>> AudioEncoder::create(const std::string& codec, int64_t bitrate_bps) {
  if (codec != "aac") return fail(Errc::kBadInput, kWhere, "codec \"" + codec + "\"; wanted \"aac\"");
  if (bitrate_bps < kFewestBps || bitrate_bps > kMostBps) {
    return fail(Errc::kBadInput, kWhere,
                "bitrate " + std::to_string(bitrate_bps) + "; wanted " + std::to_string(kFewestBps) + " to " +
                    std::to_string(kMostBps) + " bit/s");
  }
  av_log_set_level(AV_LOG_QUIET);  // what goes wrong is returned
  TESSERA_TRY_ASSIGN(AvCodec context, open_aac(bitrate_bps));
  StreamInfo info;
  info.codec = codec;
  info.extradata.assign(context->extradata, context->extradata + context->extradata_size);
  info.codecs = "mp4a.40.2";
  info.tick = {1, kMixRate};
  info.sample_rate = kMixRate;
  info.channels = kMixChannels;
  info.initial_padding = context->initial_padding;
  info.bitrate_bps = bitrate_bps;
  AvFrame frame(av_frame_alloc());
  AvPacket packet(av_packet_alloc());
  if (!frame || !packet) return fail(Errc::kCapacity, kWhere, "no memory for an encoder");
  return std::make_unique<AacEncoder>(std::move(context), std::move(info), std::move(frame), std::move(packet));
}

}  // namespace tessera::media
