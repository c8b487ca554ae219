#include "engine/media/index_video.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tessera::media {
namespace {

/// A clock that leaps further than this is believed only when the next packet agrees.
constexpr int64_t kLeapSeconds = 10;
/// Decode times never go back; further back than this is damage, or another recording's clock.
constexpr int64_t kBackSeconds = 1;
/// Pictures by which joined recordings may overlap.
constexpr ptrdiff_t kMostOverlap = 64;
/// Pictures a second, on average, that an index has room for.
constexpr int64_t kMaxRate = 250;
constexpr Micros kShortestEarlyEnd = kMicrosPerSecond / 2;
/// So many packets behind the longest duration may be damage; more are a recording that is too long.
constexpr int64_t kStrayPackets = 100;
/// Timestamps beyond this many ticks can't be counted with; a 90 kHz clock needs 1.6 million years to get there.
constexpr int64_t kMaxTicks = int64_t{1} << 62;

int64_t pts_of(const AVPacket& packet) { return packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts; }
int64_t dts_of(const AVPacket& packet) { return packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts; }

int64_t seconds_in_ticks(const VideoIndex& video, int64_t seconds) {
  return muldiv_round(seconds, video.tick.den, video.tick.num);
}

Micros micros_of(const Rational& t) { return muldiv_round(t.num, kMicrosPerSecond, t.den); }

}  // namespace

VideoIndexer::VideoIndexer(AVFormatContext* input, AVStream* stream, int64_t origin, const MediaLimits& limits)
    : stream_(stream), limits_(limits), probe_(input, stream, limits), index_(std::make_shared<VideoIndex>()) {
  const std::string_view container = input->iformat->name;
  sizes_tell_ends_ = container != "mpegts" && container != "mpeg";
  // Not every demuxer marks the pictures of codecs that know no others.
  const AVCodecDescriptor* codec = avcodec_descriptor_get(stream->codecpar->codec_id);
  all_keys_ = codec != nullptr && (codec->props & AV_CODEC_PROP_INTRA_ONLY) != 0;
  index_->stream = stream->index;
  index_->codec = avcodec_get_name(stream->codecpar->codec_id);
  index_->tick = to_rational(stream->time_base);
  index_->origin = origin;
}

bool VideoIndexer::leaps(const AVPacket& packet) const {
  const int64_t dts = dts_of(packet);
  return clock_ != INT64_MIN && dts != AV_NOPTS_VALUE && dts < kMaxTicks &&
         dts > clock_ + seconds_in_ticks(*index_, kLeapSeconds);
}

bool VideoIndexer::is_too_late(const AVPacket& packet) const {
  const int64_t pts = pts_of(packet);
  return pts > -kMaxTicks && pts < kMaxTicks &&
         pts - index_->origin > seconds_in_ticks(*index_, limits_.max_duration / kMicrosPerSecond);
}

bool VideoIndexer::is_wild(const AVPacket& packet) const {
  const int64_t pts = pts_of(packet);
  const int64_t dts = dts_of(packet);
  if (pts == AV_NOPTS_VALUE || pts > kMaxTicks || pts < -kMaxTicks || dts > kMaxTicks || dts < -kMaxTicks) return true;
  const int64_t leap = seconds_in_ticks(*index_, kLeapSeconds);
  if (pts > dts + leap || pts < dts - leap) return true;
  if (is_too_late(packet)) return true;
  return clock_ != INT64_MIN && dts < clock_ - seconds_in_ticks(*index_, kBackSeconds);
}

Result<void> VideoIndexer::add(const AVPacket& packet) {
  if (held_) {
    const AvPacket leapt = std::move(held_);
    const int64_t distance = seconds_in_ticks(*index_, kLeapSeconds);
    const bool confirmed = dts_of(packet) != AV_NOPTS_VALUE && dts_of(packet) >= dts_of(*leapt) - distance &&
                           dts_of(packet) <= dts_of(*leapt) + distance;
    TESSERA_TRY(take(*leapt, !confirmed || is_wild(*leapt)));
  }
  if (leaps(packet)) {
    held_.reset(av_packet_clone(&packet));
    if (!held_) return fail(Errc::kCapacity, "media.index", "no memory for a packet", true);
    return {};
  }
  return take(packet, is_wild(packet));
}

/// libavformat cuts a transport stream into pictures one behind: what was flagged in the file comes out with the
/// picture before it.
bool VideoIndexer::is_damaged(const AVPacket& packet) {
  const bool flagged = (packet.flags & AV_PKT_FLAG_CORRUPT) != 0;
  return sizes_tell_ends_ ? flagged : std::exchange(flagged_before_, flagged);
}

Result<void> VideoIndexer::take(const AVPacket& packet, bool wild) {
  const bool damaged = is_damaged(packet);
  const int64_t pts = wild ? INT64_MIN : pts_of(packet);
  const bool presented = !wild && (packet.flags & AV_PKT_FLAG_DISCARD) == 0;
  const bool key = all_keys_ || (packet.flags & AV_PKT_FLAG_KEY) != 0;
  if (index_->gops.empty()) {
    starts_with_key_ = key;
    begin_gop(packet, pts);
  } else if (key && presented) {
    begin_gop(packet, pts);
  }
  add_to_gop(packet);
  const FormatProbe::Verdict verdict = probe_.next(packet);
  if (verdict.changed) pending_change_ = verdict.changed;
  if (wild) {
    ++wild_;
    if (is_too_late(packet)) ++too_late_;
    return {};
  }
  clock_ = dts_of(packet);
  if (pending_change_) changes_.push_back({pts, *std::exchange(pending_change_, std::nullopt)});
  if (verdict.second_field) {
    if (damaged && !index_->frames.empty()) index_->frames.back().lost = true;
    return {};
  }
  if (!presented || !verdict.shown) return {};
  return add_frame(packet, pts, damaged);
}

Result<void> VideoIndexer::add_frame(const AVPacket& packet, int64_t pts, bool damaged) {
  const int64_t most = limits_.max_duration / kMicrosPerSecond * kMaxRate;
  if (static_cast<int64_t>(index_->frames.size()) >= most) {
    return fail(Errc::kLimit, "media.index", "more than " + std::to_string(most) + " pictures; no more are read");
  }
  const auto gop = static_cast<uint32_t>(index_->gops.size() - 1);
  index_->frames.push_back({pts - index_->origin, gop, damaged || (gop == 0 && !starts_with_key_)});
  if (pts > last_pts_) {
    last_pts_ = pts;
    its_duration_ = packet.duration;
  }
  return {};
}

void VideoIndexer::begin_gop(const AVPacket& packet, int64_t pts) {
  if (!index_->gops.empty()) end_gop(packet.pos);
  if (pts != INT64_MIN) drop_overlap(pts - index_->origin);
  Gop gop;
  gop.key_dts = dts_of(packet);
  gop.byte_begin = packet.pos;
  gop.byte_end = packet.pos;
  index_->gops.push_back(gop);
  key_pts_.push_back(pts == INT64_MIN ? INT64_MIN : pts - index_->origin);
  // Packets mean nothing without the decoder's configuration, which MP4 and Matroska keep apart from them.
  const AVCodecParameters& codec = *stream_->codecpar;
  gop_hasher_.add(as_bytes(index_->codec));
  gop_hasher_.add({codec.extradata, static_cast<size_t>(codec.extradata_size)});
}

/// What is decoded before a key frame is shown before it. Where recordings were joined with an overlap, the later one
/// counts.
void VideoIndexer::drop_overlap(int64_t key_pts) {
  std::vector<IndexedFrame>& frames = index_->frames;
  const auto tail = frames.end() - std::min<ptrdiff_t>(frames.end() - frames.begin(), kMostOverlap);
  frames.erase(std::remove_if(tail, frames.end(), [&](const IndexedFrame& frame) { return frame.pts >= key_pts; }),
               frames.end());
}

void VideoIndexer::end_gop(int64_t next_begin) {
  Gop& gop = index_->gops.back();
  if (!sizes_tell_ends_) gop.byte_end = std::max(gop.byte_end, next_begin);
  gop.hash = gop_hasher_.finish();
}

void VideoIndexer::add_to_gop(const AVPacket& packet) {
  gop_hasher_.add({packet.data, static_cast<size_t>(packet.size)});
  size_t size = 0;
  const uint8_t* extradata = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
  if (extradata != nullptr) gop_hasher_.add({extradata, size});
  if (packet.pos < 0) return;
  Gop& gop = index_->gops.back();
  if (gop.byte_begin < 0) gop.byte_begin = packet.pos;
  gop.byte_end = std::max(gop.byte_end, packet.pos + packet.size);
}

void VideoIndexer::number_frames() {
  std::vector<IndexedFrame>& frames = index_->frames;
  // Pictures before the very first key frame's refer to ones that are not in the file.
  if (starts_with_key_) {
    const int64_t key = key_pts_.front();
    std::erase_if(frames, [&](const IndexedFrame& frame) { return frame.gop == 0 && frame.pts < key; });
  }
  const auto by_pts = [](const IndexedFrame& a, const IndexedFrame& b) { return a.pts < b.pts; };
  std::stable_sort(frames.begin(), frames.end(), by_pts);
  const auto same_pts = [](const IndexedFrame& a, const IndexedFrame& b) { return a.pts == b.pts; };
  frames.erase(std::unique(frames.begin(), frames.end(), same_pts), frames.end());
  frames.shrink_to_fit();
}

void VideoIndexer::number_gops() {
  const auto number_of = [&](int64_t pts) {
    const auto at = std::lower_bound(index_->frames.begin(), index_->frames.end(), pts,
                                     [](const IndexedFrame& frame, int64_t value) { return frame.pts < value; });
    return std::min<int64_t>(at - index_->frames.begin(), static_cast<int64_t>(index_->frames.size()) - 1);
  };
  for (size_t i = 0; i < index_->gops.size(); ++i) index_->gops[i].first_frame = number_of(key_pts_[i]);
  for (FormatChange& change : changes_) {
    change.format.first_frame = number_of(change.pts - index_->origin);
  }
}

Result<void> VideoIndexer::number_formats() {
  std::vector<VideoFormat>& formats = index_->formats;
  for (const FormatChange& change : changes_) {
    while (!formats.empty() && formats.back().first_frame >= change.format.first_frame) formats.pop_back();
    formats.push_back(change.format);
  }
  if (formats.empty()) {
    const auto declared = probe_.declared();
    if (!declared) {
      return fail(Errc::kBadInput, "media.index",
                  "no picture of stream " + std::to_string(index_->stream) + " (" + index_->codec +
                      ") can be decoded; wanted at most " + std::to_string(limits_.max_side) + " a side and " +
                      std::to_string(limits_.max_pixels) + " pixels in all");
    }
    formats.push_back(*declared);
  }
  formats.front().first_frame = 0;
  return {};
}

void VideoIndexer::measure_intervals() {
  const std::vector<IndexedFrame>& frames = index_->frames;
  if (frames.size() > 1) {
    std::vector<int64_t> intervals(frames.size() - 1);
    for (size_t i = 0; i < intervals.size(); ++i) intervals[i] = frames[i + 1].pts - frames[i].pts;
    const auto middle = intervals.begin() + static_cast<ptrdiff_t>((intervals.size() - 1) / 2);
    std::nth_element(intervals.begin(), middle, intervals.end());
    index_->median_interval = *middle;
  }
  index_->last_duration = its_duration_ > 0 ? its_duration_ : std::max<int64_t>(index_->median_interval, 1);
}

void VideoIndexer::find_losses(int64_t declared_end, std::vector<LossSpan>& losses) const {
  const VideoIndex& video = *index_;
  const auto count = static_cast<int64_t>(video.frames.size());
  for (int64_t k = 0; k < count; ++k) {
    const IndexedFrame& frame = video.frames[static_cast<size_t>(k)];
    const Micros start = micros_of(video.start_of(k));
    const Micros end = micros_of(video.end_of(k));
    if (frame.lost) {
      const bool keyless = frame.gop == 0 && !starts_with_key_;
      const char* reason = keyless ? "starts without a key frame" : "corrupt packets";
      if (!losses.empty() && losses.back().end == start && losses.back().reason == reason) {
        losses.back().end = end;
      } else {
        losses.push_back({start, end, reason});
      }
    }
    if (k + 1 == count) break;
    const Micros next = micros_of(video.start_of(k + 1));
    if (next > end) losses.push_back({end, next, "gap"});
  }
  const Micros end = micros_of(video.end_of(count - 1));
  if (declared_end == INT64_MIN) return;
  const Micros wanted = micros_of(Rational{declared_end, 1} * video.tick);
  if (wanted - end > kShortestEarlyEnd && wanted <= limits_.max_duration) losses.push_back({end, wanted, "ends early"});
}

Result<std::shared_ptr<VideoIndex>> VideoIndexer::finish(int64_t file_bytes, int64_t declared_end,
                                                         std::vector<LossSpan>& losses) {
  if (held_) {
    const AvPacket leapt = std::move(held_);
    TESSERA_TRY(take(*leapt, true));
  }
  if (too_late_ > kStrayPackets) {
    return fail(Errc::kLimit, "media.index",
                "lasts longer than " + std::to_string(limits_.max_duration / kMicrosPerSecond) + " s; no more is read");
  }
  if (!index_->gops.empty()) end_gop(file_bytes);
  number_frames();
  if (index_->frames.empty()) return std::shared_ptr<VideoIndex>();
  number_gops();
  TESSERA_TRY(number_formats());
  measure_intervals();
  find_losses(declared_end, losses);
  return index_;
}

}  // namespace tessera::media
