#include <gtest/gtest.h>

#include <array>

#include "kernels/ref/ref.h"
#include "kernels/tone.h"
#include "tests/ops/cuda_host.h"
#include "tests/ops/planes.h"

/// Jobs of several pictures in one batch: one launch a kernel, and what ref gives for each alone.
namespace tessera::kernels {
namespace {

using testing::DeviceMemory;

void expect_equal(const TestPlane& want, const Plane& got) {
  for (int y = 0; y < want.height(); ++y) {
    for (int x = 0; x < want.width(); ++x) {
      const uint8_t* at = got.data + y * got.stride + x * want.bytes();
      ASSERT_EQ(want.bytes() == 1 ? *at : at[0] | at[1] << 8, want.get(x, y)) << x << ", " << y;
    }
  }
}

class CudaBatch : public ::testing::TestWithParam<DeviceMemory::Layout> {};

TEST_P(CudaBatch, MapsPicturesInOneLaunch) {
  const ToneTables pq = make_tone_tables(HdrTransfer::kPq, 1000), hlg = make_tone_tables(HdrTransfer::kHlg, 1000);
  DeviceMemory memory(GetParam());
  const ToneTable tables[] = {memory.put(pq.view()), memory.put(hlg.view())};
  cuda::Batch batch;
  std::vector<std::pair<TestPlane, Plane>> planes;
  uint32_t seed = 20;
  for (int i = 0; i < 6; ++i) {
    const int width = 37 + 141 * (i % 3), height = 51 + 2 * i, depth = i % 2 == 0 ? 8 : 10;
    const TestPlane y = noise_plane(width, height, 10, ++seed);
    const TestPlane u = noise_plane((width + 1) / 2, (height + 1) / 2, 10, ++seed);
    const TestPlane v = noise_plane((width + 1) / 2, (height + 1) / 2, 10, ++seed);
    const ConstPlane on_device[] = {memory.put(y.reader()), memory.put(u.reader()), memory.put(v.reader())};
    for (int plane = 0; plane < 3; ++plane) {
      if (i == 4 && plane == 1) continue;  // one that leaves a plane out
      const TestPlane& like = plane == 0 ? y : u;
      TestPlane want(like.width(), like.height(), depth);
      ToneMapParams p{y.reader(),
                      u.reader(),
                      v.reader(),
                      want.writer(),
                      {0, 0, like.width(), like.height()},
                      plane,
                      i < 3 ? pq.view() : hlg.view()};
      const Plane got = memory.put(want.writer());
      ref::tone_map(p, 0, p.rect.h);
      batch.add(ToneMapParams{on_device[0], on_device[1], on_device[2], got, p.rect, plane, tables[i < 3 ? 0 : 1]});
      planes.emplace_back(std::move(want), got);
    }
  }
  cuda::Launches launches;
  batch.take(launches);
  ASSERT_EQ(launches.launches.size(), 1u);
  testing::run(launches);
  EXPECT_TRUE(memory.guards_intact());
  for (const auto& [want, got] : planes) expect_equal(want, got);
}

TEST_P(CudaBatch, WarpsSpritesInOneLaunch) {
  DeviceMemory memory(GetParam());
  cuda::Batch batch;
  std::vector<std::pair<TestPlane, Plane>> planes;
  for (int i = 0; i < 8; ++i) {
    const bool chroma = i % 2 != 0;
    const int depth = i < 4 ? 8 : 10, width = 90 + 60 * i, height = 61 + i;
    const TestPlane src = noise_plane(80, 60, depth, static_cast<uint32_t>(40 + i));
    TestPlane want(chroma ? (width + 1) / 2 : width, chroma ? (height + 1) / 2 : height, depth);
    WarpParams p;
    p.src = src.reader();
    p.rect = {i, 2, want.width() - 2 * i, want.height() - 3};
    p.from = {60000 - 9000 * i, 20000, -20000, 61000, 3000000 * i, 1000000};  // turned about as much as it is shrunk
    p.nothing = 16 * i;
    p.chroma = chroma;
    p.width = width;
    p.height = height;
    p.dst = memory.put(want.writer());
    WarpParams on_host = p;
    on_host.dst = want.writer();
    ref::warp(on_host, 0, p.rect.h);
    p.src = memory.put(p.src);
    batch.add(p);
    planes.emplace_back(std::move(want), p.dst);
  }
  cuda::Launches launches;
  batch.take(launches);
  ASSERT_EQ(launches.launches.size(), 1u);
  testing::run(launches);
  EXPECT_TRUE(memory.guards_intact());
  for (const auto& [want, got] : planes) expect_equal(want, got);
}

INSTANTIATE_TEST_SUITE_P(Layouts, CudaBatch,
                         ::testing::Values(DeviceMemory::Layout::kAligned, DeviceMemory::Layout::kOdd),
                         [](const auto& layout) {
                           return layout.param == DeviceMemory::Layout::kAligned ? "aligned" : "anywhere";
                         });

}  // namespace
}  // namespace tessera::kernels
