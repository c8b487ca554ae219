#include "engine/media/index_audio.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tessera::media {
namespace {

constexpr int kBinsPerSecond = 50;
/// Damage nearer than this is one span: a job's report is for people.
constexpr Micros kDamageJoin = kMicrosPerSecond / 5;
/// The longest packet of the codecs read (HE-AAC at 16 kHz) and some more.
constexpr Micros kMostPadding = kMicrosPerSecond / 5;
constexpr size_t kMaxDamage = 10'000;

/// Sum of squares over a bin's samples -> RMS in hundredths of dBFS.
int16_t loudness_of(double energy, double samples) {
  constexpr double kQuietest = -327.0;
  if (energy <= 0.0) return std::numeric_limits<int16_t>::min();
  const double db = 10.0 * std::log10(energy / samples);
  return static_cast<int16_t>(std::lround(100.0 * std::clamp(db, kQuietest, -kQuietest)));
}

}  // namespace

Result<std::unique_ptr<AudioIndexer>> AudioIndexer::create(const AVStream* stream, int64_t origin,
                                                           const MediaLimits& limits) {
  TESSERA_TRY_ASSIGN(auto decoder, SoundDecoder::create(stream, origin, limits));
  return std::unique_ptr<AudioIndexer>(new AudioIndexer(std::move(decoder), stream, origin));
}

AudioIndexer::AudioIndexer(SoundDecoder decoder, const AVStream* stream, int64_t origin)
    : decoder_(std::move(decoder)), index_(std::make_shared<AudioIndex>()), packets_(kPacketsAhead) {
  const AVCodecParameters& codec = *stream->codecpar;
  index_->stream = stream->index;
  index_->codec = avcodec_get_name(codec.codec_id);
  index_->tick = to_rational(stream->time_base);
  index_->origin = origin;
  hasher_.add(as_bytes(index_->codec));
  hasher_.add({codec.extradata, static_cast<size_t>(codec.extradata_size)});
  decoder_.on_damage([this](Micros from, Micros to) { note_damage(from, to); });
  thread_ = std::jthread([this] { run(); });
}

AudioIndexer::~AudioIndexer() { packets_.cancel(); }

void AudioIndexer::run() {
  const SoundDecoder::Sink sink = [this](const SoundBlock& block) { take(block); };
  while (const auto packet = packets_.pop()) {
    hasher_.add({(*packet)->data, static_cast<size_t>((*packet)->size)});
    decoder_.decode(packet->get(), sink);
  }
  decoder_.decode(nullptr, sink);
}

void AudioIndexer::take(const SoundBlock& block) {
  const int64_t end = block.first + static_cast<int64_t>(block.samples.size() / 2);
  if (!any_) {
    any_ = true;
    index_->sample_rate = block.rate;
    index_->channels = block.channels;
    index_->start = muldiv_round(block.first, kMicrosPerSecond, block.rate);
  }
  index_->end = std::max(index_->end, muldiv_round(end, kMicrosPerSecond, block.rate));
  if (block.pts != INT64_MIN && block.rate == index_->sample_rate && block.first >= next_anchor_) {
    index_->anchors.push_back({block.pts, block.first});
    next_anchor_ = block.first + block.rate;
  }
  measure(block);
}

void AudioIndexer::measure(const SoundBlock& block) {
  const auto count = static_cast<int64_t>(block.samples.size() / 2);
  int64_t i = std::max<int64_t>(0, -block.first);
  while (i < count) {
    const int64_t bin = (block.first + i) * kBinsPerSecond / block.rate;
    const int64_t bin_end = muldiv_ceil(bin + 1, block.rate, kBinsPerSecond) - block.first;
    const int64_t stop = std::min(count, bin_end);
    double sum = 0;
    for (int64_t k = 2 * i; k < 2 * stop; ++k) {
      const double value = block.samples[static_cast<size_t>(k)];
      sum += value * value;
    }
    if (energy_.size() <= static_cast<size_t>(bin)) energy_.resize(static_cast<size_t>(bin) + 1, 0.0);
    // Scaled to one second's samples, so that a stretch at another rate weighs the same.
    energy_[static_cast<size_t>(bin)] += sum / block.rate;
    i = stop;
  }
}

void AudioIndexer::note_damage(Micros from, Micros to) {
  from = std::max<Micros>(from, 0);
  if (!damage_.empty() && from <= damage_.back().end + kDamageJoin) {
    damage_.back().end = std::max(damage_.back().end, to);
  } else if (damage_.size() < kMaxDamage) {
    damage_.push_back({from, std::max(from, to), "corrupt sound"});
  }
}

std::shared_ptr<AudioIndex> AudioIndexer::finish(Micros declared_end, std::vector<LossSpan>& losses) {
  packets_.close();
  thread_.join();
  if (!any_) return nullptr;
  index_->hash = hasher_.finish();
  const bool padded = index_->end > declared_end && index_->end - declared_end <= kMostPadding;
  if (padded && declared_end > index_->start) index_->end = declared_end;
  const auto bins =
      static_cast<size_t>(std::max<int64_t>(0, muldiv_ceil(index_->end, kBinsPerSecond, kMicrosPerSecond)));
  energy_.resize(std::min(energy_.size(), bins));
  index_->loudness.reserve(energy_.size());
  constexpr double kChannels = 2.0;
  for (const double energy : energy_) index_->loudness.push_back(loudness_of(energy, kChannels / kBinsPerSecond));
  for (LossSpan& span : damage_) {
    if (span.end > span.start) losses.push_back(std::move(span));
  }
  return index_;
}

}  // namespace tessera::media
