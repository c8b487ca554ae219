#include "kernels/ref/blend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/ops.h"
#include "tests/ops/planes.h"

namespace tessera::kernels {
namespace {

template <int kDepth>
void check_division() {
  constexpr uint32_t kMax = (1u << kDepth) - 1;
  for (uint32_t v = 0; v <= kMax * kMax; ++v)
    ASSERT_EQ(ref::divide_by_max<kDepth>(v), (2 * v + kMax) / (2 * kMax)) << v;
}

TEST(BlendBody, DividesExactly) {
  check_division<8>();
  check_division<10>();
}

class Blend : public testing::TestWithParam<const Ops*> {};

struct Case {
  int depth = 8;
  int opacity = 1024;
  bool has_alpha = false, has_mask = false, chroma = false;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const int depth : {8, 10}) {
    for (const int opacity : {0, 1, 511, 1023, 1024}) {
      for (int bits = 0; bits < 8; ++bits)
        all.push_back({depth, opacity, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0});
    }
  }
  return all;
}

struct Planes {
  TestPlane src, dst, alpha, mask;
};

Planes planes(const Case& c, int width, int height, uint32_t seed) {
  const int luma_width = c.chroma ? 2 * width - 1 : width, luma_height = c.chroma ? 2 * height : height;
  return {noise_plane(width, height, c.depth, seed), noise_plane(width, height, c.depth, seed + 1),
          noise_plane(luma_width, luma_height, c.depth, seed + 2), noise_plane(width, height, 8, seed + 3)};
}

BlendParams params(const Case& c, Planes& p) {
  BlendParams b;
  b.src = p.src.reader();
  b.dst = p.dst.writer();
  if (c.has_alpha) b.alpha = p.alpha.reader();
  if (c.has_mask) b.mask = p.mask.reader();
  b.rect = {0, 0, p.dst.width(), p.dst.height()};
  b.opacity = c.opacity;
  b.offset = (c.chroma ? 128 : 16) << (c.depth - 8);
  b.chroma = c.chroma;
  return b;
}

/// Over in real numbers. Its inputs are the rounded chroma alpha, as the specification has it.
double wanted(const Case& c, const Planes& p, int x, int y) {
  const double max = p.src.max(), offset = (c.chroma ? 128 : 16) << (c.depth - 8);
  double alpha = max;
  if (c.has_alpha && !c.chroma) alpha = p.alpha.get(x, y);
  if (c.has_alpha && c.chroma) {
    double sum = 0;
    for (const int j : {2 * y, 2 * y + 1}) {
      for (const int i : {2 * x, std::min(2 * x + 1, p.alpha.width() - 1)}) sum += p.alpha.get(i, j);
    }
    alpha = std::floor(sum / 4 + 0.5);
  }
  const double shown = c.opacity / 1024.0 * (c.has_mask ? p.mask.get(x, y) / 255.0 : 1.0);
  const double over =
      offset + (p.src.get(x, y) - offset) * shown + (1 - alpha / max * shown) * (p.dst.get(x, y) - offset);
  return std::clamp(over, 0.0, max);
}

TEST_P(Blend, IsPremultipliedOver) {
  uint32_t seed = 1;
  for (const Case& c : cases()) {
    for (const int width : {1, 2, 15, 67}) {
      Planes p = planes(c, width, 13, seed += 10);
      const BlendParams b = params(c, p);
      const Planes before = p;
      GetParam()->blend(b, 5, 13);
      GetParam()->blend(b, 0, 5);
      ASSERT_TRUE(p.dst.guards_intact());
      for (int y = 0; y < 13; ++y) {
        for (int x = 0; x < width; ++x) {
          // Weight, layer and what is below are rounded once each.
          ASSERT_NEAR(p.dst.get(x, y), wanted(c, before, x, y), 2.01)
              << c.depth << " bit, opacity " << c.opacity << " alpha " << c.has_alpha << " mask " << c.has_mask
              << " chroma " << c.chroma;
        }
      }
    }
  }
}

TEST_P(Blend, ExtremesAreExact) {
  for (const int depth : {8, 10}) {
    for (const bool chroma : {false, true}) {
      Case c{depth, 1024, true, true, chroma};
      Planes p = planes(c, 40, 8, 5);
      p.mask.fill([](int, int) { return 255; });
      const TestPlane below = p.dst;

      p.alpha.fill([&](int, int) { return p.src.max(); });
      GetParam()->blend(params(c, p), 0, 8);
      EXPECT_EQ(p.dst, p.src) << "opaque: the layer";

      p.dst = below;
      p.mask.fill([](int, int) { return 0; });
      GetParam()->blend(params(c, p), 0, 8);
      EXPECT_EQ(p.dst, below) << "masked: what was there";

      p.mask.fill([](int, int) { return 255; });
      c.opacity = 0;
      GetParam()->blend(params(c, p), 0, 8);
      EXPECT_EQ(p.dst, below) << "invisible: what was there";

      c.opacity = 1024;
      p.alpha.fill([](int, int) { return 0; });
      p.src.fill([&](int, int) { return (chroma ? 128 : 16) << (depth - 8); });
      GetParam()->blend(params(c, p), 0, 8);
      EXPECT_EQ(p.dst, below) << "transparent: what was there";
    }
  }
}

TEST_P(Blend, GoldenVectors) {
  const std::pair<Case, const char*> goldens[] = {{{8, 700, true, true, false}, "e2a4b864bd85b9b11985f543adc17e5f"},
                                                  {{8, 1024, true, false, true}, "7efbee31ef8cf06ea539ed81ede7ee62"},
                                                  {{10, 333, false, true, false}, "969c934648ab438241e87946418b20c2"},
                                                  {{10, 1000, true, true, true}, "acb6ff84e6fb9d3f7340b15a2c437256"}};
  for (const auto& [c, hash] : goldens) {
    Planes p = planes(c, 65, 33, 77);
    GetParam()->blend(params(c, p), 0, 33);
    EXPECT_EQ(p.dst.hash(), hash);
  }
}

class Mask : public testing::TestWithParam<const Ops*> {};

TestPlane draw(const Ops& ops, const Shape& shape, int width, int height, bool chroma = false) {
  TestPlane dst(chroma ? (width + 1) / 2 : width, chroma ? (height + 1) / 2 : height, 8);
  const MaskParams p{dst.writer(), {0, 0, dst.width(), dst.height()}, shape, width, height, chroma};
  ops.mask(p, dst.height() / 2, dst.height());
  ops.mask(p, 0, dst.height() / 2);
  EXPECT_TRUE(dst.guards_intact());
  return dst;
}

bool in_shape(const Shape& s, double x, double y) {
  if (x < s.x || x > s.x + s.w || y < s.y || y > s.y + s.h) return false;
  const double cx = std::clamp<double>(x, s.x + s.radius, s.x + s.w - s.radius);
  const double cy = std::clamp<double>(y, s.y + s.radius, s.y + s.h - s.radius);
  return std::hypot(x - cx, y - cy) <= s.radius;
}

/// Area of a sample inside a shape, from 64 x 64 positions.
double area(const Shape& s, int px, int py) {
  int count = 0;
  for (int j = 0; j < 64; ++j) {
    for (int i = 0; i < 64; ++i) count += in_shape(s, px * 64 + i + 0.5, py * 64 + j + 0.5) ? 1 : 0;
  }
  return count / 4096.0 * 255;
}

TEST_P(Mask, CoversTheAreaOfTheShape) {
  const Shape shapes[] = {{0, 0, 40 * 64, 30 * 64, 0},        {70, 33, 1000, 901, 0},
                          {64, 64, 30 * 64, 20 * 64, 5 * 64}, {130, 77, 1601, 1203, 300},
                          {0, 0, 30 * 64, 30 * 64, 15 * 64},  {-700, -300, 2000, 1500, 600},
                          {20 * 64 + 5, 10 * 64, 20, 64, 0},  {500, 500, 64, 64, 32}};
  for (const Shape& s : shapes) {
    const TestPlane mask = draw(*GetParam(), s, 40, 30), chroma = draw(*GetParam(), s, 40, 30, true);
    for (int y = 0; y < 30; ++y) {
      for (int x = 0; x < 40; ++x)
        ASSERT_NEAR(mask.get(x, y), area(s, x, y), s.radius > 0 ? 16 : 1)
            << s.x << " " << s.radius << " at " << x << "," << y;
    }
    for (int y = 0; y < 15; ++y) {
      for (int x = 0; x < 20; ++x) {
        const int sum = mask.get(2 * x, 2 * y) + mask.get(2 * x + 1, 2 * y) + mask.get(2 * x, 2 * y + 1) +
                        mask.get(2 * x + 1, 2 * y + 1);
        ASSERT_EQ(chroma.get(x, y), (sum + 2) / 4);
      }
    }
  }
}

TEST_P(Mask, GoldenVectors) {
  EXPECT_EQ(draw(*GetParam(), {130, 77, 1601, 1203, 300}, 40, 30).hash(), "bc04a9c0bf59dc174c7076235af0d40c");
  EXPECT_EQ(draw(*GetParam(), {130, 77, 1601, 1203, 300}, 39, 29, true).hash(), "6de2980c4e16372816fc37e87ef4bb78");
}

const auto kImplementations = testing::ValuesIn(implementations().begin(), implementations().end());
const auto kName = [](const auto& param) { return std::string(param.param->name); };
INSTANTIATE_TEST_SUITE_P(Every, Blend, kImplementations, kName);
INSTANTIATE_TEST_SUITE_P(Every, Mask, kImplementations, kName);

}  // namespace
}  // namespace tessera::kernels
