#include "engine/media/box.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "engine/media/av.h"

namespace tessera::media {
namespace {

constexpr const char* kWhere = "media.box";
constexpr int kIoBytes = 1 << 16;

// How times are laid out. The muxer is given times later by the track's decode lead, so that composition offsets are
// never negative, and an edit list takes the lead off again. That is the form of CMAF's brand cmfc, which all readers
// agree on: the first segment's tfdt is the timeline's origin, as hls.js takes it to be, and so is its first picture's
// presentation time. With negative offsets instead (the muxer's `cmaf` flag) libav's demuxer presents video late by the
// lead. The muxer writes no edit list before it has seen packets, and no cmfc brand without the flag: both are put in
// here.

/// What every init segment begins with.
constexpr std::array<uint8_t, 28> kFileType{0, 0, 0,   28,  'f', 't', 'y', 'p', 'i', 's', 'o', '6', 0,   0,
                                            0, 0, 'i', 's', 'o', '6', 'c', 'm', 'f', 'c', 'm', 'p', '4', '1'};

/// What every media segment begins with: a DASH media segment that is a CMAF segment.
constexpr std::array<uint8_t, 24> kSegmentType{0, 0, 0, 24, 's', 't', 'y', 'p', 'm', 's', 'd', 'h',
                                               0, 0, 0, 0,  'm', 's', 'd', 'h', 'c', 'm', 'f', 's'};

constexpr size_t kBoxHeader = 8;

uint32_t read_u32(Bytes data, size_t at) {
  return uint32_t{data[at]} << 24 | uint32_t{data[at + 1]} << 16 | uint32_t{data[at + 2]} << 8 | data[at + 3];
}

void write_u32(uint32_t value, uint8_t* at) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

/// Where the box `name` begins among the boxes from `at` to `end`; `end` where it is not there.
size_t find_box(Bytes data, size_t at, size_t end, std::string_view name) {
  while (at + kBoxHeader <= end) {
    const size_t size = read_u32(data, at);
    if (std::equal(name.begin(), name.end(), data.begin() + static_cast<ptrdiff_t>(at) + 4)) return at;
    if (size < kBoxHeader || size > end - at) break;
    at += size;
  }
  return end;
}

/// Puts an edit list behind moov/trak/tkhd that begins the presentation at media time `start`.
Result<void> add_edit_list(std::vector<uint8_t>& init, int64_t start) {
  std::array<uint8_t, 36> edits{0, 0, 0, 36, 'e', 'd', 't', 's', 0, 0, 0, 28, 'e', 'l', 's', 't', 0, 0,
                                0, 0, 0, 0,  0,   1,   0,   0,   0, 0, 0, 0,  0,   0,   0,   1,   0, 0};
  constexpr size_t kStartAt = 28;
  const size_t moov = find_box(init, 0, init.size(), "moov");
  const size_t trak = find_box(init, moov + kBoxHeader, init.size(), "trak");
  const size_t tkhd = find_box(init, trak + kBoxHeader, init.size(), "tkhd");
  if (tkhd + kBoxHeader > init.size() || start > INT32_MAX) {
    return fail(Errc::kInternal, kWhere, "the muxer wrote an init segment without a track header");
  }
  write_u32(static_cast<uint32_t>(start), edits.data() + kStartAt);
  const size_t behind = tkhd + read_u32(init, tkhd);
  for (const size_t box : {moov, trak}) {
    write_u32(read_u32(init, box) + static_cast<uint32_t>(edits.size()), init.data() + box);
  }
  init.insert(init.begin() + static_cast<ptrdiff_t>(behind), edits.begin(), edits.end());
  return {};
}

/// The muxer's init segment with our ftyp and, where decoding runs ahead, an edit list.
Result<std::vector<uint8_t>> finish_init(const std::vector<uint8_t>& written, int64_t lead) {
  const size_t moov = find_box(written, 0, written.size(), "moov");
  std::vector<uint8_t> init(kFileType.begin(), kFileType.end());
  init.insert(init.end(), written.begin() + static_cast<ptrdiff_t>(moov), written.end());
  if (lead > 0) TESSERA_TRY(add_edit_list(init, lead));
  return init;
}

int append_to(void* sink, uint8_t* data, int size) {
  auto* bytes = static_cast<std::vector<uint8_t>*>(sink);
  bytes->insert(bytes->end(), data, data + size);
  return size;
}

struct IoFree {
  void operator()(AVIOContext* io) const {
    av_freep(&io->buffer);
    avio_context_free(&io);
  }
};
struct MuxerFree {
  void operator()(AVFormatContext* muxer) const { avformat_free_context(muxer); }
};
using Io = std::unique_ptr<AVIOContext, IoFree>;
using Muxer = std::unique_ptr<AVFormatContext, MuxerFree>;

Error no_memory() { return {Errc::kCapacity, kWhere, "no memory for a segment", true}; }

Result<void> describe_video(const StreamInfo& info, AVStream& stream) {
  AVCodecParameters& codec = *stream.codecpar;
  codec.codec_type = AVMEDIA_TYPE_VIDEO;
  codec.width = info.width;
  codec.height = info.height;
  codec.sample_aspect_ratio = stream.sample_aspect_ratio = {1, 1};
  codec.color_range = AVCOL_RANGE_MPEG;
  codec.color_primaries = AVCOL_PRI_BT709;
  codec.color_trc = AVCOL_TRC_BT709;
  codec.color_space = AVCOL_SPC_BT709;
  stream.avg_frame_rate = to_av(info.fps);
  if (info.width < 1 || info.height < 1) return fail(Errc::kInternal, kWhere, "a video track without a size");
  return {};
}

Result<void> describe_audio(const StreamInfo& info, AVStream& stream) {
  constexpr int kAacFrame = 1024;
  AVCodecParameters& codec = *stream.codecpar;
  codec.codec_type = AVMEDIA_TYPE_AUDIO;
  codec.sample_rate = info.sample_rate;
  codec.frame_size = kAacFrame;
  codec.initial_padding = info.initial_padding;
  av_channel_layout_default(&codec.ch_layout, info.channels);
  if (info.sample_rate < 1 || info.channels < 1) return fail(Errc::kInternal, kWhere, "an audio track without a rate");
  return {};
}

Result<void> describe(const StreamInfo& info, AVStream& stream) {
  const AVCodecDescriptor* codec = avcodec_descriptor_get_by_name(info.codec.c_str());
  if (codec == nullptr) return fail(Errc::kInternal, kWhere, "codec " + info.codec + " is not known");
  AVCodecParameters& parameters = *stream.codecpar;
  parameters.codec_id = codec->id;
  // Parameter sets are in the init segment alone; some players read no other kind of HEVC.
  if (codec->id == AV_CODEC_ID_HEVC) parameters.codec_tag = MKTAG('h', 'v', 'c', '1');
  parameters.bit_rate = info.bitrate_bps;
  parameters.extradata = static_cast<uint8_t*>(av_mallocz(info.extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (parameters.extradata == nullptr) return tl::unexpected(no_memory());
  std::copy(info.extradata.begin(), info.extradata.end(), parameters.extradata);
  parameters.extradata_size = static_cast<int>(info.extradata.size());
  stream.time_base = to_av(info.tick);
  return codec->type == AVMEDIA_TYPE_VIDEO ? describe_video(info, stream) : describe_audio(info, stream);
}

class Boxer final : public CmafBoxer {
 public:
  explicit Boxer(const StreamInfo& info)
      : timescale_(info.tick.reduced().den),
        lead_(info.decode_lead),
        shift_(kTimelineOriginSeconds * timescale_ + info.decode_lead) {}

  Result<void> open(const StreamInfo& info, int64_t first_segment) {
    if (info.tick.reduced().num != 1 || timescale_ > INT32_MAX || lead_ < 0 || first_segment < 0 ||
        first_segment >= INT32_MAX) {
      return fail(Errc::kInternal, kWhere,
                  "a tick that is not 1/timescale, a negative decode lead, or a segment number out of range");
    }
    AVFormatContext* muxer = nullptr;
    avformat_alloc_output_context2(&muxer, nullptr, "mp4", nullptr);
    muxer_.reset(muxer);
    auto* buffer = static_cast<uint8_t*>(av_malloc(kIoBytes));
    if (buffer == nullptr || muxer == nullptr) {
      av_free(buffer);
      return tl::unexpected(no_memory());
    }
    io_.reset(avio_alloc_context(buffer, kIoBytes, 1, &bytes_, nullptr, append_to, nullptr));
    packet_.reset(av_packet_alloc());
    AVStream* stream = avformat_new_stream(muxer, nullptr);
    if (!io_ || !packet_ || stream == nullptr) return tl::unexpected(no_memory());
    muxer->pb = io_.get();
    muxer->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO;
    muxer->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    TESSERA_TRY(describe(info, *stream));
    TESSERA_TRY(write_header(first_segment));
    if (stream->time_base.num != 1 || stream->time_base.den != timescale_) {
      return fail(Errc::kInternal, kWhere, "the muxer took another timescale than " + std::to_string(timescale_));
    }
    TESSERA_TRY_ASSIGN(init_, finish_init(take(), lead_));
    return {};
  }

  const std::vector<uint8_t>& init() const override { return init_; }

  Result<void> add(const Packet& packet) override {
    if (packet.data.empty() || packet.dts + shift_ < 0 || packet.pts < packet.dts) {
      return fail(Errc::kInternal, kWhere,
                  "a packet without bytes, due before the timeline begins, or shown before it is due");
    }
    av_packet_unref(packet_.get());
    if (av_new_packet(packet_.get(), static_cast<int>(packet.data.size())) < 0) return tl::unexpected(no_memory());
    std::copy(packet.data.begin(), packet.data.end(), packet_->data);
    packet_->pts = packet.pts + shift_;
    packet_->dts = packet.dts + shift_;
    packet_->duration = packet.duration;
    packet_->flags = packet.key ? AV_PKT_FLAG_KEY : 0;
    const int status = av_write_frame(muxer_.get(), packet_.get());
    if (status < 0) return fail(Errc::kInternal, kWhere, "the muxer refuses a packet: " + av_text(status));
    ++waiting_;
    return {};
  }

  Result<std::vector<uint8_t>> cut() override {
    if (waiting_ == 0) return fail(Errc::kInternal, kWhere, "a segment without packets");
    waiting_ = 0;
    bytes_.assign(kSegmentType.begin(), kSegmentType.end());
    const int status = av_write_frame(muxer_.get(), nullptr);
    if (status < 0) return fail(Errc::kInternal, kWhere, "the muxer can't end a segment: " + av_text(status));
    return take();
  }

 private:
  Result<void> write_header(int64_t first_segment) {
    AVDictionary* options = nullptr;
    // frag_discont: decode times stay as they are given; without it the muxer starts them anew at 0.
    av_dict_set(&options, "movflags", "frag_custom+empty_moov+default_base_moof+skip_trailer+frag_discont", 0);
    av_dict_set_int(&options, "use_editlist", 0, 0);
    av_dict_set_int(&options, "fragment_index", first_segment + 1, 0);
    av_dict_set_int(&options, "video_track_timescale", timescale_, 0);
    const int status = avformat_write_header(muxer_.get(), &options);
    const bool all_known = av_dict_count(options) == 0;
    av_dict_free(&options);
    if (status < 0) return fail(Errc::kInternal, kWhere, "the mp4 muxer refuses the track: " + av_text(status));
    if (!all_known) return fail(Errc::kInternal, kWhere, "this libavformat's mp4 muxer lacks a needed option");
    return {};
  }

  std::vector<uint8_t> take() {
    avio_flush(io_.get());
    return std::exchange(bytes_, {});
  }

  int64_t timescale_ = 0;
  int64_t lead_ = 0;            // of decoding, ticks
  int64_t shift_ = 0;           // from show time to the muxer's, ticks
  int64_t waiting_ = 0;         // packets since the last cut
  std::vector<uint8_t> bytes_;  // what the muxer has written and nobody has taken
  std::vector<uint8_t> init_;
  Io io_;
  AvPacket packet_;
  Muxer muxer_;  // last: it goes first, while its io is still there
};

}  // namespace

Result<std::unique_ptr<CmafBoxer>> CmafBoxer::create(const StreamInfo& info, int64_t first_segment) {
  auto boxer = std::make_unique<Boxer>(info);
  TESSERA_TRY(boxer->open(info, first_segment));
  return boxer;
}

}  // namespace tessera::media
