#include <algorithm>
#include <string_view>

#include "engine/media/reader_packets.h"

namespace tessera::media {
namespace {

constexpr int kMaxBrokenReads = 256;

bool is_one_of(const AVInputFormat& format, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), std::string_view(format.name)) != names.end();
}

}  // namespace

int64_t number_of(const VideoIndex& video, int64_t container_pts) {
  if (container_pts == AV_NOPTS_VALUE) return -1;
  const int64_t pts = container_pts - video.origin;
  const auto at = std::lower_bound(video.frames.begin(), video.frames.end(), pts,
                                   [](const IndexedFrame& frame, int64_t value) { return frame.pts < value; });
  if (at == video.frames.end() || at->pts != pts) return -1;
  return at - video.frames.begin();
}

Result<PacketSource> PacketSource::open(const std::string& path, const MediaLimits& limits,
                                        std::shared_ptr<const VideoIndex> video, std::shared_ptr<const GopMap> gops) {
  PacketSource source(path, limits, std::move(video), std::move(gops));
  TESSERA_TRY(source.reopen());
  return source;
}

Result<void> PacketSource::reopen() {
  TESSERA_TRY_ASSIGN(input_, open_input(path_, limits_));
  const int stream = video_->stream;
  if (stream < 0 || static_cast<unsigned>(stream) >= input_->nb_streams) {
    return fail(Errc::kUnreachable, path_,
                "has no stream " + std::to_string(stream) + " any more; it changed since it was indexed");
  }
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    if (static_cast<int>(i) != stream) input_->streams[i]->discard = AVDISCARD_ALL;
  }
  found_.reset();
  gop_ = 0;
  at_start_ = true;
  return {};
}

bool PacketSource::can_seek() const {
  // Elementary streams have no timestamps of their own: libav counts them from where it begins to read.
  return !is_one_of(*input_->iformat, {"h264", "hevc"});
}

bool PacketSource::is_without_table() const { return is_one_of(*input_->iformat, {"mpegts", "mpeg", "h264", "hevc"}); }

bool PacketSource::aim(uint32_t gop) {
  const Gop& target = video_->gops[gop];
  // Timestamps in a transport stream are found by bisection, and land anywhere near.
  if (is_one_of(*input_->iformat, {"mpegts", "mpeg"})) {
    return target.byte_begin >= 0 && av_seek_frame(input_.get(), -1, target.byte_begin, AVSEEK_FLAG_BYTE) >= 0;
  }
  // Matroska's cues are presentation times; its decode times are made up by libavformat.
  const bool by_pts = is_one_of(*input_->iformat, {"matroska,webm"}) || target.key_dts == AV_NOPTS_VALUE;
  const int64_t key_pts = video_->frames[static_cast<size_t>(target.first_frame)].pts + video_->origin;
  return av_seek_frame(input_.get(), video_->stream, by_pts ? key_pts : target.key_dts, AVSEEK_FLAG_BACKWARD) >= 0;
}

bool PacketSource::starts(uint32_t gop, const AVPacket& packet) const {
  if ((packet.flags & AV_PKT_FLAG_KEY) == 0) return false;
  const Gop& target = video_->gops[gop];
  if (packet.pos >= 0 && target.byte_begin >= 0) return packet.pos == target.byte_begin;
  if (packet.dts != AV_NOPTS_VALUE && target.key_dts != AV_NOPTS_VALUE) return packet.dts == target.key_dts;
  return packet.pts != AV_NOPTS_VALUE && number_of(*video_, packet.pts) == target.first_frame;
}

bool PacketSource::is_behind(uint32_t gop, const AVPacket& packet) const {
  const Gop& target = video_->gops[gop];
  if (packet.pos >= 0 && target.byte_begin >= 0) return packet.pos > target.byte_begin;
  return packet.dts != AV_NOPTS_VALUE && target.key_dts != AV_NOPTS_VALUE && packet.dts > target.key_dts;
}

/// Reads up to the first packet of `gop`. False where it is not ahead, as far as positions tell (`sought`) or at all.
Result<bool> PacketSource::scan_to(uint32_t gop, bool sought) {
  while (true) {
    TESSERA_TRY_ASSIGN(AvPacket packet, read());
    if (!packet) return false;
    if (starts(gop, *packet)) {
      gop_ = gop;
      found_ = std::move(packet);
      return true;
    }
    if (sought && is_behind(gop, *packet)) return false;
  }
}

Result<void> PacketSource::seek(uint32_t gop) {
  found_.reset();
  uint32_t step = 0;
  while (gop > step && can_seek()) {
    at_start_ = false;
    if (!aim(gop - step)) break;
    TESSERA_TRY_ASSIGN(const bool found, scan_to(gop, true));
    if (found) return {};
    step = step * 4 + 1;
  }
  if (!at_start_) TESSERA_TRY(reopen());
  if (gop == 0) return {};
  TESSERA_TRY_ASSIGN(const bool found, scan_to(gop, false));
  if (found) return {};
  return fail(Errc::kUnreachable, path_,
              "has no key frame " + std::to_string(video_->gops[gop].first_frame) +
                  " any more; it changed since it was indexed");
}

Result<std::optional<TakePacket>> PacketSource::next() {
  AvPacket packet = std::move(found_);
  if (!packet) {
    TESSERA_TRY_ASSIGN(packet, read());
  }
  if (!packet) return std::optional<TakePacket>();
  return tag(std::move(packet));
}

Result<AvPacket> PacketSource::read() {
  AvPacket packet(av_packet_alloc());
  if (!packet) return fail(Errc::kCapacity, "media.read", "no memory for a packet", true);
  at_start_ = false;
  for (int broken = 0; broken < kMaxBrokenReads;) {
    const int status = av_read_frame(input_.get(), packet.get());
    if (status >= 0 && packet->stream_index == video_->stream) return packet;
    if (status == AVERROR_EOF) break;
    if (status == AVERROR(EIO) || status == AVERROR(ENOMEM)) {
      return fail(Errc::kUnreachable, path_, "can no longer be read: " + av_text(status), true);
    }
    if (status < 0) ++broken;
    av_packet_unref(packet.get());
  }
  return AvPacket();
}

bool PacketSource::is_independent(const AVPacket& packet) const {
  if (gops_->has_leading(gop_)) return false;
  // H.264's other random-access points may be refreshed little by little.
  const AVCodecParameters& codec = *stream()->codecpar;
  return codec.codec_id != AV_CODEC_ID_H264 || is_idr(packet, codec);
}

TakePacket PacketSource::tag(AvPacket packet) {
  TakePacket out;
  out.number = number_of(*video_, packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts);
  const bool key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
  const uint32_t named = out.number >= 0 ? video_->frames[static_cast<size_t>(out.number)].gop : gop_;
  const uint32_t before = gop_;
  if (gop_ + 1 < video_->gops.size() && starts(gop_ + 1, *packet)) {
    ++gop_;
  } else if (key && named > gop_) {
    gop_ = named;
  }
  // Where another packet has this one's time, the index gives it to that one.
  if (out.number >= 0 && (named != gop_ || gops_->is_misplaced(out.number))) out.number = -1;
  out.leading = out.number >= 0 && gops_->is_leading(out.number);
  out.independent = gop_ != before && is_independent(*packet);
  out.gop = gop_;
  out.packet = std::move(packet);
  return out;
}

bool is_idr(const AVPacket& packet, const AVCodecParameters& codec) {
  constexpr int kSlice = 1, kIdr = 5;
  const auto type_at = [&](int at) { return at < packet.size ? packet.data[at] & 0x1f : 0; };
  const bool prefixed = codec.extradata_size > 4 && codec.extradata[0] == 1;
  if (!prefixed) {
    for (int at = 0; at + 3 < packet.size; ++at) {
      if (packet.data[at] != 0 || packet.data[at + 1] != 0 || packet.data[at + 2] != 1) continue;
      if (type_at(at + 3) >= kSlice && type_at(at + 3) <= kIdr) return type_at(at + 3) == kIdr;
    }
    return false;
  }
  const int length_bytes = (codec.extradata[4] & 3) + 1;
  for (int64_t at = 0; at + length_bytes < packet.size;) {
    int64_t length = 0;
    for (int i = 0; i < length_bytes; ++i) length = length << 8 | packet.data[at + i];
    const int type = type_at(static_cast<int>(at) + length_bytes);
    if (type >= kSlice && type <= kIdr) return type == kIdr;
    at += length_bytes + length;
  }
  return false;
}

}  // namespace tessera::media
