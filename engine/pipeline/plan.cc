#include "engine/pipeline/plan.h"

#include <algorithm>
#include <set>

#include "engine/ladder/render_version.h"
#include "engine/media/audio_reader.h"
#include "engine/scene/scene.h"

namespace tessera::pipeline {
namespace {

std::string text_of(const Rational& r) { return std::to_string(r.num) + "/" + std::to_string(r.den); }

void add_line(Sha256Hasher& hasher, std::string_view key, const std::string& value) {
  hasher.add(key);
  hasher.add(" ");
  hasher.add(value);
  hasher.add("\n");
}

void add_encoder(Sha256Hasher& hasher, const media::VideoEncoderSettings& s, const std::string& fingerprint) {
  add_line(hasher, "encoder", fingerprint);
  add_line(hasher, "size", std::to_string(s.width) + "x" + std::to_string(s.height) + " " + std::to_string(s.depth));
  add_line(hasher, "rate",
           std::to_string(s.bitrate_bps) + " " + std::to_string(s.maxrate_bps) + " " + std::to_string(s.bufsize_bits) +
               " " + std::to_string(s.quality));
  add_line(hasher, "tools",
           s.codec + " " + s.preset + " " + s.profile + " " + std::to_string(s.bframes) + " " +
               std::to_string(s.gop_frames) + " " + std::to_string(s.chunk_frames));
}

/// The source GOPs a chunk reads, by content: each GOP once, with the one before it, which open GOPs and deinterlacing
/// look back into, and for interlaced pictures the one after, which deinterlacing looks ahead into.
class GopsRead {
 public:
  explicit GopsRead(const timeline::Timeline& timeline) : timeline_(timeline) {}

  void add(Sha256Hasher& hasher, const scene::Source& source) {
    const media::VideoIndex& video = *timeline_.takes()[static_cast<size_t>(source.take)].index()->video;
    const uint32_t gop = video.frames[static_cast<size_t>(source.frame)].gop;
    const media::VideoFormat& format = video.format_of(source.frame);
    const auto after = static_cast<uint32_t>(std::min<size_t>(video.gops.size(), gop + (format.interlaced ? 2u : 1u)));
    for (uint32_t g = gop == 0 ? 0 : gop - 1; g < after; ++g) {
      if (seen_.insert({source.take, g}).second) {
        add_line(hasher, "gop", std::to_string(source.take) + "." + std::to_string(g) + " " + video.gops[g].hash.hex());
        add_line(hasher, "colour",
                 std::to_string(static_cast<int>(format.colour.matrix)) + " " +
                     std::to_string(static_cast<int>(format.colour.range)) + " " +
                     std::to_string(static_cast<int>(format.colour.transfer)) +
                     (format.interlaced ? " interlaced" : ""));
      }
    }
  }

 private:
  const timeline::Timeline& timeline_;
  std::set<std::pair<int, uint32_t>> seen_;
};

void add_pictures(Sha256Hasher& hasher, const timeline::Timeline& timeline, const ProgrammePlan& plan,
                  const ladder::ChunkSpan& chunk, ImageCache& images) {
  const Rational fps = plan.programme->canvas.fps;
  const auto sizes = [&](const std::string& path) { return images.size(path); };
  GopsRead gops(timeline);
  std::set<std::string> pictures, animations;
  for (int64_t n = chunk.first_frame; n < chunk.first_frame + chunk.frames; ++n) {
    const Rational t{n * fps.den, fps.num};
    const scene::DrawList list = scene::draw_list(timeline, timeline.at(*plan.programme, t), *plan.programme, sizes);
    hasher.add(scene::to_text(list));
    for (const scene::Layer& layer : list.layers) {
      if (layer.source.kind == scene::Source::Kind::kTake) gops.add(hasher, layer.source);
      if (layer.source.kind == scene::Source::Kind::kImage && pictures.insert(layer.source.image).second) {
        add_line(hasher, "image", images.hash(layer.source.image).hex());
      }
      if (layer.source.kind == scene::Source::Kind::kAnimation && animations.insert(layer.source.image).second) {
        add_line(hasher, "animation", images.animation(layer.source.image).identity().hex());
      }
    }
  }
}

/// Whether the picture the take should show at t is marked lost.
bool is_damaged_at(const timeline::PlacedTake& take, const Rational& t) {
  if (!take.runs_at(t)) return false;
  const media::VideoIndex& video = *take.index()->video;
  const int64_t frame = video.frame_at(take.to_take(t));
  return frame >= 0 && video.frames[static_cast<size_t>(frame)].lost;
}

bool has_damage(const timeline::PlacedTake& take) {
  if (take.lost() || take.index()->video == nullptr) return false;
  const auto& frames = take.index()->video->frames;
  return std::any_of(frames.begin(), frames.end(), [](const media::IndexedFrame& f) { return f.lost; });
}

void add_take_sound(Sha256Hasher& hasher, const OpenShow& show, const timeline::PlacedTake& take) {
  if (take.lost() || take.index()->audio == nullptr) return;
  add_line(hasher, "take", timeline::take_name(show.show.job, take) + " " + take.index()->audio->hash.hex());
  add_line(hasher, "placed",
           text_of(take.begin()) + " " + (take.end() ? text_of(*take.end()) : "-") + " " +
               std::to_string(take.take().in) + " " + std::to_string(take.take().gain_mdb));
  for (const auto& [from, to] : take.take().clock) {
    add_line(hasher, "clock", std::to_string(from) + " " + std::to_string(to));
  }
}

/// The sound of a show is cut once, for all its programmes: their segments must last equally long.
Result<void> check_same_segments(const ShowPlan& plan, const ProgrammePlan& p) {
  if (plan.programmes.empty()) return {};
  const ProgrammePlan& first = plan.programmes.front();
  const auto length = [](const ProgrammePlan& x) {
    return Rational{x.grid.segment_frames * x.programme->canvas.fps.den, x.programme->canvas.fps.num};
  };
  if (length(first) == length(p)) return {};
  return fail(Errc::kBadInput, "job:/programmes",
              "segments of " + first.programme->id + " last " + text_of(length(first)) + " s, those of " +
                  p.programme->id + " " + text_of(length(p)) +
                  " s; wanted rates and a packaging under which they are equally long, for they share the sound");
}

/// Resolves one rendition's encoder. Sessions that were opened for it stay open in `held`.
Result<RenditionEncoder> choose_encoder(const spec::Rendition& rendition, const ProgrammePlan& plan,
                                        const EncodeMeans& means,
                                        std::vector<std::unique_ptr<media::VideoEncoder>>& held,
                                        std::vector<std::string>& notes) {
  const spec::Canvas& canvas = plan.programme->canvas;
  const auto resolved = [&](const char* kind) -> Result<RenditionEncoder> {
    TESSERA_TRY_ASSIGN(const auto s,
                       ladder::encoder_settings(rendition, canvas, plan.grid, plan.grid.chunk_frames, kind));
    return RenditionEncoder{kind, media::encoder_fingerprint(s, means.hardware.device.get())};
  };
  if (means.hardware.device == nullptr || rendition.encoder == spec::EncoderChoice::kSoftware) {
    return resolved("software");
  }
  const auto settings = ladder::encoder_settings(rendition, canvas, plan.grid, plan.grid.chunk_frames, "nvenc");
  const size_t held_before = held.size();
  const auto tried = settings ? media::try_nvenc(*settings, means.hardware, means.chunks_in_flight, held, means.alive)
                              : Result<void>(tl::unexpected<Error>(settings.error()));
  if (tried) {
    const std::string lacks = media::nvenc_lacks(*settings, *means.hardware.device);
    if (!lacks.empty()) notes.push_back("rendition " + rendition.name + ": this GPU's NVENC has no " + lacks);
    return resolved("nvenc");
  }
  held.resize(held_before);
  if (rendition.encoder == spec::EncoderChoice::kNvenc || rendition.codec != spec::VideoCodec::kH264) {
    return tl::unexpected<Error>(tried.error());
  }
  notes.push_back("rendition " + rendition.name + " is encoded by software: " + describe(tried.error()));
  return resolved("software");
}

Result<void> choose_encoders(ProgrammePlan& plan, const EncodeMeans& means, std::vector<std::string>& notes) {
  std::vector<std::unique_ptr<media::VideoEncoder>> held;
  for (const spec::Rendition& rendition : plan.programme->ladder) {
    TESSERA_TRY_ASSIGN(auto encoder, choose_encoder(rendition, plan, means, held, notes));
    plan.encoders.push_back(std::move(encoder));
  }
  return {};
}

}  // namespace

Result<ShowPlan> plan_show(const OpenShow& show, const EncodeMeans& means) {
  ShowPlan plan;
  size_t chunks = 0;
  for (const spec::Programme& programme : show.show.job.programmes) {
    ProgrammePlan p;
    p.programme = &programme;
    p.scaler = show.options.scaler;
    p.frames = timeline::frame_count(show.duration, programme.canvas.fps);
    TESSERA_TRY_ASSIGN(p.grid, ladder::plan_grid(show.show.job.packaging, programme.canvas.fps));
    p.chunks = ladder::plan_chunks(p.frames, p.grid);
    chunks += p.chunks.size();
    const Rational fps = programme.canvas.fps;
    plan.audio_samples = std::max(plan.audio_samples, muldiv_round(p.frames * fps.den, media::kMixRate, fps.num));
    TESSERA_TRY(check_same_segments(plan, p));
    plan.programmes.push_back(std::move(p));
  }
  // Chunks of several programmes may be in flight at once, but no more than there are.
  EncodeMeans bounded = means;
  bounded.chunks_in_flight = static_cast<int>(std::min(static_cast<size_t>(means.chunks_in_flight), chunks));
  for (ProgrammePlan& p : plan.programmes) TESSERA_TRY(choose_encoders(p, bounded, plan.notes));
  return plan;
}

Result<std::vector<media::VideoEncoderSettings>> encoder_settings(const ProgrammePlan& plan, int64_t chunk_frames) {
  std::vector<media::VideoEncoderSettings> settings;
  for (size_t r = 0; r < plan.programme->ladder.size(); ++r) {
    TESSERA_TRY_ASSIGN(auto s, ladder::encoder_settings(plan.programme->ladder[r], plan.programme->canvas, plan.grid,
                                                        chunk_frames, plan.encoders[r].kind));
    settings.push_back(std::move(s));
  }
  return settings;
}

Result<Sha256> chunk_digest(const timeline::Timeline& timeline, const ProgrammePlan& plan,
                            const ladder::ChunkSpan& chunk, ImageCache& images) {
  Sha256Hasher hasher;
  const spec::Canvas& canvas = plan.programme->canvas;
  add_line(hasher, "tessera chunk", ladder::render_version());
  add_line(hasher, "canvas",
           std::to_string(canvas.width) + "x" + std::to_string(canvas.height) + " " + std::to_string(canvas.depth) +
               " " + text_of(canvas.fps) + " " + std::to_string(static_cast<int>(plan.scaler)));
  add_line(hasher, "frames",
           std::to_string(chunk.first_frame) + " " + std::to_string(chunk.frames) + " " +
               std::to_string(chunk.first_segment));
  for (const int64_t frames : chunk.segment_frames) add_line(hasher, "segment", std::to_string(frames));
  TESSERA_TRY_ASSIGN(const auto settings, encoder_settings(plan, chunk.frames));
  for (size_t r = 0; r < settings.size(); ++r) add_encoder(hasher, settings[r], plan.encoders[r].fingerprint);
  add_pictures(hasher, timeline, plan, chunk, images);
  for (const Degraded& d : damaged_spans(timeline, plan, chunk)) {
    add_line(hasher, "damaged", d.take + " " + std::to_string(d.start) + " " + std::to_string(d.end));
  }
  return hasher.finish();
}

std::vector<Degraded> damaged_spans(const timeline::Timeline& timeline, const ProgrammePlan& plan,
                                    const ladder::ChunkSpan& chunk) {
  const Rational fps = plan.programme->canvas.fps;
  const auto micros = [&](int64_t n) { return muldiv_round(n * fps.den, kMicrosPerSecond, fps.num); };
  std::vector<Degraded> spans;
  for (const timeline::PlacedTake& take : timeline.takes()) {
    if (!has_damage(take)) continue;
    bool open = false;
    for (int64_t n = chunk.first_frame; n < chunk.first_frame + chunk.frames; ++n) {
      const bool damaged = is_damaged_at(take, {n * fps.den, fps.num});
      if (damaged && !open) {
        spans.push_back({timeline::take_name(timeline.show().job, take), micros(n), 0, "damaged pictures"});
      }
      if (damaged) spans.back().end = micros(n + 1);
      open = damaged;
    }
  }
  std::sort(spans.begin(), spans.end());
  return spans;
}

Sha256 mix_digest(const OpenShow& show, const spec::Mix& mix, const ShowPlan& plan) {
  Sha256Hasher hasher;
  add_line(hasher, "tessera mix", ladder::render_version());
  add_line(
      hasher, "codec",
      mix.codec + " " + std::to_string(mix.bitrate_bps) + " " + std::to_string(mix.loudness_mlufs) + " " + mix.lang);
  add_line(hasher, "samples", std::to_string(plan.audio_samples));
  for (const int64_t boundary : audio_boundaries(plan)) add_line(hasher, "segment", std::to_string(boundary));
  for (const timeline::PlacedTake& take : show.timeline->takes()) add_take_sound(hasher, show, take);
  for (size_t g = 0; g < show.show.job.guests.size(); ++g) {
    for (const auto& span : show.timeline->audible(static_cast<int>(g))) {
      add_line(hasher, "heard",
               std::to_string(g) + " " + text_of(span.start) + " " + (span.end ? text_of(*span.end) : "-"));
    }
  }
  for (size_t s = 0; s < show.sounds.size(); ++s) {
    const spec::Sound& sound = show.show.job.sounds[s];
    add_line(hasher, "sound",
             show.sounds[s]->audio->hash.hex() + " " + std::to_string(sound.at) + " " + std::to_string(sound.gain_mdb) +
                 (sound.loop ? " loop" : "") + (sound.duck ? " duck" : ""));
  }
  return hasher.finish();
}

std::vector<int64_t> audio_boundaries(const ShowPlan& plan) {
  const ProgrammePlan& p = plan.programmes.front();
  std::vector<int64_t> boundaries;
  int64_t frame = 0;
  for (const ladder::ChunkSpan& chunk : p.chunks) {
    for (const int64_t frames : chunk.segment_frames) {
      frame += frames;
      boundaries.push_back(ladder::audio_boundary(frame, p.programme->canvas.fps, media::kMixRate));
    }
  }
  return boundaries;
}

}  // namespace tessera::pipeline
