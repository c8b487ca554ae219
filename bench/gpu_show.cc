#include "bench/gpu_show.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "engine/base/channel.h"
#include "engine/media/encode.h"
#include "engine/pipeline/frame_source.h"
#include "engine/pipeline/render_device.h"

namespace tessera::bench {
namespace {

using Clock = std::chrono::steady_clock;
using HardwareRef = std::shared_ptr<media::HwDevice>;

constexpr size_t kQueued = 4;  // frames that wait for an encoder

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Result<void> internal(const char* what) { return fail(Errc::kInternal, "bench.gpu", what); }

/// Passes everything on, and times what is executed by the GPU's clock.
class TimedDevice final : public device::Device {
 public:
  TimedDevice(device::Device& device, GpuTimer& timer) : device_(device), timer_(timer) {}
  std::string name() const override { return device_.name(); }
  const device::Limits& limits() const override { return device_.limits(); }
  device::Counters counters() const override { return device_.counters(); }
  Result<std::shared_ptr<media::Frame>> surface(const media::FrameFormat& format) override {
    return device_.surface(format);
  }
  Result<void> execute(const device::FramePlan& plan) override {
    TESSERA_TRY(timer_.start());
    TESSERA_TRY(device_.execute(plan));
    TESSERA_TRY_ASSIGN(const double ms, timer_.stop());
    milliseconds_ += ms;
    return {};
  }
  Result<media::FrameRef> download(const media::FrameRef& surface) override { return device_.download(surface); }
  Result<void> finish() override { return device_.finish(); }
  std::optional<media::CudaHandles> cuda_handles() const override { return device_.cuda_handles(); }
  double milliseconds() const { return milliseconds_; }

 private:
  device::Device& device_;
  GpuTimer& timer_;
  double milliseconds_ = 0;
};

/// The encoders of a show, each on a thread of its own.
class Encoders {
 public:
  static Result<std::unique_ptr<Encoders>> open(const GpuShow& show, const media::EncoderHardware& hardware) {
    TESSERA_TRY_ASSIGN(const auto settings, pipeline::encoder_settings(show.programme(), show.frames));
    auto encoders = std::make_unique<Encoders>();
    for (media::VideoEncoderSettings s : settings) {
      s.chunk_frames = show.frames;
      TESSERA_TRY_ASSIGN(auto encoder, media::VideoEncoder::create(s, hardware));
      encoders->all_.push_back(std::make_unique<One>(std::move(encoder)));
    }
    for (auto& one : encoders->all_) one->thread = std::jthread([&one = *one] { one.run(); });
    return encoders;
  }

  Result<void> push(const std::vector<media::FrameRef>& renditions) {
    for (size_t i = 0; i < all_.size(); ++i) {
      if (all_[i]->frames.push(renditions[i])) continue;
      all_[i]->thread.join();
      TESSERA_TRY(all_[i]->outcome);
      return internal("an encoder stopped without a reason");
    }
    return {};
  }

  Result<void> finish() {
    for (auto& one : all_) one->frames.close();
    for (auto& one : all_) {
      if (one->thread.joinable()) one->thread.join();
      TESSERA_TRY(one->outcome);
    }
    return {};
  }

 private:
  struct One {
    explicit One(std::unique_ptr<media::VideoEncoder> e) : encoder(std::move(e)), frames(kQueued) {}
    ~One() { frames.cancel(); }
    void run() {
      outcome = encode_all();
      frames.cancel();
    }
    Result<void> encode_all() {
      std::vector<media::Packet> packets;
      while (const auto frame = frames.pop()) {
        packets.clear();
        TESSERA_TRY(encoder->encode(*frame, packets));
      }
      return encoder->finish(packets);
    }
    std::unique_ptr<media::VideoEncoder> encoder;
    Channel<media::FrameRef> frames;
    Result<void> outcome;
    std::jthread thread;
  };
  std::vector<std::unique_ptr<One>> all_;
};

/// One show with a device of its own.
class Runner {
 public:
  static Result<std::unique_ptr<Runner>> open(const GpuShow& show, bool timed) {
    std::unique_ptr<Runner> r(new Runner(show));
    TESSERA_TRY_ASSIGN(r->device_, device::create_device("cuda", {}));
    TESSERA_TRY_ASSIGN(r->hardware_, pipeline::hardware_of(*r->device_));
    device::Device* on = r->device_.get();
    if (timed) {
      TESSERA_TRY_ASSIGN(r->timer_, GpuTimer::create(*r->device_));
      r->timed_ = std::make_unique<TimedDevice>(*r->device_, *r->timer_);
      on = r->timed_.get();
    }
    auto sizes = pipeline::rendition_sizes(*show.programme().programme);
    for (size_t i = 0; i < sizes.size(); ++i) sizes[i].stays = show.programme().encoders[i].kind == "nvenc";
    TESSERA_TRY_ASSIGN(r->source_, pipeline::FrameSource::create(*show.open.timeline, show.open.options.limits,
                                                                 *show.programme().programme, std::move(sizes),
                                                                 show.programme().scaler, *on, r->images_,
                                                                 {{r->hardware_, r->counters_}, true}));
    return r;
  }

  Result<std::unique_ptr<Encoders>> encoders() { return Encoders::open(show_, {hardware_, counters_}); }

  /// Frame n for encoders; up to one more is under way.
  Result<std::vector<media::FrameRef>> frame(int64_t n) {
    while (composed_ < show_.frames && composed_ <= n + 1) {
      TESSERA_TRY_ASSIGN(auto more, source_->compose(composed_));
      under_way_.push_back(std::move(more));
      ++composed_;
    }
    const compose::ComposedFrame next = std::move(under_way_.front());
    under_way_.erase(under_way_.begin());
    TESSERA_TRY_ASSIGN(auto frame, source_->download(next));
    return std::move(frame.renditions);
  }

  /// Waits until the GPU has done all that was asked of it.
  Result<void> settle() {
    if (last_ == nullptr) return {};
    TESSERA_TRY(device_->download(last_));
    return {};
  }
  void remember(const std::vector<media::FrameRef>& renditions) { last_ = renditions.back(); }

  double gpu_ms() const { return timed_ != nullptr ? timed_->milliseconds() : -1; }
  RunCounters counters() const {
    const device::Counters d = device_->counters();
    return {counters_->decoded_surfaces,
            counters_->software_decoded,
            counters_->encodes,
            counters_->fall_backs,
            d.launches,
            d.allocations,
            d.host_to_device_bytes,
            d.device_to_host_bytes};
  }
  const HardwareRef& hardware() const { return hardware_; }
  const std::shared_ptr<media::MediaCounters>& media_counters() const { return counters_; }

 private:
  explicit Runner(const GpuShow& show)
      : show_(show),
        images_(show.programme().programme->canvas.depth, show.open.options.limits, show.open.animations) {}

  const GpuShow& show_;
  std::shared_ptr<media::MediaCounters> counters_ = std::make_shared<media::MediaCounters>();
  std::unique_ptr<device::Device> device_;
  HardwareRef hardware_;
  std::unique_ptr<GpuTimer> timer_;
  std::unique_ptr<TimedDevice> timed_;
  pipeline::ImageCache images_;
  std::unique_ptr<pipeline::FrameSource> source_;
  std::vector<compose::ComposedFrame> under_way_;
  int64_t composed_ = 0;
  media::FrameRef last_;
};

StageTime stage(const char* name, int64_t frames, Clock::time_point start) {
  return {name, frames, seconds_since(start) * 1e3 / static_cast<double>(frames), -1};
}

/// Every picture of the guests that the show has, dropped when decoded.
Result<StageTime> decode_stage(const GpuShow& show) {
  TESSERA_TRY_ASSIGN(const auto runner, Runner::open(show, false));
  const auto& takes = show.open.timeline->takes();
  std::vector<std::unique_ptr<media::TakeReader>> readers(takes.size());
  std::vector<int64_t> shown(takes.size(), -1);
  const Rational fps = show.programme().programme->canvas.fps;
  const auto start = Clock::now();
  for (int64_t n = 0; n < show.frames; ++n) {
    const Rational t{n * fps.den, fps.num};
    for (size_t i = 0; i < takes.size(); ++i) {
      if (takes[i].lost() || !takes[i].runs_at(t) || takes[i].index()->video == nullptr) continue;
      const int64_t frame = takes[i].index()->video->frame_at(takes[i].to_take(t));
      if (frame < 0 || frame == shown[i]) continue;
      if (readers[i] == nullptr) {
        TESSERA_TRY_ASSIGN(readers[i], media::TakeReader::open(takes[i].index(), show.open.options.limits, 1,
                                                               {runner->hardware(), runner->media_counters()}));
      }
      TESSERA_TRY(readers[i]->frame(frame));
      shown[i] = frame;
    }
  }
  return stage("decode", show.frames, start);
}

Result<StageTime> compose_stage(const GpuShow& show, bool timed) {
  TESSERA_TRY_ASSIGN(const auto runner, Runner::open(show, timed));
  const auto start = Clock::now();
  for (int64_t n = 0; n < show.frames; ++n) {
    TESSERA_TRY_ASSIGN(const auto renditions, runner->frame(n));
    runner->remember(renditions);
  }
  StageTime time = stage("decode and compose", show.frames, start);
  TESSERA_TRY(runner->settle());
  if (timed) time.gpu_ms = runner->gpu_ms() / static_cast<double>(show.frames);
  return time;
}

/// The same frame over and over: what the encoders take by themselves.
Result<StageTime> encode_stage(const GpuShow& show) {
  TESSERA_TRY_ASSIGN(const auto runner, Runner::open(show, false));
  TESSERA_TRY_ASSIGN(const auto renditions, runner->frame(0));
  TESSERA_TRY_ASSIGN(const auto encoders, runner->encoders());
  const auto start = Clock::now();
  for (int64_t n = 0; n < show.frames; ++n) TESSERA_TRY(encoders->push(renditions));
  TESSERA_TRY(encoders->finish());
  return stage("encode", show.frames, start);
}

Result<StageTime> whole_stage(const GpuShow& show, RunCounters& counters) {
  TESSERA_TRY_ASSIGN(const auto runner, Runner::open(show, false));
  TESSERA_TRY_ASSIGN(const auto encoders, runner->encoders());
  const auto start = Clock::now();
  for (int64_t n = 0; n < show.frames; ++n) {
    TESSERA_TRY_ASSIGN(const auto renditions, runner->frame(n));
    TESSERA_TRY(encoders->push(renditions));
  }
  TESSERA_TRY(encoders->finish());
  StageTime time = stage("decode, compose and encode", show.frames, start);
  counters = runner->counters();
  return time;
}

/// What the shows of one trial have in common.
struct Trial {
  Trial(int shows, double slack) : slack_s(slack), opened(shows), go(1) {}
  const double slack_s;
  std::latch opened, go;
  Clock::time_point start;
  std::atomic<bool> missed = false;
  std::mutex mutex;
  double worst_late_s = -1e9;
  std::string why;

  void late(double seconds) {
    const std::lock_guard lock(mutex);
    worst_late_s = std::max(worst_late_s, seconds);
    if (seconds <= slack_s) return;
    if (!missed.exchange(true)) why = "a frame was late";
  }
  void failed(const Error& error) {
    const std::lock_guard lock(mutex);
    if (!missed.exchange(true)) why = describe(error);
  }
};

Result<void> run_paced(const GpuShow& show, Runner& runner, Encoders& encoders, Trial& trial) {
  const double fps = show.programme().programme->canvas.fps.to_double();
  for (int64_t n = 0; n < show.frames && !trial.missed; ++n) {
    const auto due = [&](int64_t frame) { return static_cast<double>(frame) / fps; };
    std::this_thread::sleep_until(trial.start +
                                  std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(due(n))));
    TESSERA_TRY_ASSIGN(const auto renditions, runner.frame(n));
    TESSERA_TRY(encoders.push(renditions));
    trial.late(seconds_since(trial.start) - due(n + 1));
  }
  TESSERA_TRY(encoders.finish());
  if (!trial.missed) trial.late(seconds_since(trial.start) - static_cast<double>(show.frames) / fps);
  return {};
}

void run_one(const GpuShow& show, Trial& trial) {
  auto runner = Runner::open(show, false);
  auto encoders = runner ? (*runner)->encoders() : tl::unexpected<Error>(runner.error());
  if (!encoders) trial.failed(encoders.error());
  trial.opened.count_down();
  trial.go.wait();
  if (!encoders) return;
  const Result<void> ran = run_paced(show, **runner, **encoders, trial);
  if (!ran) trial.failed(ran.error());
}

}  // namespace

Result<std::unique_ptr<GpuShow>> GpuShow::load(const std::string& job) {
  Log log(LogLevel::kOff, LogFormat::kText);
  auto show = std::make_unique<GpuShow>();
  TESSERA_TRY_ASSIGN(show->open, pipeline::open_show(job, {}, log));
  TESSERA_TRY_ASSIGN(const auto device, device::create_device("cuda", {}));
  TESSERA_TRY_ASSIGN(auto hardware, pipeline::hardware_of(*device));
  TESSERA_TRY_ASSIGN(show->plan, pipeline::plan_show(show->open, {{std::move(hardware), nullptr}, 1}));
  show->frames = show->programme().frames;
  for (const auto& encoder : show->programme().encoders) show->encodes_on_gpu &= encoder.kind == "nvenc";
  return show;
}

Result<Stages> run_stages(const GpuShow& show) {
  Stages stages;
  TESSERA_TRY_ASSIGN(stages.times.emplace_back(), decode_stage(show));
  TESSERA_TRY_ASSIGN(StageTime composed, compose_stage(show, false));
  // Waiting for every frame's events takes time of its own, so that is another run.
  TESSERA_TRY_ASSIGN(const StageTime timed, compose_stage(show, true));
  composed.gpu_ms = timed.gpu_ms;
  stages.times.push_back(composed);
  TESSERA_TRY_ASSIGN(stages.times.emplace_back(), encode_stage(show));
  TESSERA_TRY_ASSIGN(stages.times.emplace_back(), whole_stage(show, stages.counters));
  return stages;
}

Held run_shows(const GpuShow& show, int shows, double slack_s) {
  Trial trial(shows, slack_s);
  std::vector<std::jthread> threads;
  for (int i = 0; i < shows; ++i) threads.emplace_back([&] { run_one(show, trial); });
  trial.opened.wait();
  constexpr auto kBreath = std::chrono::milliseconds(100);
  trial.start = Clock::now() + kBreath;
  trial.go.count_down();
  threads.clear();
  return {shows, !trial.missed, trial.worst_late_s, trial.why};
}

std::vector<Held> find_most_shows(const GpuShow& show, int most) {
  std::vector<Held> tried;
  int held = 0, missed = most + 1;
  for (int next = 1; held + 1 < missed; next = missed <= most ? (held + missed) / 2 : std::min(2 * held, most)) {
    tried.push_back(run_shows(show, next, kSlackSeconds));
    (tried.back().held ? held : missed) = next;
  }
  return tried;
}

}  // namespace tessera::bench
