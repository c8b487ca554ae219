#pragma once

#include <gtest/gtest.h>

#include "engine/device/vulkan/vulkan.h"

/// The Vulkan device in tests: with the validation layer. A machine that lacks a driver or the layer runs none of them,
/// and says so; one that has them must pass.
namespace tessera::device {

/// Opens `name`, or skips the test.
#define OPEN_OR_SKIP(name, staged)                                            \
  auto opened_##name = ::tessera::device::open_for_test(staged);              \
  if (!opened_##name && ::tessera::device::is_missing(opened_##name.error())) \
    GTEST_SKIP() << describe(opened_##name.error());                          \
  ASSERT_TRUE(opened_##name) << describe(opened_##name.error());              \
  ::tessera::device::Device& name = **opened_##name

inline bool is_missing(const Error& error) {
  return error.detail.find("validation layer says") == std::string::npos && error.code == Errc::kDevice;
}

inline Result<std::unique_ptr<Device>> open_for_test(bool staged) {
  const vulkan::Options options{.software = true, .validation = true, .staged = staged};
  // One device stays open, so that the driver is never unloaded: what it leaks of its own can then be told from ours.
  static const auto* const kept = new Result<std::unique_ptr<Device>>(vulkan::create(options));
  if (!*kept) return tl::unexpected<Error>(kept->error());
  return vulkan::create(options);
}

}  // namespace tessera::device

#ifdef __SANITIZE_ADDRESS__
extern "C" __attribute__((used)) inline const char* __lsan_default_suppressions() {
  return "leak:libvulkan\nleak:libLLVM\nleak:libVkLayer\n";
}
#endif
