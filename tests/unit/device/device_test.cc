#include "engine/device/device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "engine/base/hash.h"
#include "engine/device/cpu/cpu_device.h"
#include "engine/device/expand.h"
#include "tests/support/rounds.h"
#include "tests/unit/device/random_plans.h"

namespace tessera::device {
namespace {

using media::canvas_format;

std::unique_ptr<Device> cpu_device(const std::string& simd = "auto") { return create_device("cpu", {simd}).value(); }

SurfaceRef noise(Device& device, const media::FrameFormat& format, uint32_t seed) {
  SurfaceRef surface = device.surface(format).value();
  for (media::Plane& p : surface->planes) {
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        seed = seed * 1664525u + 1013904223u;
        p.data[y * p.stride + x] = static_cast<uint8_t>(seed >> 24);
      }
    }
  }
  return surface;
}

std::string hash(const media::Frame& frame) {
  Hash128Hasher hasher;
  for (const media::Plane& p : frame.planes) {
    for (int y = 0; y < p.height; ++y) hasher.add({p.data + y * p.stride, static_cast<size_t>(p.width)});
  }
  return hasher.finish().hex();
}

FramePlan one(Operation operation) {
  FramePlan plan;
  plan.batches.push_back({{std::move(operation)}});
  return plan;
}

bool has_gpu() {
  const auto vulkan = vulkan_adapters();
  const auto cuda = cuda_adapters();
  const auto hardware = [](const Adapter& a) { return a.missing.empty() && a.type != "software"; };
  return (vulkan && std::any_of(vulkan->begin(), vulkan->end(), hardware)) ||
         (cuda && std::any_of(cuda->begin(), cuda->end(), [](const CudaAdapter& a) { return a.missing.empty(); }));
}

TEST(CreateDevice, SaysWhatIsMissing) {
  if (!has_gpu()) {
    EXPECT_EQ(create_device("auto", {})->get()->name(), "cpu");
    EXPECT_EQ(create_device("cuda", {}).error().code, Errc::kDevice);
  }
  EXPECT_EQ(create_device("gpu", {}).error().code, Errc::kUsage);
  EXPECT_EQ(describe(create_device("gpu", {}).error()),
            "device.create: no device \"gpu\": want auto, cpu, vulkan or cuda");
  const Error level = create_device("cpu", {"mmx"}).error();
  EXPECT_EQ(level.code, Errc::kUsage);
  EXPECT_EQ(describe(level).find("device.create: no SIMD level \"mmx\" on this machine: want one of auto, scalar"), 0u);
}

TEST(Surfaces, GoBackToThePoolAndOutliveTheDevice) {
  auto device = cpu_device();
  const media::FrameFormat small = canvas_format(64, 48, 8), large = canvas_format(96, 48, 10);
  SurfaceRef first = device->surface(small).value();
  const uint8_t* memory = first->planes[0].data;
  SurfaceRef second = device->surface(small).value();
  EXPECT_NE(second->planes[0].data, memory);
  first.reset();
  EXPECT_EQ(device->counters().allocations, 2);
  first = device->surface(small).value();
  EXPECT_EQ(first->planes[0].data, memory);
  EXPECT_EQ(device->counters().allocations, 2);
  const SurfaceRef other = device->surface(large).value();
  EXPECT_EQ(device->counters().allocations, 3);
  EXPECT_EQ(device->surface(canvas_format(9000, 2, 8)).error().code, Errc::kLimit);
  device.reset();
  std::memset(first->planes[0].data, 7, 64);
}

TEST(Surfaces, OfOneUseDoNotPileUp) {
  const auto device = cpu_device();
  for (int w = 2; w < 400; w += 2) EXPECT_TRUE(device->surface(canvas_format(w, 2, 8)));
  const int64_t made = device->counters().allocations;
  EXPECT_TRUE(device->surface(canvas_format(2, 2, 8)));  // long unused, so given up
  EXPECT_EQ(device->counters().allocations, made + 1);
  EXPECT_TRUE(device->surface(canvas_format(398, 2, 8)));  // dropped last, so kept
  EXPECT_EQ(device->counters().allocations, made + 1);
}

/// All kinds of operation, with blends that overlap.
std::string run_everything(const std::string& simd) {
  const auto device = cpu_device(simd);
  media::FrameFormat canvas = canvas_format(301, 277, 8), source = canvas_format(150, 100, 8), alpha = canvas;
  alpha.has_alpha = true;
  media::FrameFormat turned = canvas_format(100, 150, 8);
  const SurfaceRef dst = noise(*device, canvas, 1), src = noise(*device, source, 2), layer = noise(*device, alpha, 3);
  const SurfaceRef other = noise(*device, canvas, 4), upright = noise(*device, turned, 5),
                   mask = noise(*device, canvas, 6);
  const Rect whole{0, 0, 301, 277};
  FramePlan plan;
  plan.batches.push_back({{Rotate{src, upright, {0, 0, 100, 150}, 3}}});
  plan.batches.push_back(
      {{Resample{upright, other, whole, taps(100, 301), taps(150, 277), taps(50, 151), taps(75, 139)}}});
  plan.batches.push_back({{Fill{dst, {0, 0, 301, 100}, {40, 50, 60, 0}}, Copy{src, dst, {100, 100, 100, 90}, 20, 4}}});
  plan.batches.push_back({{Mask{mask, whole, {300, 200, 18000, 16000, 3000}}}});
  const Blend below{other, dst, mask, {10, 10, 250, 200}, 700, {16, 128, 128}};
  const Blend above{layer, dst, nullptr, {60, 40, 241, 237}, 1000, {16, 128, 128}};
  plan.batches.push_back({{below, above, below}});
  const SurfaceRef result = device->surface(canvas).value();
  plan.batches.push_back(
      {{Convert{dst, result, whole, kernels::ConvertMatrix{15000, 300, -900, 16000, 100, 50, 17000, 16, 16, 128}}}});
  const auto done = device->execute(plan);
  EXPECT_TRUE(done) << describe(done.error());
  EXPECT_EQ(device->counters().launches, 6);
  return hash(*dst) + hash(*result);
}

/// Runs each batch to its end before the next, whole planes with the scalar reference: what a plan means.
class BatchByBatch final : public Device {
 public:
  std::string name() const override { return "reference"; }
  const Limits& limits() const override { return limits_; }
  Counters counters() const override { return {}; }
  Result<std::shared_ptr<media::Frame>> surface(const media::FrameFormat& format) override {
    return media::allocate_frame(format);
  }
  Result<media::FrameRef> download(const media::FrameRef& surface) override { return surface; }
  Result<void> execute(const FramePlan& plan) override {
    for (const Batch& batch : plan.batches) {
      std::vector<PlaneJob> jobs;
      for (const Operation& operation : batch.operations) TESSERA_TRY(expand(operation, jobs));
      for (const PlaneJob& job : jobs) std::visit([this](const auto& p) { run(p); }, job);
    }
    return {};
  }

 private:
  void run(const kernels::FillParams& p) { ops_.fill(p, 0, p.rect.h); }
  void run(const kernels::CopyParams& p) { ops_.copy(p, 0, p.rect.h); }
  void run(const kernels::RotateParams& p) { ops_.rotate(p, 0, p.rect.h); }
  void run(const kernels::ConvertParams& p) { ops_.convert(p, 0, p.rect.h); }
  void run(const kernels::MaskParams& p) { ops_.mask(p, 0, p.rect.h); }
  void run(const kernels::BlendParams& p) { ops_.blend(p, 0, p.rect.h); }
  void run(const kernels::ResampleParams& p) {
    std::vector<uint8_t> scratch(ops_.resample_scratch(p) + 64);
    ops_.resample(p, 0, p.rect.h, scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64));
  }

  Limits limits_{8192, true, 1};
  const kernels::Ops& ops_ = *kernels::implementations().front();
};

TEST(Execute, InBandsGivesTheBytesOfBatchAfterBatch) {
  for (uint32_t seed = 1000; seed < 1060; seed += kOneRoundIn) {
    BatchByBatch reference;
    const auto device = cpu::create(*kernels::implementations().back(), 1 + static_cast<int>(seed % 40));
    const auto want = RandomShow(seed).run(reference), got = RandomShow(seed).run(*device);
    ASSERT_TRUE(want && got) << RandomShow(seed).describe();
    ASSERT_EQ(want->size(), got->size());
    for (size_t i = 0; i < want->size(); ++i) {
      ASSERT_EQ(difference(*(*want)[i], *(*got)[i]), "") << "surface " << i << " of " << RandomShow(seed).describe();
    }
  }
}

TEST(Execute, GivesTheSameBytesOnEverySimdLevel) {
  const std::vector<std::string> levels = simd_levels();
  ASSERT_GE(levels.size(), 2u) << "no vector instructions: nothing was compared";
  EXPECT_EQ(levels.front(), "scalar");
  const std::string want = run_everything("scalar");
  for (const std::string& level : levels) EXPECT_EQ(run_everything(level), want) << level;
}

TEST(Execute, AppliesBlendsOfABatchInOrder) {
  const auto device = cpu_device();
  const media::FrameFormat format = canvas_format(64, 64, 8);
  const SurfaceRef dst = noise(*device, format, 1), red = device->surface(format).value(),
                   blue = device->surface(format).value();
  const Rect whole{0, 0, 64, 64};
  FramePlan plan;
  plan.batches.push_back({{Fill{red, whole, {63, 102, 240, 0}}, Fill{blue, whole, {32, 240, 118, 0}}}});
  plan.batches.push_back({{Blend{red, dst, nullptr, whole, 1024, {16, 128, 128}},
                           Blend{blue, dst, nullptr, {0, 0, 64, 32}, 1024, {16, 128, 128}}}});
  ASSERT_TRUE(device->execute(plan));
  EXPECT_EQ(dst->planes[0].data[31 * dst->planes[0].stride], 32);
  EXPECT_EQ(dst->planes[0].data[32 * dst->planes[0].stride], 63);
}

TEST(Execute, RefusesPlansThatWouldLeaveTheirSurfaces) {
  const auto device = cpu_device();
  const SurfaceRef a = noise(*device, canvas_format(64, 48, 8), 1), b = noise(*device, canvas_format(32, 48, 8), 2);
  const SurfaceRef deep = device->surface(canvas_format(64, 48, 10)).value();
  const auto error = [&](Operation operation) {
    const auto done = device->execute(one(std::move(operation)));
    EXPECT_FALSE(done);
    return done ? std::string() : describe(done.error());
  };
  EXPECT_EQ(error(Fill{a, {0, 0, 66, 10}, {}}), "device.plan: fill: rect 66x10+0+0 is not inside the surface of 64x48");
  EXPECT_EQ(error(Fill{a, {-2, 0, 6, 10}, {}}), "device.plan: fill: rect 6x10+-2+0 is not inside the surface of 64x48");
  EXPECT_EQ(error(Fill{a, {1, 0, 6, 10}, {}}), "device.plan: fill: rect 6x10+1+0 is not on the chroma grid");
  EXPECT_EQ(error(Fill{nullptr, {0, 0, 6, 10}, {}}), "device.plan: fill: no surface to write");
  EXPECT_EQ(error(Copy{b, a, {0, 0, 64, 48}, 0, 0}), "device.plan: copy: rect 64x48+0+0 is not inside the source");
  EXPECT_EQ(error(Copy{deep, a, {0, 0, 64, 48}, 0, 0}), "device.plan: copy: the surfaces' formats differ");
  EXPECT_EQ(error(Rotate{a, b, {0, 0, 32, 48}, 1}),
            "device.plan: rotate: the surface to write has not the turned picture's format");
  EXPECT_EQ(error(Resample{b, a, {0, 0, 64, 48}, taps(32, 64), taps(48, 48), taps(32, 32), taps(24, 24)}),
            "device.plan: resample: the taps of plane 1 are not for 32x24+0+0");
  EXPECT_EQ(error(Resample{b, a, {0, 0, 64, 48}, taps(32, 63), taps(48, 48), taps(16, 32), taps(24, 24)}),
            "device.plan: resample: the taps of plane 0 are not for 64x48+0+0");
  EXPECT_EQ(error(Blend{b, a, nullptr, {0, 0, 32, 48}, 1024, {}}),
            "device.plan: blend: the surfaces' formats differ or are not 4:2:0");
  EXPECT_EQ(error(Blend{deep, a, nullptr, {0, 0, 32, 48}, 1024, {}}),
            "device.plan: blend: the surfaces' formats differ or are not 4:2:0");
  EXPECT_EQ(error(Mask{deep, {0, 0, 32, 48}, {}}), "device.plan: mask: want an 8 bit 4:2:0 surface");
  EXPECT_EQ(error(Convert{a, a, {0, 0, 32, 48}, {}}), "device.plan: convert: want two surfaces");
}

}  // namespace
}  // namespace tessera::device
