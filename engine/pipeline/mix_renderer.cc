#include "engine/pipeline/mix_renderer.h"

#include <algorithm>

#include "engine/audio/mixer.h"
#include "engine/media/audio_reader.h"
#include "engine/media/box.h"
#include "engine/media/encode.h"

namespace tessera::pipeline {
namespace {

constexpr int64_t kBlockSamples = 8192;

/// Boxes packets in order and publishes a segment at each boundary.
class SoundWriter {
 public:
  SoundWriter(media::CmafBoxer& boxer, std::vector<int64_t> boundaries, origin::Origin& origin, Stats& stats,
              package::Track& track)
      : boxer_(boxer), boundaries_(std::move(boundaries)), origin_(origin), stats_(stats), track_(track) {}

  Result<void> add(std::vector<media::Packet>& packets) {
    for (const media::Packet& packet : packets) {
      // The encoder's priming: nothing of it is heard, and players that place every playlist at its first packet would
      // play all the sound late by it.
      if (packet.pts + packet.duration <= 0) continue;
      if (track_.segments.empty() && ticks_ == 0) track_.first_tick += packet.pts;
      const bool last_segment = track_.segments.size() + 1 >= boundaries_.size();
      if (!last_segment && ticks_ > 0 && packet.pts >= boundaries_[track_.segments.size()]) TESSERA_TRY(cut());
      TESSERA_TRY(boxer_.add(packet));
      ticks_ += packet.duration;
    }
    packets.clear();
    return {};
  }

  Result<void> cut() {
    TESSERA_TRY_ASSIGN(const std::vector<uint8_t> bytes, boxer_.cut());
    package::Segment segment;
    segment.bytes = static_cast<int64_t>(bytes.size());
    segment.duration = ticks_;
    TESSERA_TRY_ASSIGN(segment.name, put_object(origin_, bytes, ".m4s"));
    stats_.bytes_written += segment.bytes;
    track_.segments.push_back(segment);
    ticks_ = 0;
    return {};
  }

 private:
  media::CmafBoxer& boxer_;
  const std::vector<int64_t> boundaries_;
  origin::Origin& origin_;
  Stats& stats_;
  package::Track& track_;
  int64_t ticks_ = 0;  ///< in the segment that is open
};

package::Track describe_track(const spec::Mix& mix, const media::StreamInfo& info) {
  package::Track track;
  track.id = mix.id;
  track.video = false;
  track.codecs = info.codecs;
  track.timescale = info.tick.den;
  track.first_tick = media::kTimelineOriginSeconds * track.timescale;
  track.lang = mix.lang;
  track.channels = info.channels;
  track.sample_rate = info.sample_rate;
  return track;
}

}  // namespace

Result<Record> render_mix(const OpenShow& show, const ShowPlan& plan, const spec::Mix& mix, origin::Origin& origin,
                          Stats& stats, std::stop_token stop, Log& log) {
  const AddTime<thread_cpu_ns> time(stats.audio_cpu_ns);
  TESSERA_TRY_ASSIGN(
      auto mixer, audio::Mixer::create(*show.timeline, show.sounds, mix, plan.audio_samples, show.options.limits, log));
  TESSERA_TRY_ASSIGN(auto encoder, media::AudioEncoder::create(mix.codec, mix.bitrate_bps));
  TESSERA_TRY_ASSIGN(auto boxer, media::CmafBoxer::create(encoder->info(), 0));
  Record record{"mix", mix.id, 0, {describe_track(mix, encoder->info())}, {}};
  package::Track& track = record.tracks.front();
  track.init_bytes = static_cast<int64_t>(boxer->init().size());
  TESSERA_TRY_ASSIGN(track.init, put_object(origin, boxer->init(), ".mp4"));

  SoundWriter writer(*boxer, audio_boundaries(plan), origin, stats, track);
  std::vector<float> block;
  std::vector<media::Packet> packets;
  for (int64_t done = 0; done < plan.audio_samples;) {
    if (stop.stop_requested()) return fail(Errc::kDrained, "render", "stopped on request");
    const int64_t samples = std::min(kBlockSamples, plan.audio_samples - done);
    block.resize(static_cast<size_t>(samples * media::kMixChannels));
    TESSERA_TRY(mixer->read(block));
    TESSERA_TRY(encoder->encode(block, packets));
    TESSERA_TRY(writer.add(packets));
    done += samples;
  }
  TESSERA_TRY(encoder->finish(packets));
  TESSERA_TRY(writer.add(packets));
  TESSERA_TRY(writer.cut());
  const audio::MixReport report = mixer->report();
  log.debug("mixed", {{"mix", mix.id},
                      {"lufs", std::to_string(report.integrated_lufs)},
                      {"true_peak_dbfs", std::to_string(report.true_peak_dbfs)},
                      {"gain_db", std::to_string(report.applied_gain_db)}});
  return record;
}

}  // namespace tessera::pipeline
