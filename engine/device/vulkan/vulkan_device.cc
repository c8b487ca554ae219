#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "engine/device/plan_sources.h"
#include "engine/device/pool.h"
#include "engine/device/uploads.h"
#include "engine/device/vulkan/encoder.h"
#include "engine/device/vulkan/submission.h"
#include "engine/device/vulkan/vulkan.h"

namespace tessera::device::vulkan {
namespace {

constexpr int kFramesInFlight = 3;
constexpr int kMaxSide = 8192;
constexpr VkDeviceSize kArenaBytes = VkDeviceSize{512} << 20;
constexpr VkDeviceSize kHostArenaBytes = VkDeviceSize{256} << 20;
// No frame takes longer; a device that does has failed.
constexpr uint64_t kTimeoutNs = 30'000'000'000;
// Outputs of a strip: a driver on the CPU runs few things at once, and strips filter some source rows twice.
constexpr int kStripRowsSoftware = 240, kStripRowsHardware = 48;
// Columns an invocation resamples: each is work shared, and registers; on a CPU those are only memory.
constexpr int kColumnsSoftware = 5, kColumnsHardware = 2;

class VulkanDevice final : public Device {
 public:
  static Result<std::unique_ptr<VulkanDevice>> create(std::shared_ptr<Context> context, bool validation);
  ~VulkanDevice() override;

  std::string name() const override { return "vulkan"; }
  const Limits& limits() const override { return limits_; }
  Counters counters() const override;
  Result<std::shared_ptr<media::Frame>> surface(const media::FrameFormat& format) override;
  Result<void> execute(const FramePlan& plan) override;
  Result<media::FrameRef> download(const media::FrameRef& surface) override;
  Result<void> finish() override;

 private:
  VulkanDevice() = default;
  Result<void> make_arenas();
  Result<void> queue(const FramePlan& plan);
  Result<void> take_over(const FramePlan& plan);
  Result<void> finish(Submission& submission);
  Result<void> finish_all();
  Result<media::FrameRef> download_now(const media::FrameRef& surface);
  Result<std::vector<Transfers::Copy>> copies_of(const std::vector<media::FrameRef>& results, Submission& submission);
  Result<void> heed_validation() const;
  void count_results(const std::vector<media::FrameRef>& results);
  /// After an error the device is not used again: what was queued may be anything.
  template <class T>
  Result<T> noted(Result<T> result) {
    if (!result && result.error().code != Errc::kInternal) failed_ = result.error();
    return result;
  }

  Limits limits_{kMaxSide, true, kFramesInFlight};
  bool validation_ = false;
  std::shared_ptr<Context> context_;
  std::shared_ptr<Arena> arena_, host_;
  std::unique_ptr<Pipelines> pipelines_;
  std::unique_ptr<SurfacePool> pool_, host_pool_;
  std::unique_ptr<Transfers> transfers_;
  std::unique_ptr<Uploads> uploads_;
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<Encoder> encoder_;
  std::array<std::unique_ptr<Submission>, kFramesInFlight> submissions_;
  VkSemaphore timeline_ = VK_NULL_HANDLE;
  uint64_t submitted_ = 0;
  FramePlan plan_;  ///< with all sources on the device
  EncodedPlan encoded_;
  std::optional<Error> failed_;
  Counters counters_;
};

Result<void> VulkanDevice::make_arenas() {
  const VkPhysicalDeviceLimits& limits = context_->physical().limits;
  const VkDeviceSize texels = VkDeviceSize{limits.maxTexelBufferElements} * sizeof(uint32_t);
  constexpr VkDeviceSize kGrain = 1 << 16;
  const VkDeviceSize window = std::min<VkDeviceSize>(limits.maxStorageBufferRange, kArenaBytes) / kGrain * kGrain;
  const VkDeviceSize bytes = std::min({kArenaBytes, texels / kGrain * kGrain, window * Pipelines::kWindows});
  TESSERA_TRY_ASSIGN(arena_,
                     Arena::create(context_, bytes,
                                   VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT |
                                       VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                                   Memory::kDevice, window));
  if (context_->unified()) return {};
  TESSERA_TRY_ASSIGN(
      host_, Arena::create(context_, kHostArenaBytes,
                           VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT, Memory::kDownload, 0));
  return {};
}

Result<std::unique_ptr<VulkanDevice>> VulkanDevice::create(std::shared_ptr<Context> context, bool validation) {
  std::unique_ptr<VulkanDevice> d(new VulkanDevice);
  d->context_ = std::move(context);
  d->validation_ = validation;
  TESSERA_TRY(d->make_arenas());
  const bool software = d->context_->unified() && d->context_->physical().type == VK_PHYSICAL_DEVICE_TYPE_CPU;
  const int invocations = software ? 16 : 64;
  const size_t windows = (d->arena_->bytes() + d->arena_->window() - 1) / d->arena_->window();
  TESSERA_TRY_ASSIGN(d->pipelines_, Pipelines::create(d->context_, invocations, static_cast<int>(windows)));
  d->pool_ =
      std::make_unique<SurfacePool>([arena = d->arena_](const auto& format) { return arena->make_frame(format); });
  if (d->host_ != nullptr) {
    d->host_pool_ =
        std::make_unique<SurfacePool>([host = d->host_](const auto& format) { return host->make_frame(format); });
  }
  d->transfers_ = std::make_unique<Transfers>(d->arena_, d->host_);
  d->uploads_ = std::make_unique<Uploads>(
      [arena = d->arena_](const media::Frame& frame) { return arena->holds(frame.planes[0].data); },
      [pool = d->pool_.get()](const media::FrameFormat& format) { return pool->take(format); },
      [transfers = d->transfers_.get()](const media::Frame& to, const media::FrameRef& from) {
        return transfers->write(to, *from);
      });
  d->tables_ = std::make_unique<Tables>(d->arena_, software ? kStripRowsSoftware : kStripRowsHardware);
  d->encoder_ = std::make_unique<Encoder>(d->arena_, invocations, software ? kColumnsSoftware : kColumnsHardware);
  for (auto& submission : d->submissions_) {
    TESSERA_TRY_ASSIGN(submission, Submission::create(d->context_, d->arena_, *d->pipelines_));
  }
  VkSemaphoreTypeCreateInfo type{};
  type.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO;
  type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
  VkSemaphoreCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
  info.pNext = &type;
  TESSERA_TRY(check(d->context_->api().CreateSemaphore(d->context_->device(), &info, nullptr, &d->timeline_),
                    "making a semaphore"));
  TESSERA_TRY(d->heed_validation());
  return d;
}

VulkanDevice::~VulkanDevice() {
  if (context_ == nullptr) return;
  context_->api().DeviceWaitIdle(context_->device());
  if (timeline_ != VK_NULL_HANDLE) context_->api().DestroySemaphore(context_->device(), timeline_, nullptr);
}

Counters VulkanDevice::counters() const {
  Counters counters = counters_;
  counters.allocations = pool_->made() + context_->memory_allocations();
  if (host_pool_ != nullptr) counters.allocations += host_pool_->made();
  counters.host_to_device_bytes = uploads_->bytes();
  counters.uploads = uploads_->pictures();
  return counters;
}

Result<void> VulkanDevice::heed_validation() const {
  if (!validation_ || validation_messages() == 0) return {};
  return fail(Errc::kDevice, "device.vulkan", "the validation layer says: " + last_validation_message());
}

Result<std::shared_ptr<media::Frame>> VulkanDevice::surface(const media::FrameFormat& format) {
  if (format.width < 1 || format.width > kMaxSide || format.height < 1 || format.height > kMaxSide) {
    return fail(Errc::kLimit, "device.vulkan",
                "a surface of " + std::to_string(format.width) + "x" + std::to_string(format.height) +
                    ": want sides of 1 to " + std::to_string(kMaxSide));
  }
  auto surface = pool_->take(format);
  if (surface || surface.error().code != Errc::kCapacity) return surface;
  // There may be room once what is unused or queued gives its own back.
  TESSERA_TRY(finish_all());
  tables_->clear();
  uploads_->clear();
  pool_->trim();
  return pool_->take(format);
}

Result<void> VulkanDevice::finish(Submission& submission) {
  if (submission.value != 0) {
    VkSemaphoreWaitInfo wait{};
    wait.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO;
    wait.semaphoreCount = 1;
    wait.pSemaphores = &timeline_;
    wait.pValues = &submission.value;
    TESSERA_TRY(check(context_->api().WaitSemaphores(context_->device(), &wait, kTimeoutNs), "waiting for a frame"));
  }
  submission.kept.clear();
  return {};
}

Result<void> VulkanDevice::finish_all() {
  for (const auto& submission : submissions_) TESSERA_TRY(noted(finish(*submission)));
  return {};
}

/// The plan with every source on the device.
Result<void> VulkanDevice::take_over(const FramePlan& plan) {
  uploads_->forget_dead();
  plan_ = plan;
  return replace_sources(plan_, [&](const media::FrameRef& frame) { return uploads_->on_device(frame); });
}

Result<std::vector<Transfers::Copy>> VulkanDevice::copies_of(const std::vector<media::FrameRef>& results,
                                                             Submission& submission) {
  std::vector<Transfers::Copy> copies;
  if (!transfers_->staged()) return copies;
  for (const media::FrameRef& surface : results) {
    TESSERA_TRY_ASSIGN(std::shared_ptr<media::Frame> host, host_pool_->take(surface->format));
    const Arena::Block &from = block_of(*surface), &to = block_of(*host);
    copies.push_back({arena_->buffer().handle(), host_->buffer().handle(), {from.offset(), to.offset(), from.bytes()}});
    submission.kept.push_back(host);  // also where a later plan makes it out of date
    submission.downloads.add(surface, std::move(host));
  }
  return copies;
}

void VulkanDevice::count_results(const std::vector<media::FrameRef>& results) {
  if (!transfers_->staged()) return;
  for (const media::FrameRef& surface : results) {
    for (const media::Plane& p : surface->planes)
      counters_.device_to_host_bytes += int64_t{p.width} * p.height * surface->format.bytes_per_sample();
  }
}

Result<void> VulkanDevice::queue(const FramePlan& plan) {
  Submission& submission = *submissions_[submitted_ % kFramesInFlight];
  TESSERA_TRY(finish(submission));
  submission.downloads.clear();
  for (const auto& other : submissions_) other->downloads.forget_written(plan);
  TESSERA_TRY(take_over(plan));
  TESSERA_TRY(encoder_->encode(plan_, *tables_, *transfers_, encoded_));
  TESSERA_TRY_ASSIGN(const auto after, copies_of(plan.results, submission));
  TESSERA_TRY(submission.record(encoded_, *pipelines_, transfers_->take_copies(), after));
  append_frames(plan_, submission.kept);
  submission.kept.insert(submission.kept.end(), encoded_.kept.begin(), encoded_.kept.end());
  for (auto& kept : transfers_->take_kept()) submission.kept.push_back(std::move(kept));
  plan_ = {};
  TESSERA_TRY(submission.submit(timeline_, ++submitted_));
  counters_.launches += static_cast<int64_t>(encoded_.dispatches.size());
  counters_.parameter_bytes += static_cast<int64_t>(encoded_.words.size() * sizeof(uint32_t));
  ++counters_.submissions;
  count_results(plan.results);
  tables_->end_plan();
  return heed_validation();
}

Result<void> VulkanDevice::execute(const FramePlan& plan) {
  if (failed_) return tl::unexpected<Error>(*failed_);
  return noted(queue(plan));
}

Result<media::FrameRef> VulkanDevice::download_now(const media::FrameRef& surface) {
  if (surface == nullptr || !arena_->holds(surface->planes[0].data)) return surface;
  const auto uses = [&](const Submission& s) {
    return std::find(s.kept.begin(), s.kept.end(), surface) != s.kept.end();
  };
  // The last submission that used it, its downloads outliving what it kept.
  for (uint64_t back = 0; back < std::min<uint64_t>(submitted_, kFramesInFlight); ++back) {
    Submission& submission = *submissions_[(submitted_ - 1 - back) % kFramesInFlight];
    const media::FrameRef host = submission.downloads.find(surface);
    if (host == nullptr && !uses(submission)) continue;
    TESSERA_TRY(finish(submission));
    if (!transfers_->staged()) return surface;
    if (host != nullptr) return host;
    break;
  }
  if (!transfers_->staged()) return surface;
  FramePlan only;
  only.results.push_back(surface);
  TESSERA_TRY(queue(only));
  Submission& submission = *submissions_[(submitted_ - 1) % kFramesInFlight];
  TESSERA_TRY(finish(submission));
  return submission.downloads.find(surface);
}

Result<media::FrameRef> VulkanDevice::download(const media::FrameRef& surface) {
  if (failed_) return tl::unexpected<Error>(*failed_);
  return noted(download_now(surface));
}

Result<void> VulkanDevice::finish() {
  if (failed_) return tl::unexpected<Error>(*failed_);
  return finish_all();
}

/// Whether the system has any GPU at all: loading every driver to find none would cost memory and time.
bool may_have_gpu() {
  std::error_code ignored;
  return std::filesystem::exists("/dev/dri", ignored) || std::filesystem::exists("/dev/nvidiactl", ignored) ||
         std::filesystem::exists("/dev/dxg", ignored);
}

}  // namespace

Result<std::unique_ptr<Device>> create(const Options& options) {
  if (!options.software && !may_have_gpu()) return fail(Errc::kDevice, "device.vulkan", "this machine has no GPU");
  TESSERA_TRY_ASSIGN(auto instance, Instance::create(options.validation));
  TESSERA_TRY_ASSIGN(const auto all, instance->physical_devices());
  std::string why = all.empty() ? "the Vulkan drivers installed know no device" : "no Vulkan device can be used";
  for (const Physical& physical : all) {
    const bool software = physical.type == VK_PHYSICAL_DEVICE_TYPE_CPU;
    if (!physical.adapter.missing.empty() || (software && !options.software)) {
      why += "; " + physical.adapter.name + ": " +
             (software && !options.software ? "a software device" : physical.adapter.missing);
      continue;
    }
    TESSERA_TRY_ASSIGN(auto context, Context::create(instance, physical, options.staged));
    return VulkanDevice::create(std::move(context), options.validation);
  }
  return fail(Errc::kDevice, "device.vulkan", why);
}

}  // namespace tessera::device::vulkan
