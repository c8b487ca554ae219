#include "engine/media/take_index.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "engine/media/av.h"
#include "engine/media/index_audio.h"
#include "engine/media/index_cache.h"
#include "engine/media/index_video.h"

namespace tessera::media {
namespace {

constexpr int kMaxBrokenReads = 256;
/// Times in headers beyond this are damage.
constexpr int64_t kMostTicks = int64_t{1} << 40;
/// Recordings are cut a little before their header says; more is a loss.
constexpr Micros kShortestEarlyEnd = kMicrosPerSecond / 2;
constexpr int kBest = -2;
constexpr int kNone = -1;

bool is_picture_stream(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
}

Result<int> choose(const AVFormatContext& input, AVMediaType type, int wanted, const std::string& path) {
  const char* const kind = type == AVMEDIA_TYPE_VIDEO ? "pictures" : "sound";
  if (wanted == kNone) return kNone;
  if (wanted == kBest) {
    const int best = av_find_best_stream(const_cast<AVFormatContext*>(&input), type, -1, -1, nullptr, 0);
    if (best < 0 || (type == AVMEDIA_TYPE_VIDEO && !is_picture_stream(*input.streams[best]))) return kNone;
    return best;
  }
  if (wanted < 0 || static_cast<unsigned>(wanted) >= input.nb_streams) {
    return fail(Errc::kBadInput, path,
                "has no stream " + std::to_string(wanted) + "; it has " + std::to_string(input.nb_streams));
  }
  if (input.streams[wanted]->codecpar->codec_type != type) {
    const char* found = av_get_media_type_string(input.streams[wanted]->codecpar->codec_type);
    return fail(
        Errc::kBadInput, path,
        "stream " + std::to_string(wanted) + " is " + (found != nullptr ? found : "unknown") + "; wanted " + kind);
  }
  return wanted;
}

/// Take time 0 on the container's clock: the earliest start of any picture or sound, whichever streams are chosen.
/// Sound before 0 is an encoder's priming, which is not heard and does not count.
Rational time_zero(const AVFormatContext& input) {
  std::optional<Rational> zero;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& stream = *input.streams[i];
    const bool sound = stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
    if ((!sound && !is_picture_stream(stream)) || stream.start_time == AV_NOPTS_VALUE) continue;
    if (std::abs(stream.start_time) > kMostTicks || stream.time_base.num <= 0) continue;
    const int64_t start = sound ? std::max<int64_t>(stream.start_time, 0) : stream.start_time;
    const Rational seconds = Rational{start, 1} * to_rational(stream.time_base);
    if (!zero || seconds < *zero) zero = seconds;
  }
  return zero.value_or(Rational{0, 1});
}

int64_t in_ticks(const Rational& seconds, const AVStream& stream) {
  const Rational ticks = seconds / to_rational(stream.time_base);
  return muldiv_round(ticks.num, 1, ticks.den);
}

/// Where the container's header says that a stream ends, in its ticks; INT64_MIN where it doesn't, or only guesses.
int64_t declared_end(const AVFormatContext& input, const AVStream& stream, int64_t origin) {
  const bool has_track_durations = std::string_view(input.iformat->name).starts_with("mov,");
  if (!has_track_durations || stream.duration == AV_NOPTS_VALUE || stream.start_time == AV_NOPTS_VALUE ||
      stream.duration <= 0 || stream.duration > kMostTicks || std::abs(stream.start_time) > kMostTicks) {
    return INT64_MIN;
  }
  return stream.start_time + stream.duration - origin;
}

Micros in_micros(int64_t ticks, const AVStream& stream) {
  return muldiv_round(ticks, stream.time_base.num * kMicrosPerSecond, stream.time_base.den);
}

class Indexing {
 public:
  Indexing(std::string path, const MediaLimits& limits, Log& log)
      : path_(std::move(path)), limits_(limits), log_(log) {}

  Result<std::shared_ptr<TakeIndex>> run(const StreamChoice& streams);

 private:
  Result<void> open(const StreamChoice& streams);
  Result<void> open_sound(const AVStream& stream);
  Result<void> read_all();
  Result<void> route(AvPacket packet);
  void note_early_end(TakeIndex& index) const;
  Result<std::shared_ptr<TakeIndex>> finish();

  std::string path_;
  MediaLimits limits_;
  Log& log_;
  AvInput input_;
  AVStream* picture_stream_ = nullptr;
  AVStream* sound_stream_ = nullptr;
  int64_t picture_origin_ = 0;
  std::optional<VideoIndexer> pictures_;
  std::unique_ptr<AudioIndexer> sound_;
};

Result<void> Indexing::open_sound(const AVStream& stream) {
  auto sound = AudioIndexer::create(&stream, in_ticks(time_zero(*input_), stream), limits_);
  if (!sound && picture_stream_ == nullptr) return tl::unexpected(sound.error());
  if (!sound) {
    log_.warn("the take's sound can't be decoded", {{"take", path_}, {"reason", sound.error().detail}});
    return {};
  }
  sound_ = *std::move(sound);
  return {};
}

Result<void> Indexing::open(const StreamChoice& streams) {
  TESSERA_TRY_ASSIGN(input_, open_input(path_, limits_));
  TESSERA_TRY_ASSIGN(const int picture, choose(*input_, AVMEDIA_TYPE_VIDEO, streams.video, path_));
  TESSERA_TRY_ASSIGN(const int sound, choose(*input_, AVMEDIA_TYPE_AUDIO, streams.audio, path_));
  if (picture == kNone && sound == kNone) {
    return fail(Errc::kBadInput, path_, "has no stream of use; wanted pictures or sound");
  }
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    const int stream = static_cast<int>(i);
    if (stream != picture && stream != sound) input_->streams[i]->discard = AVDISCARD_ALL;
  }
  if (picture != kNone) {
    picture_stream_ = input_->streams[picture];
    picture_origin_ = in_ticks(time_zero(*input_), *picture_stream_);
    if (avcodec_find_decoder(picture_stream_->codecpar->codec_id) == nullptr) {
      return fail(Errc::kBadInput, path_,
                  std::string("its pictures are ") + avcodec_get_name(picture_stream_->codecpar->codec_id) +
                      ", for which there is no decoder");
    }
    pictures_.emplace(input_.get(), picture_stream_, picture_origin_, limits_);
  }
  if (sound != kNone) {
    sound_stream_ = input_->streams[sound];
    TESSERA_TRY(open_sound(*sound_stream_));
  }
  return {};
}

Result<void> Indexing::route(AvPacket packet) {
  if (pictures_ && packet->stream_index == picture_stream_->index) return pictures_->add(*packet);
  if (sound_ && packet->stream_index == sound_stream_->index) sound_->add(std::move(packet));
  return {};
}

Result<void> Indexing::read_all() {
  int broken = 0;
  while (broken < kMaxBrokenReads) {
    AvPacket packet(av_packet_alloc());
    if (!packet) return fail(Errc::kCapacity, path_, "no memory for a packet", true);
    const int status = av_read_frame(input_.get(), packet.get());
    if (status == AVERROR_EOF) break;
    if (status == AVERROR(EIO) || status == AVERROR(ENOMEM)) {
      return fail(Errc::kUnreachable, path_, "can't be read to its end: " + av_text(status), true);
    }
    if (status < 0) {
      ++broken;
      continue;
    }
    broken = 0;
    TESSERA_TRY(route(std::move(packet)));
  }
  return {};
}

/// Everything that decides what a take looks and sounds like, and when. Loudness is a function of the sound's packets,
/// but one of floating point, which differs between machines in the last digit.
Hash128 identity_of(TakeIndex index) {
  index.path.clear();
  if (index.audio) {
    index.audio = std::make_shared<AudioIndex>(*index.audio);
    index.audio->loudness.clear();
  }
  Hash128Hasher hasher;
  hasher.add(as_bytes(write_index(index, "")));
  return hasher.finish();
}

/// Matroska and FLV say how long they are as a whole; that tells of a missing end where all of it was read.
void Indexing::note_early_end(TakeIndex& index) const {
  const std::string_view container = input_->iformat->name;
  if (container != "matroska,webm" && container != "flv") return;
  if (input_->duration == AV_NOPTS_VALUE || input_->duration > limits_.max_duration) return;
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    const AVMediaType type = input_->streams[i]->codecpar->codec_type;
    const bool counts = type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO;
    if (counts && input_->streams[i]->discard == AVDISCARD_ALL) return;
  }
  if (input_->duration - index.duration > kShortestEarlyEnd) {
    index.losses.push_back({index.duration, input_->duration, "ends early"});
  }
}

Result<std::shared_ptr<TakeIndex>> Indexing::finish() {
  auto index = std::make_shared<TakeIndex>();
  index->path = path_;
  if (pictures_) {
    const int64_t end = declared_end(*input_, *picture_stream_, picture_origin_);
    auto video = pictures_->finish(avio_size(input_->pb), end, index->losses);
    if (!video) return fail(video.error().code, path_, video.error().detail);
    index->video = *std::move(video);
    if (pictures_->wild_packets() > 0) {
      log_.warn("packets with impossible timestamps are left out",
                {{"take", path_}, {"packets", std::to_string(pictures_->wild_packets())}});
    }
  }
  if (sound_) {
    const int64_t end = declared_end(*input_, *sound_stream_, in_ticks(time_zero(*input_), *sound_stream_));
    index->audio = sound_->finish(end == INT64_MIN ? INT64_MAX : in_micros(end, *sound_stream_), index->losses);
  }
  if (!index->video && !index->audio)
    return fail(Errc::kBadInput, path_, "has no picture and no sound that can be read");
  if (index->video) {
    const Rational end = index->video->end_of(static_cast<int64_t>(index->video->frames.size()) - 1);
    index->duration = muldiv_round(end.num, kMicrosPerSecond, end.den);
  }
  if (index->audio) index->duration = std::max(index->duration, index->audio->end);
  note_early_end(*index);
  std::stable_sort(index->losses.begin(), index->losses.end(),
                   [](const LossSpan& a, const LossSpan& b) { return a.start < b.start; });
  index->identity = identity_of(*index);
  return index;
}

Result<std::shared_ptr<TakeIndex>> Indexing::run(const StreamChoice& streams) {
  TESSERA_TRY(open(streams));
  TESSERA_TRY(read_all());
  return finish();
}

}  // namespace

Result<std::shared_ptr<TakeIndex>> index_take(const std::string& path, const StreamChoice& streams,
                                              const MediaLimits& limits, const std::string& cache_dir, Log& log) {
  if (cache_dir.empty()) return Indexing(path, limits, log).run(streams);
  TESSERA_TRY_ASSIGN(const CacheKey key, cache_key(path, streams, limits, cache_dir));
  if (auto cached = load_index(key)) {
    cached->path = path;
    return std::make_shared<TakeIndex>(*std::move(cached));
  }
  TESSERA_TRY_ASSIGN(auto index, Indexing(path, limits, log).run(streams));
  const Result<void> stored = store_index(*index, key);
  if (!stored) log.warn("a take's index is not kept", {{"take", path}, {"reason", describe(stored.error())}});
  return index;
}

void save_lost_marks(const TakeIndex& index, const StreamChoice& streams, const MediaLimits& limits,
                     const std::string& cache_dir, Log& log) {
  if (cache_dir.empty() || !index.video) return;
  const auto key = cache_key(index.path, streams, limits, cache_dir);
  if (!key) return log.warn("a take's lost pictures are not kept", {{"reason", describe(key.error())}});
  auto entry = load_index(*key);
  // The file may be another one by now, or the entry may have been removed: then the marks mean nothing.
  if (!entry || entry->identity != index.identity || !entry->video) return;
  bool news = false;
  for (size_t k = 0; k < entry->video->frames.size(); ++k) {
    bool& lost = entry->video->frames[k].lost;
    news = news || (index.video->frames[k].lost && !lost);
    lost = lost || index.video->frames[k].lost;
  }
  if (!news) return;
  const Result<void> stored = store_index(*entry, *key);
  if (!stored)
    log.warn("a take's lost pictures are not kept", {{"take", index.path}, {"reason", describe(stored.error())}});
}

}  // namespace tessera::media
