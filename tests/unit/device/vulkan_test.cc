#include <gtest/gtest.h>

#include "gpu_checks.h"
#include "tests/support/vulkan_device.h"

namespace tessera::device {
namespace {

class Vulkan : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(vulkan::validation_messages(), 0); }
};

TEST_F(Vulkan, GivesTheBytesOfTheReference) {
  OPEN_OR_SKIP(gpu, false);
  expect_same_bytes(gpu, 1, 24);
}

TEST_F(Vulkan, GivesTheBytesOfTheReferenceAsACardWould) {
  OPEN_OR_SKIP(gpu, true);
  expect_same_bytes(gpu, 25, 40);
}

TEST_F(Vulkan, KeepsFramesInFlightAndMovesEachPictureOnce) {
  OPEN_OR_SKIP(gpu, false);
  expect_steady(gpu, false);
}

TEST_F(Vulkan, KeepsFramesInFlightThroughStaging) {
  OPEN_OR_SKIP(gpu, true);
  expect_steady(gpu, true);
}

TEST_F(Vulkan, DownloadsAnySurfaceAndOutlivesItsDevice) {
  for (const bool staged : {false, true}) {
    OPEN_OR_SKIP(gpu, staged);
    (void)gpu;
    expect_downloads_outlive(std::move(opened_gpu));
  }
}

TEST_F(Vulkan, DownloadsWhatTheLastPlanLeft) {
  for (const bool staged : {false, true}) {
    OPEN_OR_SKIP(gpu, staged);
    expect_downloads_are_of_now(gpu);
  }
}

TEST_F(Vulkan, RefusesPlansThatWouldLeaveTheirSurfacesAndGoesOn) {
  OPEN_OR_SKIP(gpu, false);
  expect_refuses_and_goes_on(gpu);
}

TEST_F(Vulkan, SaysHowMuchThereIsWhenMemoryIsFull) {
  OPEN_OR_SKIP(gpu, false);
  expect_full_memory_is_told(gpu);
}

}  // namespace
}  // namespace tessera::device
