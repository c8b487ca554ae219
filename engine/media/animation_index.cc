#include <algorithm>
#include <array>
#include <fstream>
#include <numeric>
#include <string_view>

#include "engine/media/animation.h"
#include "engine/media/animation_cache.h"
#include "engine/media/animation_file.h"
#include "engine/media/av.h"
#include "engine/media/reader_image.h"

namespace tessera::media {
namespace {

/// Finer than this no common tick is looked for; times are then rounded to it.
constexpr int64_t kFinestTick = 1'000'000'000;
const Rational kDefaultDelay{1, 10};
const Rational kShortestGifDelay{1, 50};

Result<Sha256> hash_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Sha256Hasher hasher;
  std::vector<char> block(1 << 16);
  int64_t bytes = 0;
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    const auto size = static_cast<size_t>(file.gcount());
    hasher.add(std::string_view(block.data(), size));
    bytes += file.gcount();
    if (bytes <= kMaxAnimationBytes) continue;
    return fail(Errc::kLimit, path,
                "has more than " + std::to_string(kMaxAnimationBytes) + " bytes; no larger animation is read");
  }
  return hasher.finish();
}

/// A packet as the walk finds it.
struct Found {
  AnimationIndex::Packet packet;
  int64_t pts = 0;
  int64_t duration = 0;
};

Result<void> truncated(const std::string& path, size_t frames) {
  return fail(Errc::kBadInput, path,
              "ends too early: only " + std::to_string(frames) + (frames == 1 ? " frame is" : " frames are") +
                  " whole; wanted the complete animation");
}

/// VP8 has packets that only later ones refer to.
bool is_hidden(const AVStream& stream, const AVPacket& packet) {
  if ((packet.flags & AV_PKT_FLAG_DISCARD) != 0) return true;
  return stream.codecpar->codec_id == AV_CODEC_ID_VP8 && packet.size > 0 && (packet.data[0] >> 4 & 1) == 0;
}

Result<std::vector<Found>> walk_packets(AVFormatContext& input, int stream, const std::string& path) {
  const AvPacket packet(av_packet_alloc());
  if (!packet) return fail(Errc::kCapacity, path, "no memory to read it", true);
  std::vector<Found> found;
  size_t frames = 0;
  for (;;) {
    const int status = av_read_frame(&input, packet.get());
    if (status == AVERROR_EOF) break;
    if (status < 0) return fail(Errc::kBadInput, path, "can't be read to its end: " + av_text(status));
    if (packet->stream_index == stream) {
      if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0 || packet->size == 0) TESSERA_TRY(truncated(path, frames));
      if (packet->pts == AV_NOPTS_VALUE) return fail(Errc::kBadInput, path, "has a frame without a time");
      const bool hidden = is_hidden(*input.streams[stream], *packet);
      found.push_back({{packet->dts, hidden ? -1 : 0, (packet->flags & AV_PKT_FLAG_KEY) != 0},
                       packet->pts,
                       std::max<int64_t>(packet->duration, 0)});
      frames += hidden ? 0 : 1;
      if (frames > static_cast<size_t>(kMaxAnimationFrames)) {
        return fail(Errc::kLimit, path,
                    "has more than " + std::to_string(kMaxAnimationFrames) + " frames; no longer animation is read");
      }
    }
    av_packet_unref(packet.get());
  }
  if (frames == 0) return fail(Errc::kBadInput, path, "has no pictures that can be read");
  const int announced = avformat_index_get_entries_count(input.streams[stream]);
  const bool has_table = std::string_view(input.iformat->name).starts_with("mov");
  if (has_table && found.size() < static_cast<size_t>(announced)) TESSERA_TRY(truncated(path, frames));
  return found;
}

/// Numbers the frames in presentation order; their container times in that order, with the last one's end.
struct Shown {
  std::vector<int64_t> pts;
  int64_t end = 0;
};
Shown number_frames(std::vector<Found>& found) {
  std::vector<Found*> shown;
  for (Found& f : found) {
    if (f.packet.frame >= 0) shown.push_back(&f);
  }
  std::stable_sort(shown.begin(), shown.end(), [](const Found* a, const Found* b) { return a->pts < b->pts; });
  Shown out;
  for (size_t k = 0; k < shown.size(); ++k) {
    shown[k]->packet.frame = static_cast<int32_t>(k);
    out.pts.push_back(shown[k]->pts);
  }
  int64_t last = shown.back()->duration;
  if (last == 0 && shown.size() > 1) last = (out.pts.back() - out.pts.front()) / static_cast<int64_t>(shown.size() - 1);
  out.end = out.pts.back() + last;
  return out;
}

/// @param early how many ticks before its time a frame is due
AnimationTimes times_from_container(const Shown& shown, const Rational& tick, int64_t early) {
  AnimationTimes times;
  times.tick = tick;
  for (const int64_t pts : shown.pts) times.starts.push_back(std::max<int64_t>(pts - shown.pts.front() - early, 0));
  times.duration = shown.end - shown.pts.front();
  if (times.duration > times.starts.back()) return times;
  for (size_t k = 0; k < times.starts.size(); ++k) times.starts[k] = static_cast<int64_t>(k);
  times.tick = kDefaultDelay;
  times.duration = times.frames();
  return times;
}

AnimationTimes times_from_delays(const std::vector<Rational>& delays) {
  AnimationTimes times;
  int64_t ticks = 1;  // a second
  for (const Rational& delay : delays) {
    const int64_t den = delay.reduced().den;
    ticks = ticks / std::gcd(ticks, den) * den;
    if (ticks > kFinestTick) ticks = kFinestTick;
    if (ticks == kFinestTick) break;
  }
  times.tick = {1, ticks};
  for (const Rational& delay : delays) {
    times.starts.push_back(times.duration);
    times.duration += std::max<int64_t>(1, muldiv_round(delay.num, ticks, delay.den));
  }
  return times;
}

/// What browsers make of delays too short to be meant.
Rational as_browsers_do(const Rational& delay, const Rational& shortest) {
  return delay < shortest || delay.num <= 0 ? kDefaultDelay : delay;
}

Result<AnimationTimes> times_of(const AVFormatContext& input, int stream, const std::string& path, const Shown& shown) {
  const std::string_view format = input.iformat->name;
  const bool gif = format == "gif";
  if (!gif && format != "apng") {
    return times_from_container(shown, to_rational(input.streams[stream]->time_base), format.starts_with("matroska"));
  }
  TESSERA_TRY_ASSIGN(AnimationBlocks blocks, gif ? walk_gif(path) : walk_apng(path));
  const size_t frames = std::min(blocks.delays.size(), shown.pts.size());
  if (!blocks.complete || frames < shown.pts.size()) TESSERA_TRY(truncated(path, frames));
  blocks.delays.resize(shown.pts.size());
  for (Rational& delay : blocks.delays) delay = as_browsers_do(delay, gif ? kShortestGifDelay : Rational{0, 1});
  return times_from_delays(blocks.delays);
}

Result<void> check_length(const AnimationIndex& index, const MediaLimits& limits) {
  if (index.times.length() <= Rational::from_micros(limits.max_duration)) return {};
  return fail(Errc::kLimit, index.path,
              "lasts " + format_time(index.times.length()) + "; at most " +
                  format_time(Rational::from_micros(limits.max_duration)) + " is read");
}

Result<std::shared_ptr<AnimationIndex>> read_animation(const std::string& path, const MediaLimits& limits) {
  TESSERA_TRY_ASSIGN(const AvInput input, open_input(path, limits));
  const int stream = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (stream < 0) return fail(Errc::kBadInput, path, "has no pictures; wanted an animation");
  auto index = std::make_shared<AnimationIndex>();
  index->path = path;
  index->stream = stream;
  index->width = input->streams[stream]->codecpar->width;
  index->height = input->streams[stream]->codecpar->height;
  index->can_seek = std::string_view(input->iformat->name).starts_with("mov");
  TESSERA_TRY(check_picture_size(path, index->width, index->height, limits));
  TESSERA_TRY_ASSIGN(index->file, hash_of_file(path));
  TESSERA_TRY_ASSIGN(std::vector<Found> found, walk_packets(*input, stream, path));
  const Shown shown = number_frames(found);
  for (const Found& f : found) index->packets.push_back(f.packet);
  TESSERA_TRY_ASSIGN(index->times, times_of(*input, stream, path, shown));
  TESSERA_TRY(check_length(*index, limits));
  return index;
}
}  // namespace

int64_t AnimationTimes::frame_at(const Rational& t) const {
  // Starts are whole ticks, so the fraction of a tick decides nothing.
  const int64_t ticks = muldiv_floor(t.num, tick.den, t.den) / tick.num;
  const int64_t in_play = std::max<int64_t>(ticks, 0) % duration;
  return std::upper_bound(starts.begin(), starts.end(), in_play) - starts.begin() - 1;
}

bool may_be_animation(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 12> head{};
  if (!file.read(head.data(), head.size())) return false;
  const std::string_view start(head.data(), head.size());
  if (start.starts_with("GIF8") || start.starts_with("\x1a\x45\xdf\xa3")) return true;
  for (const std::string_view box : {"ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"}) {
    if (start.substr(4, 4) == box) return true;
  }
  if (!start.starts_with("\x89PNG")) return false;
  const auto blocks = walk_apng(path);
  return blocks && !blocks->delays.empty();
}

Result<std::shared_ptr<const AnimationIndex>> index_animation(const std::string& path, const MediaLimits& limits,
                                                              const std::string& cache_dir, Log& log) {
  if (cache_dir.empty()) return read_animation(path, limits);
  TESSERA_TRY_ASSIGN(const CacheKey key, animation_cache_key(path, limits, cache_dir));
  if (auto cached = load_animation(key)) return std::make_shared<const AnimationIndex>(*std::move(cached));
  TESSERA_TRY_ASSIGN(auto index, read_animation(path, limits));
  const Result<void> stored = store_animation(*index, key);
  if (!stored) log.warn("an animation's index is not kept", {{"file", path}, {"reason", describe(stored.error())}});
  return index;
}

}  // namespace tessera::media
