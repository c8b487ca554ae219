#include "engine/pipeline/render_device.h"

#include <dlfcn.h>

#include "engine/pipeline/watchdog.h"

namespace tessera::pipeline {
namespace {

constexpr const char* kFallback = "cpu";

}  // namespace

bool is_of_device(const Error& error) {
  return error.where.starts_with("device.") && (error.code == Errc::kDevice || error.code == Errc::kCapacity);
}

bool may_be_cuda(const std::string& kind) {
  if (kind != "auto") return kind == "cuda";
  void* const library = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return false;
  ::dlclose(library);
  return true;
}

Result<std::unique_ptr<RenderDevice>> RenderDevice::create(const std::string& kind, Open open, Log& log,
                                                           std::shared_ptr<std::atomic<bool>> said) {
  std::unique_ptr<RenderDevice> made(new RenderDevice(kind == "auto", std::move(open), log, std::move(said)));
  TESSERA_TRY_ASSIGN(made->device_, made->open_(kind));
  TESSERA_TRY_ASSIGN(made->hardware_, hardware_of(*made->device_));
  return made;
}

bool RenderDevice::give_up_decoders(const Error& error) {
  if (error.code != Errc::kCapacity || !is_of_device(error) || decoders() == nullptr) return false;
  log_.warn("the GPU's memory is too small for decoders, too; takes are decoded by software",
            {{"error", describe(error)}});
  has_decoders_ = false;
  return true;
}

bool RenderDevice::recover(const Error& error) {
  if (give_up_decoders(error)) return true;
  if (!may_replace_ || !is_of_device(error) || device_->name() == kFallback) return false;
  if (is_watched()) return false;  // whoever watches goes on: after a fault this process is no place to work in
  auto other = open_(kFallback);
  if (!other) return false;
  if (!said_->exchange(true)) {
    log_.warn("the device failed; going on on the CPU with the same result",
              {{"device", device_->name()}, {"error", describe(error)}});
  }
  before_ = counters();
  hardware_.reset();
  device_ = *std::move(other);
  return true;
}

device::DeviceOptions told_options(const std::string& simd, Log& log) {
  device::DeviceOptions options;
  options.simd = simd;
  options.skipped = [&log](const Error& error) {
    log.warn("the GPU can't be used; going on without", {{"error", describe(error)}});
  };
  return options;
}

Result<std::shared_ptr<media::HwDevice>> hardware_of(const device::Device& device) {
  auto handles = device.cuda_handles();
  if (!handles) return std::shared_ptr<media::HwDevice>();
  return media::HwDevice::from_cuda(*std::move(handles));
}

void tell_fall_backs(media::MediaCounters& media, Log& log) {
  for (const std::string& take : media.untold_fall_backs()) {
    log.warn("a take is decoded by software instead of the GPU", {{"take", take}});
  }
}

device::Counters RenderDevice::counters() const { return before_ + device_->counters(); }

device::Counters operator+(const device::Counters& a, const device::Counters& b) {
  return {a.host_to_device_bytes + b.host_to_device_bytes,
          a.uploads + b.uploads,
          a.parameter_bytes + b.parameter_bytes,
          a.device_to_host_bytes + b.device_to_host_bytes,
          a.launches + b.launches,
          a.submissions + b.submissions,
          a.allocations + b.allocations};
}

}  // namespace tessera::pipeline
