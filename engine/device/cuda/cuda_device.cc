#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "engine/device/cuda/cuda.h"
#include "engine/device/cuda/kernels.h"
#include "engine/device/cuda/submission.h"
#include "engine/device/cuda/table_memory.h"
#include "engine/device/plan_sources.h"
#include "engine/device/pool.h"
#include "engine/device/uploads.h"

namespace tessera::device::cuda {
namespace {

constexpr int kFramesInFlight = 3;
constexpr int kMaxSide = 8192;
// Of a frame and those in flight; giving memory back to the driver stops the GPU.
constexpr size_t kMostUnused = 256;

class CudaDevice final : public Device {
 public:
  static Result<std::unique_ptr<CudaDevice>> create();
  ~CudaDevice() override;

  std::string name() const override { return "cuda"; }
  const Limits& limits() const override { return limits_; }
  Counters counters() const override;
  Result<std::shared_ptr<media::Frame>> surface(const media::FrameFormat& format) override;
  Result<void> execute(const FramePlan& plan) override;
  Result<media::FrameRef> download(const media::FrameRef& surface) override;
  Result<void> finish() override;
  std::optional<media::CudaHandles> cuda_handles() const override {
    return media::CudaHandles{context_->handle(), context_->stream(), context_->description(),
                              [context = context_.get()] { return context->finish_default_stream(); }, context_};
  }

 private:
  CudaDevice() = default;
  Submission& last(uint64_t back) { return *submissions_[(submitted_ - 1 - back) % kFramesInFlight]; }
  Result<std::shared_ptr<media::Frame>> take(SurfacePool& pool, const media::FrameFormat& format);
  Result<int64_t> upload(const media::Frame& to, const media::FrameRef& from);
  Result<void> finish_all();
  void release_unused();
  Result<void> queue(const FramePlan& plan);
  Result<void> queue_frame(const FramePlan& plan, Submission& submission);
  Result<uint64_t> queue_parameters(Submission& submission);
  Result<void> launch(uint64_t parameters);
  Result<void> queue_downloads(const std::vector<media::FrameRef>& results, Submission& submission);
  Result<media::FrameRef> download_now(const media::FrameRef& surface);
  /// After an error the device is not used again: what was queued may be anything. Not so where memory was too small:
  /// that is found before a frame is launched.
  template <class T>
  Result<T> noted(Result<T> result) {
    const bool fatal = !result && result.error().code != Errc::kInternal && result.error().code != Errc::kCapacity;
    if (fatal) failed_ = result.error();
    return result;
  }

  Limits limits_{kMaxSide, true, kFramesInFlight};
  std::shared_ptr<Context> context_;
  std::unique_ptr<Kernels> kernels_;
  std::unique_ptr<SurfacePool> pool_, host_pool_;
  std::unique_ptr<Uploads> uploads_;
  std::unique_ptr<TableUploads> tables_;
  std::array<std::unique_ptr<Submission>, kFramesInFlight> submissions_;
  Submission* filling_ = nullptr;  ///< the one that execute() is at
  uint64_t submitted_ = 0;
  PlanEncoder encoder_;
  FramePlan plan_;  ///< with all sources on the device
  EncodedPlan encoded_;
  std::optional<Error> failed_;
  Counters counters_;
};

Result<std::unique_ptr<CudaDevice>> CudaDevice::create() {
  std::unique_ptr<CudaDevice> d(new CudaDevice);
  TESSERA_TRY_ASSIGN(d->context_, Context::create());
  TESSERA_TRY_ASSIGN(d->kernels_, Kernels::load(d->context_));
  const auto pool_of = [&](auto* make) {
    return std::make_unique<SurfacePool>(
        [context = d->context_, make](const auto& format) { return make(context, format); }, kMostUnused);
  };
  d->pool_ = pool_of(&make_surface);
  d->host_pool_ = pool_of(&make_pinned);
  d->tables_ = std::make_unique<TableUploads>(d->context_);
  d->uploads_ = std::make_unique<Uploads>(
      [](const media::Frame& frame) { return frame.memory == media::Memory::kCuda; },
      [device = d.get()](const media::FrameFormat& format) { return device->take(*device->pool_, format); },
      [device = d.get()](const media::Frame& to, const media::FrameRef& from) { return device->upload(to, from); });
  for (auto& submission : d->submissions_) {
    TESSERA_TRY_ASSIGN(submission, Submission::create(d->context_));
  }
  return d;
}

CudaDevice::~CudaDevice() {
  if (context_ != nullptr) (void)context_->finish();
}

Counters CudaDevice::counters() const {
  Counters counters = counters_;
  counters.host_to_device_bytes = uploads_->bytes();
  counters.uploads = uploads_->pictures();
  counters.parameter_bytes += tables_->bytes();
  counters.allocations = context_->allocations();
  return counters;
}

Result<void> CudaDevice::finish_all() {
  TESSERA_TRY(context_->finish());
  for (const auto& submission : submissions_) {
    if (submission.get() != filling_) submission->done();
  }
  return {};
}

void CudaDevice::release_unused() {
  uploads_->clear();
  pool_->trim();
  host_pool_->trim();
}

/// A surface of a pool; where there is no memory, once what is unused or queued has given its own back.
Result<std::shared_ptr<media::Frame>> CudaDevice::take(SurfacePool& pool, const media::FrameFormat& format) {
  auto surface = pool.take(format);
  if (surface || surface.error().code != Errc::kCapacity) return surface;
  TESSERA_TRY(finish_all());
  release_unused();
  return pool.take(format);
}

Result<std::shared_ptr<media::Frame>> CudaDevice::surface(const media::FrameFormat& format) {
  if (failed_) return tl::unexpected<Error>(*failed_);
  if (format.width < 1 || format.width > kMaxSide || format.height < 1 || format.height > kMaxSide) {
    return fail(Errc::kLimit, "device.cuda",
                "a surface of " + std::to_string(format.width) + "x" + std::to_string(format.height) +
                    ": want sides of 1 to " + std::to_string(kMaxSide));
  }
  return noted(take(*pool_, format));
}

Result<int64_t> CudaDevice::upload(const media::Frame& to, const media::FrameRef& from) {
  TESSERA_TRY_ASSIGN(const std::shared_ptr<media::Frame> stage, take(*host_pool_, to.format));
  filling_->kept.push_back(stage);
  copy_picture(*stage, *from);
  return queue_copy(*context_, to, *stage);
}

Result<uint64_t> CudaDevice::queue_parameters(Submission& submission) {
  if (encoded_.parameters.empty()) return 0;
  TESSERA_TRY_ASSIGN(const FrameMemory::Place place, submission.parameters.take(encoded_.parameters.size()));
  std::memcpy(place.host, encoded_.parameters.data(), encoded_.parameters.size());
  TESSERA_TRY_ASSIGN(const int64_t bytes, submission.parameters.queue());
  counters_.parameter_bytes += bytes;
  return place.address;
}

Result<void> CudaDevice::launch(uint64_t parameters) {
  for (const Launch& l : encoded_.launches) {
    TESSERA_TRY_ASSIGN(CUfunction function, kernels_->get(l.kernel));
    Arguments arguments = l.arguments(parameters);
    TESSERA_TRY(TESSERA_CU(context_->api(), cuLaunchKernel, function, l.grid[0], l.grid[1], l.grid[2], l.block[0],
                           l.block[1], l.block[2], 0, context_->stream(), arguments.pointers().data(), nullptr));
    ++counters_.launches;
  }
  return {};
}

Result<void> CudaDevice::queue_downloads(const std::vector<media::FrameRef>& results, Submission& submission) {
  for (const media::FrameRef& surface : results) {
    if (surface->memory != media::Memory::kCuda) continue;
    TESSERA_TRY_ASSIGN(const std::shared_ptr<media::Frame> host, take(*host_pool_, surface->format));
    submission.kept.push_back(host);
    TESSERA_TRY_ASSIGN(const int64_t bytes, queue_copy(*context_, *host, *surface));
    submission.downloads.add(surface, host);
    counters_.device_to_host_bytes += bytes;
  }
  return {};
}

Result<void> CudaDevice::queue_frame(const FramePlan& plan, Submission& submission) {
  uploads_->forget_dead();
  plan_ = plan;
  TESSERA_TRY(replace_sources(plan_, [&](const media::FrameRef& frame) { return uploads_->on_device(frame); }));
  append_frames(plan_, submission.kept);
  tables_->begin_frame(submission.staging);
  const Result<void> encoded = encoder_.encode(plan_, *tables_, encoded_);
  submission.kept.insert(submission.kept.end(), encoded_.kept.begin(), encoded_.kept.end());
  TESSERA_TRY(encoded);
  TESSERA_TRY_ASSIGN(const uint64_t parameters, queue_parameters(submission));
  TESSERA_TRY(launch(parameters));
  TESSERA_TRY(queue_downloads(plan.results, submission));
  TESSERA_TRY(submission.queued());
  ++counters_.submissions;
  return {};
}

Result<void> CudaDevice::queue(const FramePlan& plan) {
  TESSERA_TRY_ASSIGN(const auto current, context_->enter());
  Submission& submission = *submissions_[submitted_ % kFramesInFlight];
  TESSERA_TRY(submission.finish());
  // What decoders wait for goes back to them as soon as can be.
  for (const auto& other : submissions_) TESSERA_TRY(other->finish_if_done());
  submission.downloads.clear();
  for (const auto& other : submissions_) other->downloads.forget_written(plan);
  filling_ = &submission;
  const Result<void> queued = queue_frame(plan, submission);
  filling_ = nullptr;
  plan_ = {};
  if (!queued) {
    // Part of it may run: nothing that it uses may go before.
    (void)context_->finish();
    submission.done();
    if (queued.error().code == Errc::kCapacity) release_unused();
    return queued;
  }
  ++submitted_;
  return {};
}

Result<void> CudaDevice::execute(const FramePlan& plan) {
  if (failed_) return tl::unexpected<Error>(*failed_);
  return noted(queue(plan));
}

Result<media::FrameRef> CudaDevice::download_now(const media::FrameRef& surface) {
  const auto uses = [&](const Submission& s) {
    return std::find(s.kept.begin(), s.kept.end(), surface) != s.kept.end();
  };
  // The last submission that used it, its downloads outliving what it kept.
  for (uint64_t back = 0; back < std::min<uint64_t>(submitted_, kFramesInFlight); ++back) {
    Submission& submission = last(back);
    const media::FrameRef host = submission.downloads.find(surface);
    if (host == nullptr && !uses(submission)) continue;
    TESSERA_TRY_ASSIGN(const auto current, context_->enter());
    TESSERA_TRY(submission.finish());
    if (host != nullptr) return host;
    break;
  }
  FramePlan only;
  only.results.push_back(surface);
  TESSERA_TRY(queue(only));
  TESSERA_TRY_ASSIGN(const auto current, context_->enter());
  TESSERA_TRY(last(0).finish());
  return last(0).downloads.find(surface);
}

Result<media::FrameRef> CudaDevice::download(const media::FrameRef& surface) {
  if (surface == nullptr || surface->memory != media::Memory::kCuda) return surface;
  if (failed_) return tl::unexpected<Error>(*failed_);
  return noted(download_now(surface));
}

Result<void> CudaDevice::finish() {
  if (failed_) return tl::unexpected<Error>(*failed_);
  return noted(finish_all());
}

}  // namespace

Result<std::unique_ptr<Device>> create() { return CudaDevice::create(); }

}  // namespace tessera::device::cuda
