#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "engine/media/av.h"
#include "engine/media/box.h"
#include "engine/media/codecs_string.h"

namespace tessera::media {
namespace {

constexpr const char* kWhere = "media.unbox";
constexpr int kIoBytes = 1 << 16;
constexpr size_t kLengthBytes = 4;  // of a NAL unit's length, as the muxer writes it

/// Bytes that libav reads as a file: two pieces, one after the other.
struct Source {
  Bytes first, second;
  size_t at = 0;

  size_t size() const { return first.size() + second.size(); }
};

int read_some(void* opaque, uint8_t* out, int wanted) {
  auto* source = static_cast<Source*>(opaque);
  const bool in_first = source->at < source->first.size();
  const Bytes rest =
      in_first ? source->first.subspan(source->at) : source->second.subspan(source->at - source->first.size());
  const size_t count = std::min(rest.size(), static_cast<size_t>(wanted));
  if (count == 0) return AVERROR_EOF;
  std::copy_n(rest.begin(), count, out);
  source->at += count;
  return static_cast<int>(count);
}

int64_t seek_to(void* opaque, int64_t offset, int whence) {
  auto* source = static_cast<Source*>(opaque);
  const auto size = static_cast<int64_t>(source->size());
  if ((whence & AVSEEK_SIZE) != 0) return size;
  if (whence == SEEK_CUR) offset += static_cast<int64_t>(source->at);
  if (whence == SEEK_END) offset += size;
  if (offset < 0 || offset > size) return AVERROR(EINVAL);
  source->at = static_cast<size_t>(offset);
  return offset;
}

/// An open demuxer on bytes in memory, and what it reads from.
struct Demuxer {
  Source source;
  AVIOContext* io = nullptr;
  AvInput input;

  Demuxer() = default;
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;
  ~Demuxer() {
    input.reset();
    if (io != nullptr) av_freep(&io->buffer);
    avio_context_free(&io);
  }
};

Result<std::unique_ptr<Demuxer>> open(Bytes init, Bytes segment) {
  auto demuxer = std::make_unique<Demuxer>();
  demuxer->source = {init, segment};
  auto* buffer = static_cast<uint8_t*>(av_malloc(kIoBytes));
  demuxer->io = buffer == nullptr
                    ? nullptr
                    : avio_alloc_context(buffer, kIoBytes, 0, &demuxer->source, read_some, nullptr, seek_to);
  AVFormatContext* context = avformat_alloc_context();
  if (demuxer->io == nullptr || context == nullptr) {
    if (demuxer->io == nullptr) av_free(buffer);
    avformat_free_context(context);
    return fail(Errc::kCapacity, kWhere, "no memory to read a segment", true);
  }
  context->pb = demuxer->io;
  av_log_set_level(AV_LOG_QUIET);
  const int status = avformat_open_input(&context, nullptr, av_find_input_format("mov"), nullptr);
  if (status < 0) return fail(Errc::kBadInput, kWhere, "not an init segment: " + av_text(status));
  demuxer->input.reset(context);
  if (context->nb_streams != 1) {
    return fail(Errc::kBadInput, kWhere,
                "an init segment of " + std::to_string(context->nb_streams) + " tracks; wanted one");
  }
  return demuxer;
}

void append_unit(Bytes unit, std::vector<uint8_t>& out) {
  constexpr std::array<uint8_t, 4> kStartCode{0, 0, 0, 1};
  out.insert(out.end(), kStartCode.begin(), kStartCode.end());
  out.insert(out.end(), unit.begin(), unit.end());
}

Error cut_short() {
  return {Errc::kBadInput, kWhere, "the length of a NAL unit or parameter set goes beyond its data", false};
}

/// NAL units with lengths -> with start codes, the form in which encoders give them.
Result<std::vector<uint8_t>> to_annex_b(Bytes data) {
  std::vector<uint8_t> out;
  out.reserve(data.size());
  while (!data.empty()) {
    if (data.size() < kLengthBytes) return tl::unexpected(cut_short());
    const size_t length = size_t{data[0]} << 24 | size_t{data[1]} << 16 | size_t{data[2]} << 8 | size_t{data[3]};
    data = data.subspan(kLengthBytes);
    if (length > data.size()) return tl::unexpected(cut_short());
    append_unit(data.first(length), out);
    data = data.subspan(length);
  }
  return out;
}

/// avcC -> its parameter sets with start codes.
Result<std::vector<uint8_t>> parameter_sets(Bytes avcc) {
  constexpr size_t kSetsAt = 5;
  constexpr uint8_t kSpsCountMask = 0x1f;
  std::vector<uint8_t> out;
  size_t at = kSetsAt;
  for (const uint8_t mask : {kSpsCountMask, uint8_t{0xff}}) {
    if (at >= avcc.size()) return tl::unexpected(cut_short());
    const int count = avcc[at++] & mask;
    for (int i = 0; i < count; ++i) {
      if (at + 2 > avcc.size()) return tl::unexpected(cut_short());
      const size_t length = size_t{avcc[at]} << 8 | avcc[at + 1];
      at += 2;
      if (length > avcc.size() - at) return tl::unexpected(cut_short());
      append_unit(avcc.subspan(at, length), out);
      at += length;
    }
  }
  return out;
}

/// hvcC -> its parameter sets with start codes.
Result<std::vector<uint8_t>> hevc_parameter_sets(Bytes hvcc) {
  constexpr size_t kArraysAt = 22;
  std::vector<uint8_t> out;
  if (hvcc.size() <= kArraysAt) return tl::unexpected(cut_short());
  size_t at = kArraysAt + 1;
  for (int array = 0; array < hvcc[kArraysAt]; ++array) {
    if (at + 3 > hvcc.size()) return tl::unexpected(cut_short());
    const int count = hvcc[at + 1] << 8 | hvcc[at + 2];
    at += 3;
    for (int i = 0; i < count; ++i) {
      if (at + 2 > hvcc.size()) return tl::unexpected(cut_short());
      const size_t length = size_t{hvcc[at]} << 8 | hvcc[at + 1];
      at += 2;
      if (length > hvcc.size() - at) return tl::unexpected(cut_short());
      append_unit(hvcc.subspan(at, length), out);
      at += length;
    }
  }
  return out;
}

Result<Packet> to_packet(const AVPacket& from, bool nal_units, int64_t origin) {
  constexpr int64_t kFarthest = int64_t{1} << 60;
  const auto far = [](int64_t time) { return time < -kFarthest || time > kFarthest; };
  if (far(from.pts) || far(from.dts)) return fail(Errc::kBadInput, kWhere, "a packet without a time");
  const Bytes data{from.data, static_cast<size_t>(from.size)};
  Packet packet;
  if (nal_units) {
    TESSERA_TRY_ASSIGN(packet.data, to_annex_b(data));
  } else {
    packet.data.assign(data.begin(), data.end());
  }
  packet.pts = from.pts - origin;
  packet.dts = from.dts - origin;
  packet.duration = from.duration;
  packet.key = (from.flags & AV_PKT_FLAG_KEY) != 0;
  return packet;
}

/// libav gives packets of fragments no duration where it can't guess one: up to the next one, or to the track's end.
void fill_durations(std::vector<Packet>& packets, int64_t track_end) {
  for (size_t i = 0; i < packets.size(); ++i) {
    const int64_t end = i + 1 < packets.size() ? packets[i + 1].dts : track_end;
    if (packets[i].duration == 0) packets[i].duration = std::max<int64_t>(0, end - packets[i].dts);
  }
}

}  // namespace

Result<StreamInfo> stream_info(const std::vector<uint8_t>& init) {
  TESSERA_TRY_ASSIGN(const std::unique_ptr<Demuxer> demuxer, open(init, {}));
  const AVStream& stream = *demuxer->input->streams[0];
  const AVCodecParameters& codec = *stream.codecpar;
  const Bytes header{codec.extradata, static_cast<size_t>(codec.extradata_size)};
  StreamInfo info;
  info.codec = avcodec_get_name(codec.codec_id);
  info.tick = to_rational(stream.time_base);
  info.bitrate_bps = codec.bit_rate;
  if (codec.codec_id == AV_CODEC_ID_H264) {
    TESSERA_TRY_ASSIGN(info.extradata, parameter_sets(header));
    TESSERA_TRY_ASSIGN(info.codecs, avc_codecs_string(info.extradata));
  } else if (codec.codec_id == AV_CODEC_ID_HEVC) {
    TESSERA_TRY_ASSIGN(info.extradata, hevc_parameter_sets(header));
    TESSERA_TRY_ASSIGN(info.codecs, hevc_codecs_string(info.extradata));
  } else {
    info.extradata.assign(header.begin(), header.end());
    if (codec.codec_id == AV_CODEC_ID_AAC) info.codecs = "mp4a.40.2";
  }
  info.width = codec.width;
  info.height = codec.height;
  info.sample_rate = codec.sample_rate;
  info.channels = codec.ch_layout.nb_channels;
  return info;
}

Result<std::vector<Packet>> unbox(const std::vector<uint8_t>& init, const std::vector<uint8_t>& segment) {
  TESSERA_TRY_ASSIGN(const std::unique_ptr<Demuxer> demuxer, open(init, segment));
  const AVStream& stream = *demuxer->input->streams[0];
  const AVCodecID codec = stream.codecpar->codec_id;
  const bool nal_units = codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC;
  const int64_t origin = int64_t{kTimelineOriginSeconds} * stream.time_base.den;
  const AvPacket from(av_packet_alloc());
  if (!from) return fail(Errc::kCapacity, kWhere, "no memory for a packet", true);
  std::vector<Packet> packets;
  for (;;) {
    const int status = av_read_frame(demuxer->input.get(), from.get());
    if (status == AVERROR_EOF) break;
    if (status < 0) return fail(Errc::kBadInput, kWhere, "a segment that can't be read: " + av_text(status));
    TESSERA_TRY_ASSIGN(Packet packet, to_packet(*from, nal_units, origin));
    packets.push_back(std::move(packet));
    av_packet_unref(from.get());
  }
  fill_durations(packets, std::max<int64_t>(stream.duration, 0) - origin);
  return packets;
}

}  // namespace tessera::media
