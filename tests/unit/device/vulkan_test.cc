#include "engine/device/vulkan/vulkan.h"

#include <gtest/gtest.h>

#include "random_plans.h"

namespace tessera::device {
namespace {

/// A device on the software driver or whatever there is, with the validation layer where that is installed.
Result<std::unique_ptr<Device>> open(bool staged = false) {
  return vulkan::create({.software = true, .validation = true, .staged = staged});
}

/// A machine that lacks a driver or the layer runs none of this, and says so; one that has them must pass.
bool is_missing(const Error& error) {
  return error.detail.find("validation layer says") == std::string::npos && error.code == Errc::kDevice;
}

#define OPEN_OR_SKIP(device, ...)                                                                                 \
  auto opened_##device = open(__VA_ARGS__);                                                                       \
  if (!opened_##device && is_missing(opened_##device.error())) GTEST_SKIP() << describe(opened_##device.error()); \
  ASSERT_TRUE(opened_##device) << describe(opened_##device.error());                                              \
  Device& device = **opened_##device

void expect_same_bytes(bool staged) {
  OPEN_OR_SKIP(gpu, staged);
  const auto cpu = create_device("cpu", {1, "scalar"}).value();
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    RandomShow show(seed);
    SCOPED_TRACE(show.describe());
    const auto want = show.run(*cpu), got = show.run(gpu);
    ASSERT_TRUE(want) << describe(want.error());
    ASSERT_TRUE(got) << describe(got.error());
    for (size_t i = 0; i < want->size(); ++i) ASSERT_EQ(difference(*(*want)[i], *(*got)[i]), "") << "surface " << i;
  }
  EXPECT_EQ(vulkan::validation_messages(), 0);
}

TEST(Vulkan, GivesTheBytesOfTheReference) { expect_same_bytes(false); }
TEST(Vulkan, GivesTheBytesOfTheReferenceThroughStaging) { expect_same_bytes(true); }

}  // namespace
}  // namespace tessera::device
