#include "engine/audio/mixer.h"

#include <algorithm>
#include <map>

#include "engine/audio/looped_source.h"
#include "engine/audio/mix_chain.h"
#include "engine/media/audio_reader.h"

namespace tessera::audio {
namespace {

/// A media file as a source.
class ReaderSource : public SampleSource {
 public:
  explicit ReaderSource(std::unique_ptr<media::AudioReader> reader) : reader_(std::move(reader)) {}
  Result<void> read(int64_t first, std::span<float> out) override { return reader_->read(first, out); }

 private:
  std::unique_ptr<media::AudioReader> reader_;
};

OpenSource opener(std::shared_ptr<const media::TakeIndex> index, const media::MediaLimits& limits) {
  return [index = std::move(index), limits]() -> Result<std::unique_ptr<SampleSource>> {
    TESSERA_TRY_ASSIGN(auto reader, media::AudioReader::open(index, limits));
    return std::make_unique<ReaderSource>(std::move(reader));
  };
}

/// Where a guest is heard, in samples of the show.
std::vector<SampleSpan> heard_spans(const timeline::Timeline& timeline, int guest, int64_t samples) {
  std::vector<SampleSpan> spans;
  for (const auto& [start, end] : timeline.audible(guest)) {
    spans.push_back({first_sample_from(start), end ? first_sample_from(*end) : samples});
  }
  return spans;
}

void add_takes(const timeline::Timeline& timeline, int64_t samples, const media::MediaLimits& limits, MixPlan& plan) {
  std::map<int, std::vector<SampleSpan>> heard;
  for (const timeline::PlacedTake& take : timeline.takes()) {
    if (take.lost() || !take.index()->audio) continue;
    const auto [guest, is_new] = heard.try_emplace(take.guest());
    if (is_new) guest->second = heard_spans(timeline, take.guest(), samples);
    const int64_t begin = std::max<int64_t>(first_sample_from(take.begin()), 0);
    const int64_t end = take.end() ? std::min(first_sample_from(*take.end()), samples) : samples;
    const ClockMap clock(take.take());
    GainCurve gain(clip(guest->second, begin, end), db_to_gain(take.take().gain_mdb / 1000.0));
    plan.speech.push_back({take.index()->audio, clock, gain.spans(), take.take().gain_mdb});
    plan.takes.push_back({opener(take.index(), limits), clock, std::move(gain)});
  }
}

int64_t nearest_sample(Micros time) { return muldiv_round(time, media::kMixRate, kMicrosPerSecond); }

void add_sound(const spec::Sound& sound, const SoundIndex& index, int64_t samples, const media::MediaLimits& limits,
               MixPlan& plan) {
  const int64_t begin = std::max<int64_t>(nearest_sample(index->audio->start), 0);
  const int64_t end = nearest_sample(index->audio->end);
  if (end <= begin) return;
  OpenSource open = opener(index, limits);
  if (sound.loop) {
    open = [open, begin, end]() -> Result<std::unique_ptr<SampleSource>> {
      return std::make_unique<LoopedSource>(open, begin, end);
    };
  }
  spec::Take placed;
  placed.at = sound.at;
  const int64_t at = nearest_sample(sound.at);
  const int64_t stop = sound.loop ? samples : std::min(samples, at + end);
  GainCurve gain({{std::max<int64_t>(at, 0), stop}}, db_to_gain(sound.gain_mdb / 1000.0));
  plan.sounds.push_back({{std::move(open), ClockMap(placed), std::move(gain)}, sound.duck});
}

}  // namespace

Result<std::unique_ptr<Mixer>> Mixer::create(const timeline::Timeline& timeline, const std::vector<SoundIndex>& sounds,
                                             const spec::Mix& mix, int64_t samples, const media::MediaLimits& limits,
                                             Log& log) {
  MixPlan plan;
  add_takes(timeline, samples, limits, plan);
  const std::vector<spec::Sound>& wanted = timeline.show().job.sounds;
  for (size_t i = 0; i < std::min(wanted.size(), sounds.size()); ++i) {
    if (sounds[i] && sounds[i]->audio) add_sound(wanted[i], sounds[i], samples, limits, plan);
  }
  log.debug(
      "mixing",
      {{"mix", mix.id}, {"takes", std::to_string(plan.takes.size())}, {"sounds", std::to_string(plan.sounds.size())}});
  return MixChain::create(plan, samples, mix.loudness_mlufs / 1000.0);
}

}  // namespace tessera::audio
