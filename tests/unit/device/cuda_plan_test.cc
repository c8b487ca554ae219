#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "engine/device/cuda/plan_encoder.h"
#include "engine/device/device.h"
#include "random_plans.h"
#include "tests/ops/cuda_host.h"
#include "tests/support/rounds.h"

/// Plans for CUDA, worked off by the kernels' build for the CPU in plain memory: neither a GPU nor a driver is needed.
namespace tessera::device {
namespace {

/// Executes what the encoder gives.
class PlannedDevice final : public Device, private cuda::PlanMemory {
 public:
  std::string name() const override { return "cuda plans"; }
  const Limits& limits() const override { return limits_; }
  Counters counters() const override { return counters_; }

  /// Rows at multiples of 16 bytes, as on a GPU.
  Result<SurfaceRef> surface(const media::FrameFormat& format) override {
    TESSERA_TRY_ASSIGN(SurfaceRef frame, media::allocate_frame(format));
    frame->memory = media::Memory::kCuda;
    return frame;
  }

  Result<void> execute(const FramePlan& plan) override {
    FramePlan on_device = plan;
    for (Batch& batch : on_device.batches) {
      for (Operation& operation : batch.operations) std::visit([this](auto& op) { take_over(op); }, operation);
    }
    TESSERA_TRY(encoder_.encode(on_device, *this, encoded_));
    kernels::testing::run(encoded_);
    counters_.launches += static_cast<int64_t>(encoded_.launches.size());
    return {};
  }

  Result<media::FrameRef> download(const media::FrameRef& surface) override {
    auto host = std::make_shared<media::Frame>(*surface);
    host->memory = media::Memory::kHost;
    return host;
  }

  const cuda::EncodedPlan& encoded() const { return encoded_; }
  int tables() const { return tables_; }

 private:
  Result<cuda::DeviceTable> upload(std::span<const uint32_t> words) override {
    ++tables_;
    auto memory = std::make_shared<std::vector<uint32_t>>(words.begin(), words.end());
    memory->resize(words.size() + 4);
    auto* at = memory->data();
    while (reinterpret_cast<uintptr_t>(at) % 16 != 0) ++at;
    std::copy(words.begin(), words.end(), at);
    return cuda::DeviceTable{reinterpret_cast<uintptr_t>(at), memory};
  }

  void take_over(media::FrameRef& frame) const {
    if (frame == nullptr || frame->memory == media::Memory::kCuda) return;
    auto there = std::make_shared<media::Frame>(*frame);  // both are plain memory here
    there->memory = media::Memory::kCuda;
    frame = there;
  }
  void take_over(Fill&) const {}
  void take_over(Mask&) const {}
  void take_over(Blend& op) const {
    take_over(op.src);
    take_over(op.mask);
  }
  template <class Op>
  void take_over(Op& op) const {
    take_over(op.src);
  }

  Limits limits_{8192, true, 1};
  Counters counters_;
  cuda::PlanEncoder encoder_;
  cuda::EncodedPlan encoded_;
  int tables_ = 0;
};

TEST(CudaPlans, GiveTheBytesOfTheReference) {
  const auto cpu = create_device("cpu", {"scalar"}).value();
  for (uint32_t seed = 1; seed <= 16; seed += kOneRoundIn) {
    PlannedDevice cuda;
    RandomShow show(seed);
    SCOPED_TRACE(show.describe());
    const auto want = show.run(*cpu), got = show.run(cuda);
    ASSERT_TRUE(want) << describe(want.error());
    ASSERT_TRUE(got) << describe(got.error());
    for (size_t i = 0; i < want->size(); ++i) ASSERT_EQ(difference(*(*want)[i], *(*got)[i]), "") << "surface " << i;
    // The copies that prepare it and five batches, each of one launch.
    EXPECT_EQ(cuda.counters().launches, 6);
  }
}

TEST(CudaPlans, TakeOneLaunchABatchAndFewParameters) {
  PlannedDevice cuda;
  const media::FrameFormat canvas_format = media::canvas_format(1080, 1920, 8);
  media::FrameFormat sprite_format = canvas_format;
  sprite_format.has_alpha = true;
  const SurfaceRef canvas = cuda.surface(canvas_format).value(), sprite = cuda.surface(sprite_format).value();
  media::FrameFormat nv12 = media::canvas_format(720, 1280, 8);
  nv12.semi_planar = true;
  const Rect whole{0, 0, 1080, 1920};
  FramePlan plan;
  Batch resamples, blends, ladder;
  const auto across = taps(720, 270), down = taps(1280, 480), across2 = taps(360, 135), down2 = taps(640, 240);
  for (int guest = 0; guest < 8; ++guest) {
    const Rect tile{guest % 4 * 270, guest / 4 * 480, 270, 480};
    resamples.operations.emplace_back(Resample{cuda.surface(nv12).value(), canvas, tile, across, down, across2, down2});
  }
  for (int overlay = 0; overlay < 4; ++overlay)
    blends.operations.emplace_back(Blend{sprite, canvas, nullptr, {overlay * 200, 100, 300, 400}, 900, {16, 128, 128}});
  for (const int width : {1080, 720, 540, 360}) {
    const int height = width * 16 / 9;
    const SurfaceRef rendition = cuda.surface(media::canvas_format(width, height, 8)).value();
    ladder.operations.emplace_back(Resample{canvas,
                                            rendition,
                                            {0, 0, width, height},
                                            taps(1080, width),
                                            taps(1920, height),
                                            taps(540, width / 2),
                                            taps(960, height / 2)});
  }
  plan.batches.push_back({{Fill{canvas, whole, {16, 128, 128, 0}}}});
  plan.batches.push_back(resamples);
  plan.batches.push_back(blends);
  plan.batches.push_back(ladder);
  ASSERT_TRUE(cuda.execute(plan));
  EXPECT_EQ(cuda.encoded().launches.size(), 4u);
  EXPECT_LE(cuda.encoded().parameters.size(), 65536u);
  const int made = cuda.tables();
  ASSERT_TRUE(cuda.execute(plan));
  EXPECT_EQ(cuda.tables(), made);  // only new taps are uploaded
}

// What an encoder of 10 bit pictures takes: semi-planar, samples in the high bits.
TEST(CudaPlans, CopyOutToP010AsTheCpuDoes) {
  const auto cpu = create_device("cpu", {"scalar"}).value();
  std::mt19937 random(7);
  for (const auto& [width, height] : {std::pair(64, 48), std::pair(75, 33), std::pair(514, 100), std::pair(3, 2)}) {
    media::FrameFormat p010 = media::canvas_format(width, height, 10);
    p010.semi_planar = true;
    p010.msb_shift = 6;
    const auto picture = media::allocate_frame(media::canvas_format(width, height, 10)).value();
    for (const media::Plane& p : picture->planes) {
      for (int y = 0; y < p.height; ++y) {
        for (int x = 0; x < p.width; ++x)
          reinterpret_cast<uint16_t*>(p.data + y * p.stride)[x] = static_cast<uint16_t>(random() % 1024);
      }
    }
    PlannedDevice cuda;
    std::vector<media::FrameRef> out;
    for (Device* device : {cpu.get(), static_cast<Device*>(&cuda)}) {
      const SurfaceRef surface = device->surface(p010).value();
      ASSERT_TRUE(surface->format.semi_planar);
      FramePlan plan;
      plan.batches.push_back({{Copy{picture, surface, {0, 0, width, height}, 0, 0}}});
      ASSERT_TRUE(device->execute(plan));
      out.push_back(device->download(surface).value());
    }
    EXPECT_EQ(difference(*picture, *out[0]), "");
    EXPECT_EQ(difference(*out[0], *out[1]), "");
    const auto low_bits = reinterpret_cast<const uint16_t*>(out[1]->planes[2].data)[0] & 63;
    EXPECT_EQ(low_bits, 0);
    EXPECT_EQ(cuda.counters().launches, 1);
  }
}

TEST(CudaPlans, RefusePicturesInHostMemory) {
  struct NoMemory final : cuda::PlanMemory {
    Result<cuda::DeviceTable> upload(std::span<const uint32_t>) override { return cuda::DeviceTable{}; }
  } memory;
  cuda::PlanEncoder encoder;
  cuda::EncodedPlan encoded;
  FramePlan plan;
  plan.batches.push_back(
      {{Fill{media::allocate_frame(media::canvas_format(8, 8, 8)).value(), {0, 0, 8, 8}, {1, 2, 3, 0}}}});
  const auto refused = encoder.encode(plan, memory, encoded);
  ASSERT_FALSE(refused);
  EXPECT_EQ(describe(refused.error()), "device.plan: a picture that is not in the GPU's memory");
}

}  // namespace
}  // namespace tessera::device
