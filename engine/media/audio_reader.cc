#include "engine/media/audio_reader.h"

#include <algorithm>
#include <array>
#include <deque>
#include <string_view>

#include "engine/media/audio_reader_resample.h"

namespace tessera::media {
namespace {

constexpr int kMaxBrokenReads = 256;
/// Decoded before an anchor: overlapping transforms, Opus's convergence (80 ms), MP3's bit reservoir.
constexpr Rational kPreroll{1, 4};
/// A jump ahead no longer than this is decoded through: that is faster than a seek.
constexpr int64_t kReadThrough = 2 * kMixRate;
/// Sound around a sample that the resampler must have seen, in seconds.
constexpr Rational kFilterReach{1, 20};
/// How far before the anchor a seek aims, attempt by attempt: containers seek by what index they have.
constexpr std::array<int64_t, 4> kAimSeconds{0, 2, 10, 60};

/// Containers whose seeks land on true timestamps. In the others a place is found by reading from the start.
bool can_seek(const AVInputFormat& format) {
  static constexpr std::array<std::string_view, 7> kNames{
      "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts", "flv", "wav", "w64", "flac"};
  return std::find(kNames.begin(), kNames.end(), std::string_view(format.name)) != kNames.end();
}

class FileAudioReader final : public AudioReader {
 public:
  FileAudioReader(std::shared_ptr<const TakeIndex> index, const MediaLimits& limits)
      : index_(std::move(index)), audio_(*index_->audio), limits_(limits) {}

  Result<void> start() { return restart(); }
  Result<void> read(int64_t first, std::span<float> out) override;

 private:
  struct Piece {
    int64_t first = 0;
    std::vector<float> samples;
    int64_t end() const { return first + static_cast<int64_t>(samples.size() / 2); }
  };

  Result<void> restart();
  Result<void> new_decoder();
  Result<void> seek(int64_t first);
  bool aim(const AudioAnchor& anchor);
  Result<AvPacket> next_packet();
  Result<void> advance();
  void keep(int64_t first, std::vector<float> samples);
  void add_to(int64_t first, std::span<float> out) const;
  int64_t in_ticks(const Rational& seconds) const;

  std::shared_ptr<const TakeIndex> index_;
  const AudioIndex& audio_;
  MediaLimits limits_;
  AvInput input_;
  std::optional<SoundDecoder> decoder_;
  SoundResampler resampler_;
  AvPacket pending_;                 ///< read while a seek was checked
  int64_t skip_before_ = INT64_MIN;  ///< container ticks: packets before are not decoded
  std::deque<Piece> pieces_;         ///< decoded, from begin_ on
  int64_t begin_ = 0;                ///< what lies before is gone
  int64_t end_ = INT64_MIN;          ///< everything up to here is decoded
  bool ended_ = false;
};

int64_t FileAudioReader::in_ticks(const Rational& seconds) const {
  return muldiv_round(seconds.num * audio_.tick.den, 1, seconds.den * audio_.tick.num);
}

Result<void> FileAudioReader::restart() {
  auto input = open_input(index_->path, limits_);
  if (!input) return fail(Errc::kUnreachable, index_->path, "can't be opened again: " + input.error().detail, true);
  input_ = *std::move(input);
  if (static_cast<unsigned>(audio_.stream) >= input_->nb_streams) {
    return fail(Errc::kUnreachable, index_->path,
                "has no stream " + std::to_string(audio_.stream) + " any more; it changed since it was indexed");
  }
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    if (static_cast<int>(i) != audio_.stream) input_->streams[i]->discard = AVDISCARD_ALL;
  }
  pending_.reset();
  skip_before_ = INT64_MIN;
  return new_decoder();
}

Result<void> FileAudioReader::new_decoder() {
  TESSERA_TRY_ASSIGN(auto decoder, SoundDecoder::create(input_->streams[audio_.stream], audio_.origin, limits_));
  decoder_.emplace(std::move(decoder));
  resampler_ = SoundResampler();
  pieces_.clear();
  end_ = INT64_MIN;
  ended_ = false;
  return {};
}

Result<void> FileAudioReader::seek(int64_t first) {
  begin_ = first;
  const int64_t wanted = muldiv_floor(first, audio_.sample_rate, kMixRate) -
                         muldiv_round(kFilterReach.num, audio_.sample_rate, kFilterReach.den);
  const auto after = std::upper_bound(audio_.anchors.begin(), audio_.anchors.end(), wanted,
                                      [](int64_t sample, const AudioAnchor& anchor) { return sample < anchor.sample; });
  // The first anchor is the start of the file, where libav itself knows of priming.
  if (after - audio_.anchors.begin() <= 1) return restart();
  const AudioAnchor& anchor = *(after - 1);
  if (!aim(anchor)) {
    TESSERA_TRY(restart());
  } else {
    AvPacket found = std::move(pending_);
    TESSERA_TRY(new_decoder());
    pending_ = std::move(found);
  }
  skip_before_ = anchor.pts - in_ticks(kPreroll);
  decoder_->resume_at(anchor);
  return {};
}

/// Seeks to where decoding has to begin for this anchor; false where the container can't.
bool FileAudioReader::aim(const AudioAnchor& anchor) {
  if (!can_seek(*input_->iformat)) return false;
  for (const int64_t seconds : kAimSeconds) {
    const int64_t target = anchor.pts - in_ticks(kPreroll + Rational{seconds, 1});
    pending_.reset();
    if (av_seek_frame(input_.get(), audio_.stream, target, AVSEEK_FLAG_BACKWARD) < 0) continue;
    auto packet = next_packet();
    if (!packet || !*packet || (*packet)->pts == AV_NOPTS_VALUE) continue;
    // Half the pre-roll is enough; later than that, the container's index led us past our goal.
    if ((*packet)->pts > anchor.pts - in_ticks(kPreroll) / 2) continue;
    pending_ = *std::move(packet);
    return true;
  }
  return false;
}

/// The stream's next packet; null at the end.
Result<AvPacket> FileAudioReader::next_packet() {
  if (pending_) return std::move(pending_);
  int broken = 0;
  while (broken < kMaxBrokenReads) {
    AvPacket packet(av_packet_alloc());
    if (!packet) return fail(Errc::kCapacity, index_->path, "no memory for a packet", true);
    const int status = av_read_frame(input_.get(), packet.get());
    if (status == AVERROR_EOF) break;
    if (status == AVERROR(EIO) || status == AVERROR(ENOMEM)) {
      return fail(Errc::kUnreachable, index_->path, "can no longer be read: " + av_text(status), true);
    }
    if (status < 0) ++broken;
    if (status >= 0 && packet->stream_index == audio_.stream) return packet;
  }
  return AvPacket();
}

void FileAudioReader::keep(int64_t first, std::vector<float> samples) {
  Piece piece{first, std::move(samples)};
  end_ = std::max(end_, piece.end());
  if (piece.end() > begin_) pieces_.push_back(std::move(piece));
}

Result<void> FileAudioReader::advance() {
  const auto sink = [this](int64_t first, std::vector<float> samples) { keep(first, std::move(samples)); };
  TESSERA_TRY_ASSIGN(const AvPacket packet, next_packet());
  if (packet && packet->pts != AV_NOPTS_VALUE && packet->pts < skip_before_) return {};
  Result<void> status;
  decoder_->decode(packet.get(), [&](const SoundBlock& block) {
    if (status) status = resampler_.feed(block, sink);
  });
  TESSERA_TRY(status);
  if (!packet) {
    resampler_.flush(sink);
    ended_ = true;
  }
  return {};
}

void FileAudioReader::add_to(int64_t first, std::span<float> out) const {
  const int64_t end = first + static_cast<int64_t>(out.size() / 2);
  for (const Piece& piece : pieces_) {
    const int64_t from = std::max(first, piece.first);
    const int64_t to = std::min(end, piece.end());
    for (int64_t k = 2 * from; k < 2 * to; ++k) {
      out[static_cast<size_t>(k - 2 * first)] += piece.samples[static_cast<size_t>(k - 2 * piece.first)];
    }
  }
}

Result<void> FileAudioReader::read(int64_t first, std::span<float> out) {
  std::fill(out.begin(), out.end(), 0.0F);
  const int64_t end = first + static_cast<int64_t>(out.size() / 2);
  // Nothing is heard before the first sample or, but for the filter's ringing, behind the last.
  const auto sample_at = [](Micros t) { return muldiv_floor(t, kMixRate, kMicrosPerSecond); };
  if (end <= sample_at(audio_.start) - kMixRate || first >= sample_at(audio_.end) + kMixRate) return {};
  if (first < begin_ || (!ended_ && first > std::max<int64_t>(end_, begin_) + kReadThrough)) {
    TESSERA_TRY(seek(first));
  }
  begin_ = first;
  while (!pieces_.empty() && pieces_.front().end() <= first) pieces_.pop_front();
  while (!ended_ && end_ < end) TESSERA_TRY(advance());
  // What a decoder gives beyond the end is an encoder's padding.
  const int64_t heard =
      std::clamp<int64_t>(muldiv_round(audio_.end, kMixRate, kMicrosPerSecond) - first, 0, end - first);
  add_to(first, out.first(static_cast<size_t>(heard) * 2));
  return {};
}

}  // namespace

Result<std::unique_ptr<AudioReader>> AudioReader::open(std::shared_ptr<const TakeIndex> index,
                                                       const MediaLimits& limits) {
  if (!index->audio) return fail(Errc::kBadInput, index->path, "has no sound");
  auto reader = std::make_unique<FileAudioReader>(std::move(index), limits);
  TESSERA_TRY(reader->start());
  return std::unique_ptr<AudioReader>(std::move(reader));
}

}  // namespace tessera::media
