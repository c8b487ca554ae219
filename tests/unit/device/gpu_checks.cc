#include "gpu_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>

#include "random_plans.h"
#include "tests/support/rounds.h"

namespace tessera::device {
namespace {

FramePlan scaled(const media::FrameRef& from, const SurfaceRef& to, const std::array<TapsRef, 4>& tables) {
  FramePlan plan;
  const Rect whole{0, 0, to->format.width, to->format.height};
  plan.batches.push_back({{Resample{from, to, whole, tables[0], tables[1], tables[2], tables[3]}}});
  plan.results = {to};
  return plan;
}

}  // namespace

media::FrameRef flat_frame(int width, int height, uint8_t value) {
  auto frame = media::allocate_frame(media::canvas_format(width, height, 8)).value();
  for (const media::Plane& p : frame->planes) {
    for (int y = 0; y < p.height; ++y) std::fill_n(p.data + y * p.stride, p.width, value);
  }
  return frame;
}

void expect_same_bytes(Device& gpu, uint32_t first_seed, uint32_t last_seed) {
  const auto cpu = create_device("cpu", {"scalar"}).value();
  for (uint32_t seed = first_seed; seed <= last_seed; seed += kOneRoundIn) {
    RandomShow show(seed);
    SCOPED_TRACE(show.describe());
    const auto want = show.run(*cpu), got = show.run(gpu);
    ASSERT_TRUE(want) << describe(want.error());
    ASSERT_TRUE(got) << describe(got.error());
    for (size_t i = 0; i < want->size(); ++i) ASSERT_EQ(difference(*(*want)[i], *(*got)[i]), "") << "surface " << i;
  }
}

void expect_steady(Device& gpu, bool staged) {
  const std::array tables{taps(64, 48), taps(96, 72), taps(32, 24), taps(48, 36)};
  const media::FrameRef still = flat_frame(64, 96, 77);
  constexpr int64_t kBytes = 64 * 96 * 3 / 2, kDown = 48 * 72 * 3 / 2;
  std::deque<std::pair<media::FrameRef, uint8_t>> in_flight;
  Counters before;
  constexpr int kWarm = 8, kMeasured = 20;
  for (int n = 0; n < kWarm + kMeasured; ++n) {
    if (n == kWarm) before = gpu.counters();
    // Every other frame is new, the rest show one picture again.
    const auto value = static_cast<uint8_t>(n % 2 == 0 ? 77 : 100 + n);
    const SurfaceRef surface = gpu.surface(media::canvas_format(48, 72, 8)).value();
    ASSERT_TRUE(gpu.execute(scaled(n % 2 == 0 ? still : flat_frame(64, 96, value), surface, tables)));
    in_flight.emplace_back(surface, value);
    if (in_flight.size() < static_cast<size_t>(gpu.limits().max_frames_in_flight)) continue;
    const media::FrameRef host = gpu.download(in_flight.front().first).value();
    EXPECT_EQ(difference(*flat_frame(48, 72, in_flight.front().second), *host), "") << n;
    in_flight.pop_front();
  }
  const Counters after = gpu.counters();
  EXPECT_EQ(after.allocations, before.allocations);
  EXPECT_EQ(after.submissions - before.submissions, kMeasured);
  EXPECT_EQ(after.launches - before.launches, kMeasured);
  EXPECT_EQ(after.host_to_device_bytes - before.host_to_device_bytes, kMeasured / 2 * kBytes);
  EXPECT_EQ(after.device_to_host_bytes - before.device_to_host_bytes, staged ? kMeasured * kDown : 0);
}

void expect_downloads_outlive(Result<std::unique_ptr<Device>> opened) {
  ASSERT_TRUE(opened) << describe(opened.error());
  Device& gpu = **opened;
  const SurfaceRef first = gpu.surface(media::canvas_format(30, 22, 8)).value();
  FramePlan plan;
  plan.batches.push_back({{Fill{first, {0, 0, 30, 22}, {9, 9, 9, 0}}}});
  ASSERT_TRUE(gpu.execute(plan));  // names no results
  for (int n = 0; n < 5; ++n) {
    const SurfaceRef other = gpu.surface(media::canvas_format(30, 22, 8)).value();
    plan.batches.front().operations.front() = Fill{other, {0, 0, 30, 22}, {1, 2, 3, 0}};
    ASSERT_TRUE(gpu.execute(plan));
  }
  const media::FrameRef host = gpu.download(first).value();
  opened = fail(Errc::kDevice, "test", "closed");
  EXPECT_EQ(difference(*flat_frame(30, 22, 9), *host), "");
}

void expect_downloads_are_of_now(Device& gpu) {
  const SurfaceRef again = gpu.surface(media::canvas_format(30, 22, 8)).value();
  const SurfaceRef other = gpu.surface(media::canvas_format(30, 22, 8)).value();
  const Rect all{0, 0, 30, 22};
  FramePlan plan;
  plan.batches.push_back({{Fill{again, all, {9, 9, 9, 0}}}});
  plan.results = {again};
  ASSERT_TRUE(gpu.execute(plan));
  EXPECT_EQ(difference(*flat_frame(30, 22, 9), *gpu.download(again).value()), "");
  plan.batches.front().operations = {Fill{again, all, {5, 5, 5, 0}}, Fill{other, all, {7, 7, 7, 0}}};
  plan.results = {other};
  ASSERT_TRUE(gpu.execute(plan));
  EXPECT_EQ(difference(*flat_frame(30, 22, 7), *gpu.download(other).value()), "");
  EXPECT_EQ(difference(*flat_frame(30, 22, 5), *gpu.download(again).value()), "");
}

void expect_refuses_and_goes_on(Device& gpu) {
  const SurfaceRef a = gpu.surface(media::canvas_format(64, 48, 8)).value();
  FramePlan plan;
  plan.batches.push_back({{Fill{a, {0, 0, 66, 10}, {}}}});
  const auto refused = gpu.execute(plan);
  ASSERT_FALSE(refused);
  EXPECT_EQ(describe(refused.error()), "device.plan: fill: rect 66x10+0+0 is not inside the surface of 64x48");
  EXPECT_EQ(gpu.surface(media::canvas_format(9000, 2, 8)).error().code, Errc::kLimit);
  plan.batches.front().operations.front() = Fill{a, {0, 0, 64, 48}, {5, 5, 5, 0}};
  ASSERT_TRUE(gpu.execute(plan));
  EXPECT_EQ(difference(*flat_frame(64, 48, 5), *gpu.download(a).value()), "");
}

void expect_full_memory_is_told(Device& gpu) {
  std::vector<SurfaceRef> held;
  Result<SurfaceRef> last = fail(Errc::kInternal, "test", "none");
  for (int n = 0; n < 64; ++n) {
    last = gpu.surface(media::canvas_format(4096, 4096, 10));
    if (!last) break;
    held.push_back(*last);
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, Errc::kCapacity);
  EXPECT_TRUE(last.error().retryable);
  held.clear();
  EXPECT_TRUE(gpu.surface(media::canvas_format(4096, 4096, 10)));
}

}  // namespace tessera::device
