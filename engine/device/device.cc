#include "engine/device/device.h"

#include <algorithm>
#include <thread>

#include "engine/device/cpu/cpu_device.h"

namespace tessera::device {

Result<std::unique_ptr<Device>> create_device(const std::string& kind, const DeviceOptions& options) {
  if (kind == "auto" || kind == "cpu") {
    if (options.threads < 0 || options.threads > 256) {
      return fail(Errc::kUsage, "device.create",
                  std::to_string(options.threads) + " threads: want 0 (one per core) to 256");
    }
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    return cpu::create(options.threads == 0 ? cores : options.threads);
  }
  if (kind == "vulkan" || kind == "cuda") {
    return fail(Errc::kDevice, "device.create", kind + ": this build has the cpu device only; use --device cpu");
  }
  return fail(Errc::kUsage, "device.create", "no device \"" + kind + "\": want auto, cpu, vulkan or cuda");
}

}  // namespace tessera::device
