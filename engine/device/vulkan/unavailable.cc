#include "engine/device/vulkan/vulkan.h"

/// Stands in for the rest of this folder where the build lacks what it needs.
namespace tessera::device::vulkan {
namespace {

tl::unexpected<Error> unavailable() {
  return fail(Errc::kDevice, "device.vulkan",
              "this build is without Vulkan: install libvulkan-dev and glslc and build again, or use --device cpu");
}

}  // namespace

Result<std::unique_ptr<Device>> create(const Options&) { return unavailable(); }
Result<std::vector<Adapter>> adapters() { return unavailable(); }
int64_t validation_messages() { return 0; }

}  // namespace tessera::device::vulkan
