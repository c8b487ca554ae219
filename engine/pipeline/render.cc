#include "engine/pipeline/render.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "engine/pipeline/chunk_renderer.h"
#include "engine/pipeline/frame_source.h"
#include "engine/pipeline/mix_renderer.h"

namespace tessera::pipeline {
namespace {

/// One chunk still to be rendered.
struct Todo {
  size_t programme = 0;
  size_t chunk = 0;
};

/// Whether a record can be this chunk's: one track a rendition, its segments with their frames' durations.
bool fits(const Record& record, const ProgrammePlan& plan, const ladder::ChunkSpan& chunk) {
  const Rational fps = plan.programme->canvas.fps;
  if (record.kind != "chunk" || record.tracks.size() != plan.programme->ladder.size()) return false;
  for (const package::Track& track : record.tracks) {
    if (track.segments.size() != chunk.segment_frames.size()) return false;
    for (size_t k = 0; k < track.segments.size(); ++k) {
      if (track.segments[k].duration != muldiv_floor(chunk.segment_frames[k] * fps.den, track.timescale, fps.num)) {
        return false;
      }
    }
  }
  return true;
}

/// The state a render's threads share. Everything below the mutex is guarded by it.
class Render {
 public:
  Render(OpenShow show, ShowPlan plan, origin::Origin& origin, const RenderOptions& options, Stats& stats, Log& log)
      : show_(std::move(show)),
        plan_(std::move(plan)),
        origin_(origin),
        ledger_(origin),
        options_(options),
        stats_(stats),
        log_(log),
        heartbeat_(options.heartbeat != nullptr ? *options.heartbeat : nobody_) {
    for (const ProgrammePlan& p : plan_.programmes) {
      images_.push_back(
          std::make_unique<ImageCache>(p.programme->canvas.depth, show_.options.limits, show_.animations));
      progress_.frames_total += p.frames;
      progress_.chunks_total += static_cast<int64_t>(p.chunks.size());
      records_.chunks.emplace_back(p.chunks.size());
    }
    records_.mixes.resize(show_.show.job.mixes.size());
  }

  Result<ShowRecords> run(device::Counters& counters) {
    note_unreadable_images();
    std::jthread sound([this] { note(render_mixes()); });
    // Decoding may find damage that changes what other chunks should show (a tile that leaves by policy), so the plan
    // is made again until nothing new was found. Damage only ever grows, so this ends.
    for (;;) {
      std::deque<Todo> todo;
      note(find_missing(todo));
      if (failed() || todo.empty()) break;
      render_chunks(std::move(todo), counters);
      if (failed()) break;
    }
    sound.join();
    const std::lock_guard lock(mutex_);
    if (error_) return tl::unexpected<Error>(*error_);
    return records_;
  }

  const OpenShow& show() const { return show_; }
  const ShowPlan& plan() const { return plan_; }

 private:
  void note(const Result<void>& result) {
    if (result) return;
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = result.error();
    stop_.request_stop();
  }

  bool failed() {
    const std::lock_guard lock(mutex_);
    return error_.has_value();
  }

  void note_unreadable_images() {
    for (const std::string& path : still_pictures(show_.show, show_.animations)) {
      const std::string why = images_.front()->error(path);
      if (why.empty()) continue;
      log_.warn("a picture is left out: " + why);
      show_.degraded.push_back({"image", 0, show_.duration, why});
    }
    std::sort(show_.degraded.begin(), show_.degraded.end());
    note(check_strict(show_, show_.degraded));
  }

  /// Chunks that no record covers; the others' records are taken over.
  Result<void> find_missing(std::deque<Todo>& todo) {
    const AddTime<monotonic_ns> time(stats_.plan_wall_ns);
    const auto timeline = known_timeline();
    for (size_t p = 0; p < plan_.programmes.size(); ++p) {
      for (size_t c = 0; c < plan_.programmes[p].chunks.size(); ++c) {
        const ladder::ChunkSpan& chunk = plan_.programmes[p].chunks[c];
        TESSERA_TRY_ASSIGN(const Sha256 digest, chunk_digest(*timeline, plan_.programmes[p], chunk, *images_[p]));
        if (const auto it = digests_.find({p, c}); it != digests_.end()) {
          if (it->second == digest) continue;
          progress_.frames_done -= chunk.frames;  // it will be done again
        }
        TESSERA_TRY_ASSIGN(std::optional<Record> record, ledger_.find(digest));
        if (!record || !fits(*record, plan_.programmes[p], chunk)) {
          todo.push_back({p, c});
          continue;
        }
        TESSERA_TRY(check_strict(show_, record->degraded));
        stats_.chunks_reused += 1;
        adopt({p, c}, digest, *std::move(record), chunk.frames);
      }
    }
    return {};
  }

  void adopt(std::pair<size_t, size_t> key, const Sha256& digest, Record record, int64_t frames_reused) {
    // The record is of content; what it is called is the job's to say, and may have changed since.
    const ProgrammePlan& plan = plan_.programmes[key.first];
    record.owner = plan.programme->id;
    for (size_t r = 0; r < record.tracks.size(); ++r) record.tracks[r].id = plan.programme->ladder[r].name;
    const std::lock_guard lock(mutex_);
    const bool is_new = digests_.insert_or_assign(key, digest).second;
    records_.chunks[key.first][key.second] = std::move(record);
    if (!is_new) return;
    progress_.chunks_done += 1;
    progress_.frames_done += frames_reused;
    progress_.frames_reused += frames_reused;
    if (options_.on_progress) options_.on_progress(progress_);
  }

  void render_chunks(std::deque<Todo> todo, device::Counters& counters) {
    const AddTime<monotonic_ns> time(stats_.render_wall_ns);
    std::mutex queue_mutex;
    const auto work = [&] {
      Heartbeat::Work life(heartbeat_);
      const auto open = [&](const std::string& kind) { return device::create_device(kind, {options_.simd}); };
      auto device = RenderDevice::create(options_.device, open, log_, device_failed_);
      if (!device) return note(tl::unexpected<Error>(device.error()));
      for (;;) {
        Todo next;
        {
          const std::lock_guard lock(queue_mutex);
          if (todo.empty() || failed()) break;
          next = todo.front();
          todo.pop_front();
        }
        note(render_one(next, **device, life));
      }
      add_counters(counters, (*device)->counters());
    };
    std::vector<std::jthread> workers;
    const size_t wanted = std::min(static_cast<size_t>(std::max(1, options_.jobs)), todo.size());
    while (workers.size() + 1 < wanted) workers.emplace_back(work);
    work();
  }

  void add_counters(device::Counters& total, const device::Counters& c) {
    const std::lock_guard lock(mutex_);
    total = total + c;
  }

  Result<void> render_one(const Todo& next, RenderDevice& device, Heartbeat::Work& life) {
    const ProgrammePlan& plan = plan_.programmes[next.programme];
    const ladder::ChunkSpan& chunk = plan.chunks[next.chunk];
    const auto on_frames = [this](int64_t frames) {
      const std::lock_guard lock(mutex_);
      progress_.frames_done += frames;
      if (options_.on_progress) options_.on_progress(progress_);
    };
    const auto timeline = known_timeline();
    const ChunkContext context{*timeline, show_.options.limits, plan, *images_[next.programme], origin_, stats_,
                               on_frames, stop_.get_token(),    life};
    TESSERA_TRY_ASSIGN(RenderedChunk rendered, render_chunk(context, chunk, device));
    const Heartbeat::Pause pause(life);
    tell_fall_backs(*stats_.media, log_);
    if (!rendered.hardware_fault.empty()) {
      log_.warn("a chunk was rendered again with software decoders", {{"why", rendered.hardware_fault}});
    }
    TESSERA_TRY(note_damage(rendered));
    TESSERA_TRY_ASSIGN(Record record, ledger_.commit(rendered.digest, rendered.record));
    stats_.chunks_rendered += 1;
    adopt({next.programme, next.chunk}, rendered.digest, std::move(record), 0);
    log_.debug("chunk committed", {{"programme", plan.programme->id}, {"chunk", std::to_string(chunk.index)}});
    return {};
  }

  /// Tells what a chunk found out, and adds it to the takes' indexes: for the chunks that begin after it, for the next
  /// round of planning and, in the cache, for the next run.
  Result<void> note_damage(const RenderedChunk& rendered) {
    for (const Degraded& d : rendered.record.degraded) {
      log_.warn(d.reason, {{"take", d.take},
                           {"from", format_time(Rational::from_micros(d.start))},
                           {"to", format_time(Rational::from_micros(d.end))}});
    }
    TESSERA_TRY(check_strict(show_, rendered.record.degraded));
    if (rendered.lost.empty()) return {};
    const std::lock_guard lock(mutex_);
    PrivateTimeline next(*timeline_);
    std::set<int> touched;
    for (const LostFrame& frame : rendered.lost) {
      next.mark_lost(frame.take, frame.frame);
      touched.insert(frame.take);
    }
    timeline_ = std::make_shared<timeline::Timeline>(next.get());
    for (const int number : touched) {
      const timeline::PlacedTake& take = timeline_->takes()[static_cast<size_t>(number)];
      media::save_lost_marks(*take.index(), stream_choice(take.take()), show_.options.limits, show_.options.cache_dir,
                             log_);
    }
    return {};
  }

  /// The show as known now; what is found damaged later is in a later one.
  std::shared_ptr<const timeline::Timeline> known_timeline() {
    const std::lock_guard lock(mutex_);
    return timeline_;
  }

  Result<void> render_mixes() {
    for (size_t m = 0; m < show_.show.job.mixes.size(); ++m) {
      const spec::Mix& mix = show_.show.job.mixes[m];
      const Sha256 digest = mix_digest(show_, mix, plan_);
      TESSERA_TRY_ASSIGN(std::optional<Record> record, ledger_.find(digest));
      if (record && record->tracks.size() == 1) {
        stats_.mixes_reused += 1;
      } else {
        TESSERA_TRY_ASSIGN(Record made, render_mix(show_, plan_, mix, origin_, stats_, stop_.get_token(), log_));
        TESSERA_TRY_ASSIGN(record, ledger_.commit(digest, made));
        stats_.mixes_rendered += 1;
      }
      record->owner = mix.id;
      record->tracks.front().id = mix.id;
      record->tracks.front().lang = mix.lang;
      const std::lock_guard lock(mutex_);
      records_.mixes[m] = *std::move(record);
    }
    return {};
  }

  OpenShow show_;
  const ShowPlan plan_;
  origin::Origin& origin_;
  Ledger ledger_;
  const RenderOptions& options_;
  Stats& stats_;
  Log& log_;
  Heartbeat nobody_;
  Heartbeat& heartbeat_;
  std::vector<std::unique_ptr<ImageCache>> images_;  ///< by programme: depth differs
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_{options_.stop, [this] { stop_.request_stop(); }};

  std::mutex mutex_;
  ShowRecords records_;
  std::map<std::pair<size_t, size_t>, Sha256> digests_;  ///< of the records held
  std::shared_ptr<const timeline::Timeline> timeline_ = show_.timeline;
  std::shared_ptr<std::atomic<bool>> device_failed_ = std::make_shared<std::atomic<bool>>(false);
  Progress progress_;
  std::optional<Error> error_;
};

}  // namespace

Result<RenderReport> render(const std::string& job_path, const RenderOptions& options, Stats& stats,
                            device::Counters& device_counters, Log& log) {
  std::optional<OpenShow> show;
  std::optional<ShowPlan> plan;
  RenderOptions settled = options;
  {
    const AddTime<monotonic_ns> time(stats.plan_wall_ns);
    TESSERA_TRY_ASSIGN(show, open_show(job_path, options.open, log));
    Heartbeat nobody;
    Heartbeat::Work life(options.heartbeat != nullptr ? *options.heartbeat : nobody);
    TESSERA_TRY_ASSIGN(const auto device, device::create_device(options.device, told_options(options.simd, log)));
    // What was planned for a CUDA device is rendered on one, or not here.
    if (device->name() == "cuda") settled.device = "cuda";
    TESSERA_TRY_ASSIGN(const auto hardware, hardware_of(*device));
    life.beat();
    TESSERA_TRY_ASSIGN(plan,
                       plan_show(*show, {{hardware, nullptr}, std::max(1, options.jobs), [&life] { life.beat(); }}));
    // After a device's failure a rendition that changes its encoder changes all its chunks.
    for (const std::string& note : plan->notes) stats.device_failures > 0 ? log.warn(note) : log.info(note);
  }
  TESSERA_TRY_ASSIGN(const auto origin, origin::open_origin(options.out));
  Render work(*std::move(show), *std::move(plan), *origin, settled, stats, log);
  TESSERA_TRY_ASSIGN(const ShowRecords records, work.run(device_counters));
  RenderReport report;
  TESSERA_TRY_ASSIGN(report.published, publish(work.show(), work.plan(), records, *origin, stats));
  for (const ProgrammePlan& p : work.plan().programmes) {
    report.frames += p.frames;
    if (work.show().show.job.packaging.hls) report.manifests.push_back(p.programme->id + "/master.m3u8");
    if (work.show().show.job.packaging.dash) report.manifests.push_back(p.programme->id + "/manifest.mpd");
  }
  return report;
}

}  // namespace tessera::pipeline
