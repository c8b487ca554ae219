#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "engine/device/cuda/cuda.h"
#include "gpu_checks.h"
#include "random_plans.h"
#include "simulated_driver.h"

namespace tessera::device {
namespace {

std::unique_ptr<Device> gpu() {
  auto made = cuda::create();
  EXPECT_TRUE(made) << describe(made.error());
  return *std::move(made);
}

TEST(Cuda, GivesTheBytesOfTheReference) { expect_same_bytes(*gpu(), 1, 40); }
TEST(Cuda, KeepsFramesInFlightAndMovesEachPictureOnce) { expect_steady(*gpu(), true); }
TEST(Cuda, DownloadsAnySurfaceAndOutlivesItsDevice) { expect_downloads_outlive(cuda::create()); }
TEST(Cuda, DownloadsWhatTheLastPlanLeft) { expect_downloads_are_of_now(*gpu()); }
TEST(Cuda, RefusesPlansThatWouldLeaveTheirSurfacesAndGoesOn) { expect_refuses_and_goes_on(*gpu()); }
TEST(Cuda, SaysSoWhenMemoryIsFull) { expect_full_memory_is_told(*gpu()); }

uint64_t address(const media::Plane& plane) { return reinterpret_cast<uint64_t>(plane.data); }

TEST(Cuda, SurfacesLieAsNvencTakesThem) {
  const auto device = gpu();
  for (const int depth : {8, 10}) {
    const auto surface = device->surface(media::canvas_format(270, 480, depth)).value();
    const auto& [y, u, v, alpha] = surface->planes;
    EXPECT_EQ(surface->memory, media::Memory::kCuda);
    EXPECT_EQ(y.stride, depth == 8 ? 512 : 1024);
    EXPECT_EQ(u.stride, y.stride / 2);
    EXPECT_EQ(v.stride, y.stride / 2);
    EXPECT_EQ(address(v), address(y) + static_cast<uint64_t>(y.stride * 480));
    EXPECT_EQ(address(u), address(v) + static_cast<uint64_t>(v.stride * 240));
    EXPECT_EQ(address(y) % 256, 0u);
    EXPECT_EQ(alpha.data, nullptr);
  }
  media::FrameFormat p010 = media::canvas_format(270, 480, 10);
  p010.semi_planar = true;
  p010.msb_shift = 6;
  const auto surface = device->surface(p010).value();
  EXPECT_EQ(surface->format, p010);
  EXPECT_EQ(surface->planes[1].stride, surface->planes[0].stride);
  EXPECT_EQ(address(surface->planes[1]), address(surface->planes[0]) + uint64_t{1024} * 480);
  EXPECT_EQ(address(surface->planes[2]), address(surface->planes[1]) + 2);
}

/// A plan that copies a picture to a new surface.
FramePlan copy_of(Device& device, const media::FrameRef& from, SurfaceRef& to) {
  to = device.surface(media::canvas_format(from->format.width, from->format.height, 8)).value();
  FramePlan plan;
  plan.batches.push_back({{Copy{from, to, {0, 0, from->format.width, from->format.height}, 0, 0}}});
  return plan;
}

TEST(Cuda, WhatAPlanReadsGoesBackOnceItIsDoneAndNoSooner) {
  const auto device = gpu();
  // As a decoder's surface would: in device memory that is somebody else's.
  const SurfaceRef memory = device->surface(media::canvas_format(64, 48, 8)).value();
  FramePlan fill;
  fill.batches.push_back({{Fill{memory, {0, 0, 64, 48}, {7, 7, 7, 0}}}});
  ASSERT_TRUE(device->execute(fill));
  std::weak_ptr<void> lent;
  SurfaceRef to;
  {
    auto decoded = std::make_shared<media::Frame>(*memory);
    decoded->owner = std::make_shared<int>(0);
    lent = decoded->owner;
    ASSERT_TRUE(device->execute(copy_of(*device, decoded, to)));
  }
  EXPECT_FALSE(lent.expired()) << "given back while the driver has not done the copy";
  const media::FrameRef host = device->download(to).value();
  EXPECT_TRUE(lent.expired()) << "kept after the copy";
  EXPECT_EQ(difference(*flat_frame(64, 48, 7), *host), "");
}

TEST(Cuda, FramesOutliveTheDeviceAndEachOther) {
  std::vector<media::FrameRef> kept;
  std::optional<media::CudaHandles> handles;
  {
    const auto device = gpu();
    handles = device->cuda_handles();
    ASSERT_TRUE(handles);
    EXPECT_NE(handles->stream, nullptr);
    SurfaceRef to;
    ASSERT_TRUE(device->execute(copy_of(*device, flat_frame(30, 22, 3), to)));
    kept.push_back(to);
    kept.push_back(device->download(to).value());
  }
  EXPECT_EQ(simulated_report()["live"]["streams"], 1);
  EXPECT_EQ(difference(*flat_frame(30, 22, 3), *kept.back()), "");
  kept.clear();
  handles.reset();
  EXPECT_EQ(simulated_report()["live"]["streams"], 0);
}

TEST(Cuda, TwoDevicesShareAGpuAndNothingElse) {
  const auto one = gpu(), other = gpu();
  EXPECT_EQ(one->cuda_handles()->context, other->cuda_handles()->context);
  EXPECT_NE(one->cuda_handles()->stream, other->cuda_handles()->stream);
  expect_same_bytes(*one, 50, 52);
  expect_same_bytes(*other, 50, 52);
  EXPECT_EQ(create_device("cpu", {})->get()->cuda_handles().has_value(), false);
}

TEST(Cuda, LargeParametersCrossAtOnce) {
  const auto device = gpu();
  const SurfaceRef surface = device->surface(media::canvas_format(1024, 1024, 8)).value();
  const auto many = [&] {
    FramePlan plan;
    plan.batches.emplace_back();
    for (int i = 0; i < 1024; ++i) {
      const auto value = static_cast<uint16_t>(i % 256);
      plan.batches.back().operations.push_back(
          Fill{surface, {i % 32 * 32, i / 32 * 32, 32, 32}, {value, value, value, 0}});
    }
    return plan;
  };
  ASSERT_TRUE(device->execute(many()));
  const Counters before = device->counters();
  EXPECT_GT(before.parameter_bytes, 65536);
  const auto host = device->download(surface).value();
  for (int i = 0; i < 1024; ++i) {
    ASSERT_EQ(host->planes[0].data[(i / 32 * 32 + 31) * host->planes[0].stride + i % 32 * 32 + 31], i % 256);
  }
}

}  // namespace
}  // namespace tessera::device
