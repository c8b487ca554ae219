#include <cstring>
#include <numeric>
#include <utility>

#include "engine/media/av.h"
#include "engine/media/box.h"
#include "engine/media/language.h"

// One time line: pts 0 of every track is the start of the film. What lies before it, the priming of the sound and the
// decode delay of B-frames, is hidden by edit lists, which libavformat's muxer writes by itself as long as nobody
// shifts the timestamps for it.

namespace tessera::media {
namespace {

constexpr const char* kWhere = "media.mp4";
constexpr int kAacFrame = 1024;
constexpr int64_t kFinestClock = 10'000'000;

struct OutputFree {
  void operator()(AVFormatContext* p) const {
    if (p->pb != nullptr) avio_closep(&p->pb);
    avformat_free_context(p);
  }
};
using Output = std::unique_ptr<AVFormatContext, OutputFree>;

class Writer : public Mp4Writer {
 public:
  Writer(std::string path, Output output, std::vector<AVRational> ticks, AvPacket packet)
      : path_(std::move(path)), output_(std::move(output)), ticks_(std::move(ticks)), packet_(std::move(packet)) {}

  Result<void> add(int track, const Packet& packet) override;
  Result<void> finish() override;

 private:
  tl::unexpected<Error> failed(const std::string& what, int status) const {
    // A full disk or a vanished folder, most likely: the same write may succeed later.
    return fail(Errc::kUnreachable, kWhere, path_ + ": " + what + ": " + av_text(status), true);
  }

  std::string path_;
  Output output_;
  std::vector<AVRational> ticks_;  ///< of the packets, by track
  AvPacket packet_;
};

Result<void> Writer::add(int track, const Packet& packet) {
  if (!output_) return fail(Errc::kInternal, kWhere, "a packet was given after the end");
  if (track < 0 || static_cast<size_t>(track) >= ticks_.size()) {
    return fail(Errc::kInternal, kWhere,
                "track " + std::to_string(track) + "; wanted 0 to " + std::to_string(ticks_.size() - 1));
  }
  int status = av_new_packet(packet_.get(), static_cast<int>(packet.data.size()));
  if (status < 0) return fail(Errc::kCapacity, kWhere, "no memory for a packet", true);
  if (!packet.data.empty()) std::memcpy(packet_->data, packet.data.data(), packet.data.size());
  packet_->stream_index = track;
  packet_->pts = packet.pts;
  packet_->dts = packet.dts;
  packet_->duration = packet.duration;
  packet_->flags = packet.key ? AV_PKT_FLAG_KEY : 0;
  av_packet_rescale_ts(packet_.get(), ticks_[static_cast<size_t>(track)], output_->streams[track]->time_base);
  status = av_interleaved_write_frame(output_.get(), packet_.get());
  if (status < 0) return failed("a packet of track " + std::to_string(track) + " can't be written", status);
  return {};
}

Result<void> Writer::finish() {
  if (!output_) return {};
  int status = av_write_trailer(output_.get());
  if (status < 0) return failed("the film's index can't be written", status);
  status = avio_closep(&output_->pb);
  output_.reset();
  if (status < 0) return failed("can't be closed", status);
  return {};
}

Result<void> fill_parameters(const StreamInfo& info, AVCodecParameters& codec) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(info.codec.c_str());
  if (descriptor == nullptr) return fail(Errc::kInternal, kWhere, "codec \"" + info.codec + "\" is not known");
  codec.codec_type = descriptor->type;
  codec.codec_id = descriptor->id;
  if (codec.codec_id == AV_CODEC_ID_HEVC) codec.codec_tag = MKTAG('h', 'v', 'c', '1');
  codec.bit_rate = info.bitrate_bps;
  if (codec.codec_type == AVMEDIA_TYPE_VIDEO) {
    codec.width = info.width;
    codec.height = info.height;
    codec.sample_aspect_ratio = {1, 1};
  } else {
    codec.sample_rate = info.sample_rate;
    av_channel_layout_default(&codec.ch_layout, info.channels);
    codec.initial_padding = info.initial_padding;
    codec.frame_size = kAacFrame;
  }
  if (info.extradata.empty()) return {};
  codec.extradata = static_cast<uint8_t*>(av_mallocz(info.extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (codec.extradata == nullptr) return fail(Errc::kCapacity, kWhere, "no memory for a track's header", true);
  std::memcpy(codec.extradata, info.extradata.data(), info.extradata.size());
  codec.extradata_size = static_cast<int>(info.extradata.size());
  return {};
}

Result<void> add_track(AVFormatContext& output, const Mp4Track& track) {
  AVStream* stream = avformat_new_stream(&output, nullptr);
  if (stream == nullptr) return fail(Errc::kCapacity, kWhere, "no memory for a track", true);
  stream->time_base = to_av(track.info.tick);
  TESSERA_TRY(fill_parameters(track.info, *stream->codecpar));
  if (track.info.fps.num > 0) stream->avg_frame_rate = to_av(track.info.fps);
  av_dict_set(&stream->metadata, "language", iso639_2(track.lang).c_str(), 0);
  return {};
}

/// Ticks a second in which all tracks' edit lists are exact; the muxer's own choice is milliseconds.
int64_t film_timescale(const std::vector<Mp4Track>& tracks) {
  int64_t common = 1;
  for (const Mp4Track& track : tracks) {
    const int64_t with_track = std::lcm(common, track.info.tick.den);
    if (with_track <= kFinestClock) common = with_track;
  }
  return common;
}

Result<Output> open_output(const std::string& path, const std::vector<Mp4Track>& tracks) {
  const std::string url = "file:" + path;
  AVFormatContext* context = nullptr;
  if (avformat_alloc_output_context2(&context, nullptr, "mp4", url.c_str()) < 0) {
    return fail(Errc::kDevice, kWhere, "this libavformat has no MP4 muxer");
  }
  Output output(context);
  // Bit exact: no version of the muxer and no creation time in the file.
  output->flags |= AVFMT_FLAG_BITEXACT;
  output->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  for (const Mp4Track& track : tracks) TESSERA_TRY(add_track(*output, track));
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  int status = avio_open2(&output->pb, url.c_str(), AVIO_FLAG_WRITE, nullptr, &options);
  av_dict_free(&options);
  if (status < 0) return fail(Errc::kUnreachable, kWhere, path + ": can't be written: " + av_text(status), true);
  av_dict_set(&options, "movflags", "+faststart", 0);
  av_dict_set_int(&options, "use_editlist", 1, 0);
  av_dict_set_int(&options, "movie_timescale", film_timescale(tracks), 0);
  status = avformat_write_header(output.get(), &options);
  av_dict_free(&options);
  if (status < 0) return fail(Errc::kInternal, kWhere, path + ": the tracks can't be declared: " + av_text(status));
  return output;
}

}  // namespace

Result<std::unique_ptr<Mp4Writer>> Mp4Writer::create(const std::string& path, const std::vector<Mp4Track>& tracks) {
  av_log_set_level(AV_LOG_QUIET);  // what goes wrong is returned
  if (tracks.empty()) return fail(Errc::kInternal, kWhere, "no tracks; wanted one or more");
  TESSERA_TRY_ASSIGN(Output output, open_output(path, tracks));
  std::vector<AVRational> ticks;
  for (const Mp4Track& track : tracks) ticks.push_back(to_av(track.info.tick));
  AvPacket packet(av_packet_alloc());
  if (!packet) return fail(Errc::kCapacity, kWhere, "no memory for a packet", true);
  return std::make_unique<Writer>(path, std::move(output), std::move(ticks), std::move(packet));
}

}  // namespace tessera::media
