#include <algorithm>

#include "engine/media/animation.h"
#include "engine/media/av.h"
#include "engine/media/reader_image.h"

extern "C" {
#include <libavutil/dict.h>
}

namespace tessera::media {
namespace {

/// Matroska keeps VP8's and VP9's alpha in a stream beside theirs, which only libvpx's decoders look at.
const AVCodec* alpha_decoder(const AVStream& stream) {
  if (av_dict_get(stream.metadata, "alpha_mode", nullptr, 0) == nullptr) return nullptr;
  if (stream.codecpar->codec_id == AV_CODEC_ID_VP8) return avcodec_find_decoder_by_name("libvpx");
  if (stream.codecpar->codec_id == AV_CODEC_ID_VP9) return avcodec_find_decoder_by_name("libvpx-vp9");
  return nullptr;
}

std::string frame_name(int64_t number) { return "frame " + std::to_string(number); }

class Reader final : public AnimationReader {
 public:
  Reader(std::shared_ptr<const AnimationIndex> index, int depth, const MediaLimits& limits)
      : index_(std::move(index)), depth_(depth), limits_(limits), received_(av_frame_alloc()) {
    packet_of_.resize(static_cast<size_t>(index_->times.frames()));
    for (size_t p = 0; p < index_->packets.size(); ++p) {
      if (const int32_t frame = index_->packets[p].frame; frame >= 0) packet_of_[static_cast<size_t>(frame)] = p;
    }
  }

  Result<void> restart() {
    input_.reset();
    TESSERA_TRY_ASSIGN(input_, open_input(index_->path, limits_));
    if (index_->stream >= static_cast<int>(input_->nb_streams)) return changed();
    const AVStream& stream = *input_->streams[index_->stream];
    TESSERA_TRY_ASSIGN(codec_, open_decoder(&stream, limits_, alpha_decoder(stream)));
    codec_->err_recognition |= AV_EF_CRCCHECK | AV_EF_EXPLODE;
    next_packet_ = 0;
    last_frame_ = -1;
    drained_ = false;
    return {};
  }

  Result<FrameRef> frame(int64_t number) override {
    TESSERA_TRY(go_near(number));
    for (;;) {
      TESSERA_TRY_ASSIGN(const int64_t got, receive());
      if (got > number || got < 0) return cannot_decode(number, "the decoder gives no picture");
      last_frame_ = got;
      if (got == number) return convert(number);
    }
  }

 private:
  tl::unexpected<Error> changed() const {
    return fail(Errc::kBadInput, index_->path, "has changed since it was looked at");
  }
  tl::unexpected<Error> cannot_decode(int64_t number, const std::string& why) const {
    return fail(Errc::kBadInput, index_->path, frame_name(number) + " can't be decoded: " + why);
  }

  /// The packet that decoding of a frame begins with when it is not reached from an earlier one.
  size_t begin_of(int64_t number) const {
    if (!index_->can_seek) return 0;
    size_t packet = packet_of_[static_cast<size_t>(number)];
    while (packet > 0 && !index_->packets[packet].key) --packet;
    return packet;
  }

  /// Places the demuxer so that decoding on from there gives the frame.
  Result<void> go_near(int64_t number) {
    const size_t begin = begin_of(number);
    if (number > last_frame_ && input_ && static_cast<int64_t>(begin) <= next_packet_) return {};
    if (begin == 0 || !input_) TESSERA_TRY(restart());
    if (begin == 0) return {};
    const int status = av_seek_frame(input_.get(), index_->stream, index_->packets[begin].dts, AVSEEK_FLAG_BACKWARD);
    if (status < 0) return fail(Errc::kBadInput, index_->path, "can't be read from " + frame_name(number) + " on");
    avcodec_flush_buffers(codec_.get());
    next_packet_ = -1;  // known from the first packet that comes
    last_frame_ = index_->packets[begin].frame - 1;
    drained_ = false;
    return {};
  }

  Result<void> send() {
    const AvPacket packet(av_packet_alloc());
    if (!packet) return fail(Errc::kCapacity, index_->path, "no memory to read it", true);
    do {
      av_packet_unref(packet.get());
      if (av_read_frame(input_.get(), packet.get()) < 0) {
        drained_ = true;
        avcodec_send_packet(codec_.get(), nullptr);
        return {};
      }
    } while (packet->stream_index != index_->stream);
    if (next_packet_ < 0) next_packet_ = find(packet->dts);
    if (next_packet_ >= static_cast<int64_t>(index_->packets.size())) return changed();
    const int32_t number = index_->packets[static_cast<size_t>(next_packet_++)].frame;
    packet->pts = number;  // comes back with the picture
    packet->dts = AV_NOPTS_VALUE;
    const int status = avcodec_send_packet(codec_.get(), packet.get());
    if (status < 0) return cannot_decode(std::max<int64_t>(number, 0), av_text(status));
    return {};
  }

  int64_t find(int64_t dts) const {
    const auto at = std::find_if(index_->packets.begin(), index_->packets.end(),
                                 [&](const AnimationIndex::Packet& p) { return p.dts == dts; });
    return at - index_->packets.begin();
  }

  /// The number of the next picture, which is then in received_; -1 where there is none left.
  Result<int64_t> receive() {
    for (;;) {
      const int status = avcodec_receive_frame(codec_.get(), received_.get());
      if (status >= 0) return received_->pts;
      if (status == AVERROR_EOF || (status == AVERROR(EAGAIN) && drained_)) return -1;
      if (status != AVERROR(EAGAIN)) return cannot_decode(last_frame_ + 1, av_text(status));
      TESSERA_TRY(send());
    }
  }

  Result<FrameRef> convert(int64_t number) {
    if (received_->width != index_->width || received_->height != index_->height) {
      return fail(Errc::kBadInput, index_->path,
                  frame_name(number) + " is " + std::to_string(received_->width) + "x" +
                      std::to_string(received_->height) + " pixels; wanted " + std::to_string(index_->width) + "x" +
                      std::to_string(index_->height) + " as the first");
    }
    if (received_->decode_error_flags != 0) return cannot_decode(number, "its data is damaged");
    AvFrame picture(av_frame_alloc());
    if (!picture) return fail(Errc::kCapacity, index_->path, "no memory for a picture", true);
    av_frame_move_ref(picture.get(), received_.get());
    TESSERA_TRY_ASSIGN(const RgbaSource source, RgbaSource::open(std::move(picture), from_yuv_));
    return to_premultiplied_yuva(source, depth_);
  }

  const std::shared_ptr<const AnimationIndex> index_;
  const int depth_;
  const MediaLimits limits_;
  std::vector<size_t> packet_of_;  ///< by frame number
  AvInput input_;
  AvCodec codec_;
  AvFrame received_;
  YuvToRgba from_yuv_;
  int64_t next_packet_ = 0;  ///< index of the packet that is read next; -1: found out when it is
  int64_t last_frame_ = -1;  ///< last number received
  bool drained_ = false;
};

}  // namespace

Result<std::unique_ptr<AnimationReader>> AnimationReader::open(std::shared_ptr<const AnimationIndex> index, int depth,
                                                               const MediaLimits& limits) {
  if (depth != 8 && depth != 10) {
    return fail(Errc::kInternal, index->path, "wanted at " + std::to_string(depth) + " bits; 8 and 10 are made");
  }
  auto reader = std::make_unique<Reader>(std::move(index), depth, limits);
  TESSERA_TRY(reader->restart());
  return reader;
}

}  // namespace tessera::media
