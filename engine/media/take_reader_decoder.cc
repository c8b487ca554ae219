#include "engine/base/activity.h"
#include "engine/media/reader_decoder.h"
#include "engine/media/reader_hardware.h"

namespace tessera::media {
namespace {

constexpr const char* kReferToDamage = "refers to a damaged picture";
constexpr int kMaxErrorsAPacket = 64;

AVPacket* numbered(const AVPacket* packet, int64_t number, int64_t order) {
  AVPacket* copy = av_packet_clone(packet);
  if (copy == nullptr) return nullptr;
  // Decoders carry a packet's pts to its picture and make no other use of it.
  copy->pts = number >= 0 ? number : -2 - order;
  copy->dts = order;
  return copy;
}

}  // namespace

GopDecoder::GopDecoder(AvCodec codec, std::shared_ptr<const VideoIndex> video, std::shared_ptr<HwDevice> hardware)
    : codec_(std::move(codec)),
      video_(std::move(video)),
      is_h264_(codec_->codec_id == AV_CODEC_ID_H264),
      is_hevc_(codec_->codec_id == AV_CODEC_ID_HEVC),
      hardware_(std::move(hardware)) {
  known_lost_.reserve(video_->frames.size());
  for (const IndexedFrame& frame : video_->frames) known_lost_.push_back(frame.lost);
  codec_->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER;
  // libavcodec's HEVC decoder marks no picture as damaged; it gives an error, and that only when asked.
  if (is_hevc_ && !hardware_) codec_->err_recognition |= AV_EF_EXPLODE;
  if (!is_h264_ && !hardware_) watch_ = std::make_unique<DecoderWatch>(*codec_);
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec_->codec_id);
  if (hardware_) count_ = std::make_unique<DecodeCount>(*codec_);
  may_be_unfilled_ = watch_ && descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_LOSSY) != 0;
}

/// Back to the state of a new decoder. hevc_cuvid makes its parser and decoder again.
void GopDecoder::flush() {
  if (!fed_) return;
  fed_ = false;
  const Activity activity(hardware_ ? "avcodec_flush_buffers(CUDA)" : "avcodec_flush_buffers");
  avcodec_flush_buffers(codec_.get());
  if (count_) count_->flushed();
}

void GopDecoder::restart(uint32_t wanted_gop) {
  wanted_gop_ = wanted_gop;
  flush();
  order_ = 0;
  started_ = reached_ = soft_start_ = false;
  late_gop_ = UINT32_MAX;
  sent_.clear();
  held_.clear();
  replay_.clear();
  damage_.clear();
  lost_.clear();
}

Result<void> GopDecoder::send(TakePacket packet, std::vector<DecodedPicture>& out) {
  TESSERA_TRY(send_one(std::move(packet)));
  while (late_gop_ != UINT32_MAX) TESSERA_TRY(replay_after_damage());
  release(out);
  trim();
  return {};
}

Result<void> GopDecoder::finish(std::vector<DecodedPicture>& out) {
  if (started_) TESSERA_TRY(drain(gop_));
  while (late_gop_ != UINT32_MAX) {
    TESSERA_TRY(replay_after_damage());
    TESSERA_TRY(drain(gop_));
  }
  if (!reached_) reach(-1);
  release(out);
  for (auto& [number, reason] : lost_) out.push_back({number, nullptr, std::move(reason)});
  lost_.clear();
  return {};
}

Result<void> GopDecoder::send_one(TakePacket packet) {
  if (!started_) {
    started_ = true;
    gop_ = first_gop_ = packet.gop;
  } else if (packet.gop != gop_) {
    // Hardware decoders are made again when they start anew, and give the same without where all is sound.
    if ((packet.independent && !hardware_) || is_damaged(gop_)) TESSERA_TRY(start_anew());
    gop_ = packet.gop;
  }
  const Sent sent{order_++, packet.number, packet.gop, packet.leading};
  if (is_damaged(sent.gop)) {
    if (sent.number >= 0) lost_.emplace(sent.number, kReferToDamage);
  } else if (is_known_lost(packet)) {
    mark(sent, "its data is damaged or missing");
  } else {
    TESSERA_TRY(feed(packet, sent));
  }
  const bool undecided = std::any_of(sent_.begin(), sent_.end(), [&](const Sent& s) { return s.gop < sent.gop; });
  if (undecided || late_gop_ != UINT32_MAX) replay_.push_back(std::move(packet));
  return {};
}

bool GopDecoder::is_known_lost(const TakePacket& packet) const {
  if (packet.number >= 0) return known_lost_[static_cast<size_t>(packet.number)];
  return (packet.packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
}

Result<void> GopDecoder::start_anew() {
  TESSERA_TRY(drain(gop_));
  flush();
  return {};
}

Result<void> GopDecoder::feed(const TakePacket& packet, const Sent& sent) {
  const AvPacket copy(numbered(packet.packet.get(), sent.number, sent.order));
  if (!copy) return fail(Errc::kCapacity, "media.decode", "no memory for a packet", true);
  sent_.push_back(sent);
  if (watch_) watch_->next_packet();
  fed_ = true;
  const Activity activity(hardware_ ? "avcodec_send_packet(CUDA)" : "avcodec_send_packet");
  const int status = avcodec_send_packet(codec_.get(), copy.get());
  // A hardware decoder says so, too, when it has no surface left.
  if (status == AVERROR(ENOMEM) && !hardware_) {
    return fail(Errc::kCapacity, "media.decode", "no memory for a picture", true);
  }
  if (status < 0) mark(sent, "decode error: " + av_text(status));
  TESSERA_TRY(receive(&sent, sent.gop));
  if (count_) count_->sent(!sent.leading || sent.gop != first_gop_);
  // A random-access point refers to nothing, but names what its leading pictures refer to.
  const bool key = sent.number == video_->gops[sent.gop].first_frame;
  if (is_hevc_ && watch_ && watch_->made_up_references() && !key) mark(sent, "decode error: a reference is missing");
  return {};
}

Result<void> GopDecoder::receive(const Sent* cause, uint32_t newest_gop) {
  for (int errors = 0; errors < kMaxErrorsAPacket;) {
    AvFrame frame(av_frame_alloc());
    if (!frame) return fail(Errc::kCapacity, "media.decode", "no memory for a picture", true);
    const int status = avcodec_receive_frame(codec_.get(), frame.get());
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return {};
    if (status == AVERROR(ENOMEM) && !hardware_) {
      return fail(Errc::kCapacity, "media.decode", "no memory for a picture", true);
    }
    if (status < 0) {
      if (cause != nullptr) mark(*cause, "decode error: " + av_text(status));
      ++errors;
      continue;
    }
    // hevc_cuvid's pictures were copied on a stream that ours does not wait for.
    if (is_hevc_ && hardware_) {
      if (const auto finished = hardware_->finish_default_stream(); !finished) {
        hardware_error_ = describe(finished.error());
        continue;
      }
    }
    if (!is_surface(*frame)) ++others_;
    accept(std::move(frame), newest_gop);
  }
  return {};
}

Result<void> GopDecoder::drain(uint32_t newest_gop) {
  fed_ = true;
  const Activity activity(hardware_ ? "avcodec_send_packet(CUDA, end)" : "avcodec_send_packet(end)");
  avcodec_send_packet(codec_.get(), nullptr);
  TESSERA_TRY(receive(nullptr, newest_gop));
  if (count_) count_->ended();
  std::erase_if(sent_, [&](const Sent& sent) { return sent.gop <= newest_gop; });
  return {};
}

void GopDecoder::accept(AvFrame frame, uint32_t newest_gop) {
  const int64_t pts = frame->pts != AV_NOPTS_VALUE ? frame->pts : frame->best_effort_timestamp;
  const auto at = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& sent) {
    return pts >= 0 ? sent.number == pts : sent.number < 0 && sent.order == -2 - pts;
  });
  if (at == sent_.end() || at->gop > newest_gop) return;
  const Sent sent = *at;
  if (frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 ||
      (may_be_unfilled_ && has_unfilled_parts(*frame))) {
    mark(sent, "decode error: the picture has damaged parts");
  }
  if (sent.number < 0) {
    sent_.erase(at);
    return;
  }
  // Pictures come out in presentation order: what should have come before this one never will.
  std::erase_if(sent_, [&](const Sent& other) { return other.number >= 0 && other.number <= sent.number; });
  if (!sent.leading && sent.gop >= wanted_gop_ && !reached_) reach(sent.number);
  if (held_.empty() || held_.back().sent.number < sent.number) held_.push_back({sent, std::move(frame)});
}

void GopDecoder::reach(int64_t number) {
  reached_ = true;
  const int64_t key = video_->gops[wanted_gop_].first_frame;
  const bool has_key = video_->frames[static_cast<size_t>(key)].gop == wanted_gop_;
  const bool damaged =
      std::any_of(damage_.begin(), damage_.end(), [](const auto& entry) { return entry.second.main != kNever; });
  soft_start_ = has_key && number != key && !damaged;
}

void GopDecoder::mark(const Sent& sent, const std::string& reason) {
  Damage& damage = damage_[sent.gop];
  int64_t& first = sent.leading ? damage.leading : damage.main;
  // A picture without a number of its own may be the second field of the one before.
  first = std::min(first, sent.number >= 0 ? sent.order : sent.order - 1);
  if (sent.number >= 0) lost_.emplace(sent.number, reason);
  if (!sent.leading && sent.gop < gop_) late_gop_ = std::min(late_gop_, sent.gop);
}

bool GopDecoder::is_damaged(uint32_t gop) const {
  const auto at = damage_.find(gop);
  return at != damage_.end() && at->second.main != kNever;
}

bool GopDecoder::is_lost(const Sent& sent) const {
  if (sent.leading) {
    if (sent.gop > 0 && is_damaged(sent.gop - 1)) return true;
    // Its references are not there; this decoder shows something all the same.
    if (sent.gop == first_gop_ && is_h264_) return true;
  }
  const auto at = damage_.find(sent.gop);
  if (at == damage_.end()) return false;
  return at->second.main <= sent.order || (sent.leading && at->second.leading <= sent.order);
}

bool GopDecoder::is_waiting(const Sent& sent) const {
  return std::any_of(sent_.begin(), sent_.end(), [&](const Sent& other) {
    if (other.number < 0 || other.order >= sent.order) return false;
    if (other.gop == sent.gop) return !other.leading || sent.leading;
    return sent.leading && !other.leading && other.gop + 1 == sent.gop;
  });
}

void GopDecoder::forget_after(uint32_t gop) {
  std::erase_if(sent_, [&](const Sent& sent) { return sent.gop > gop; });
  std::erase_if(held_, [&](const Held& held) { return held.sent.gop > gop; });
  std::erase_if(damage_, [&](const auto& entry) { return entry.first > gop; });
  std::erase_if(lost_, [&](const auto& entry) { return video_->frames[static_cast<size_t>(entry.first)].gop > gop; });
}

Result<void> GopDecoder::replay_after_damage() {
  TESSERA_TRY(drain(late_gop_));
  flush();
  const uint32_t gop = std::exchange(late_gop_, UINT32_MAX);
  forget_after(gop);
  gop_ = gop;
  std::deque<TakePacket> packets;
  packets.swap(replay_);
  for (TakePacket& packet : packets) {
    if (packet.gop > gop) TESSERA_TRY(send_one(std::move(packet)));
  }
  return {};
}

void GopDecoder::release(std::vector<DecodedPicture>& out) {
  while (!held_.empty()) {
    Held& head = held_.front();
    const int64_t number = head.sent.number;
    if (is_lost(head.sent)) {
      lost_.emplace(number, kReferToDamage);
    } else if (is_waiting(head.sent)) {
      return;
    } else {
      const auto end = lost_.lower_bound(number);
      for (auto at = lost_.begin(); at != end; ++at) out.push_back({at->first, nullptr, std::move(at->second)});
      lost_.erase(lost_.begin(), end);
      out.push_back({number, std::move(head.frame), {}});
    }
    held_.pop_front();
  }
}

void GopDecoder::trim() {
  uint32_t oldest = gop_;
  for (const Sent& sent : sent_) {
    if (sent.number >= 0) oldest = std::min(oldest, sent.gop);
  }
  while (!replay_.empty() && replay_.front().gop <= oldest) replay_.pop_front();
  for (const Held& held : held_) oldest = std::min(oldest, held.sent.gop);
  // Leading pictures ask for the GOP before their own.
  damage_.erase(damage_.begin(), damage_.lower_bound(oldest > 0 ? oldest - 1 : 0));
}

}  // namespace tessera::media
