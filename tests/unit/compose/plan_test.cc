#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>

#include "engine/compose/compositor.h"
#include "engine/compose/geometry.h"
#include "pictures.h"

namespace tessera::compose {
namespace {

using device::Operation;
using scene::Layer;

/// What an operation does to a surface.
struct Access {
  const media::Frame* surface = nullptr;
  Rect rect;
  bool writes = false, blends = false;
};

/// Its destination, source and mask; those it does not have have no surface.
std::array<Access, 3> accesses_of(const Operation& operation) {
  const bool blends = std::holds_alternative<device::Blend>(operation);
  std::array<Access, 3> found;
  std::visit(
      [&](const auto& op) {
        found[0] = {op.dst.get(), op.rect, true, blends};
        if constexpr (requires { op.src; }) {
          // Blends and conversions read the rect that they write, the others any.
          const bool in_place = blends || requires { op.matrix; };
          const Rect all{0, 0, op.src->format.width, op.src->format.height};
          found[1] = {op.src.get(), in_place ? op.rect : all, false, false};
        }
        if constexpr (requires { op.mask; }) {
          found[2] = {op.mask.get(), op.rect, false, false};
        }
      },
      operation);
  return found;
}

bool in_each_others_way(const Operation& a, const Operation& b) {
  for (const Access& x : accesses_of(a)) {
    for (const Access& y : accesses_of(b)) {
      if (x.surface == nullptr || x.surface != y.surface || !overlaps(x.rect, y.rect) || !(x.writes || y.writes))
        continue;
      if (!(x.blends && y.blends)) return true;
    }
  }
  return false;
}

/// The CPU, which looks at the plans it gets.
class Watching final : public device::Device {
 public:
  std::string name() const override { return cpu_->name(); }
  const device::Limits& limits() const override { return cpu_->limits(); }
  device::Counters counters() const override { return cpu_->counters(); }
  Result<std::shared_ptr<media::Frame>> surface(const media::FrameFormat& f) override { return cpu_->surface(f); }
  Result<media::FrameRef> download(const media::FrameRef& surface) override { return cpu_->download(surface); }

  Result<void> execute(const device::FramePlan& plan) override {
    most_batches = std::max(most_batches, plan.batches.size());
    for (const device::Batch& batch : plan.batches) {
      for (size_t i = 0; i < batch.operations.size(); ++i) {
        EXPECT_EQ(device::class_of(batch.operations[i]), device::class_of(batch.operations.front()));
        for (size_t k = 0; k < i; ++k)
          conflicts += in_each_others_way(batch.operations[i], batch.operations[k]) ? 1 : 0;
      }
    }
    return cpu_->execute(plan);
  }

  size_t most_batches = 0;
  int conflicts = 0;

 private:
  std::unique_ptr<device::Device> cpu_ = cpu();
};

class RandomLayers {
 public:
  explicit RandomLayers(uint32_t seed) : random_(seed) {}

  Layer layer() {
    const int w = 2 * pick(5, 90), h = 2 * pick(5, 90);
    Layer layer = chance(10) ? colour_layer(0x336699, {}) : take_layer(pixels(0, 0, w, h), {});
    layer.dst = {place(180), place(260), w * 64, h * 64};
    if (chance(60)) layer.dst.w = pick(64, 200 * 64);
    if (chance(60)) layer.dst.h = pick(64, 200 * 64);
    if (chance(30)) layer.orientation = static_cast<media::Orientation>(pick(1, 7));
    if (chance(30)) layer.radius = pick(1, 40 * 64);
    if (chance(30)) layer.opacity = pick(1, 1023);
    if (chance(30)) layer.effect = scene::Effect::kBlur;
    return layer;
  }

  media::FrameRef picture() {
    media::FrameFormat format = media::canvas_format(180, 180, chance(30) ? 10 : 8);
    format.has_alpha = chance(20);
    if (chance(30)) format.chroma_shift_x = format.chroma_shift_y = 0;
    if (chance(30)) format.colour.matrix = media::Matrix::kBt601;
    return flat_frame(format, {100, 90, 140, 200});
  }

  int pick(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

 private:
  bool chance(int percent) { return pick(1, 100) <= percent; }
  int place(int most) { return chance(50) ? 128 * pick(-20, most / 2) : pick(-20 * 64, most * 64); }

  std::mt19937 random_;
};

TEST(FramePlans, HaveSixBatchesAtMostWhoseOperationsNeedNothingOfOneAnother) {
  const char* given = std::getenv("TESSERA_SEED");
  const uint32_t seed = given != nullptr ? static_cast<uint32_t>(std::stoul(given)) : std::random_device{}();
  std::printf("TESSERA_SEED=%u\n", seed);
  RandomLayers random(seed);
  Watching device;
  const auto c = Compositor::create(device, {media::canvas_format(202, 302, 8), {{202, 302}, {100, 150}, {50, 76}}});
  for (int frame = 0; frame < 300; ++frame) {
    scene::DrawList list{202, 302, 0x101010, {}};
    std::vector<media::FrameRef> pictures;
    for (int n = random.pick(0, 9); n > 0; --n) {
      list.layers.push_back(random.layer());
      pictures.push_back(random.picture());
    }
    ASSERT_TRUE((*c)->compose(list, pictures)) << frame;
    ASSERT_EQ(device.conflicts, 0) << "frame " << frame;
  }
  EXPECT_EQ(device.most_batches, 6u);
}

TEST(SolidParts, AreWhollyCoveredAndMostOfATile) {
  constexpr int kSide = 120;
  const device::SurfaceRef mask = media::allocate_frame(media::canvas_format(kSide, kSide, 8)).value();
  std::mt19937 random(5);
  const auto pick = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
  const auto device = cpu();
  for (int n = 0; n < 2000; ++n) {
    const scene::Rect64 r{pick(-2000, 6000), pick(-2000, 6000), pick(64, 8000), pick(64, 8000)};
    const int radius = pick(0, 3) == 0 ? 0 : pick(0, std::min(r.w, r.h) / 2);
    SCOPED_TRACE(testing::Message() << r.w << "x" << r.h << "+" << r.x << "+" << r.y << " radius " << radius);
    const Rect rect = touched(r, kSide, kSide), solid = solid_part(r, radius, kSide, kSide);
    if (is_empty(rect) || is_empty(solid)) continue;
    device::FramePlan plan;
    plan.batches.push_back({{device::Mask{mask, rect, {r.x, r.y, r.w, r.h, radius}}}});
    ASSERT_TRUE(device->execute(plan));
    for (const int plane : {0, 1}) {
      for (int y = solid.y >> plane; y < (solid.y + solid.h) >> plane; ++y) {
        for (int x = solid.x >> plane; x < (solid.x + solid.w) >> plane; ++x)
          ASSERT_EQ(sample(*mask, static_cast<size_t>(plane), x, y), 255) << plane << " at " << x << "," << y;
      }
    }
  }
  const Rect tile = solid_part(pixels(2, 2, 100, 110), 12 * 64, kSide, kSide);
  EXPECT_EQ(tile, (Rect{2, 14, 100, 86}));
  const Rect circle = solid_part(pixels(10, 10, 100, 100), 50 * 64, kSide, kSide);
  EXPECT_GE(circle.w * circle.h, 66 * 66);
}

}  // namespace
}  // namespace tessera::compose
