#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/ops.h"
#include "tests/ops/planes.h"

namespace tessera::kernels {
namespace {

constexpr double kOne = 65536;

class Warp : public testing::TestWithParam<const Ops*> {
 protected:
  TestPlane apply(WarpParams p, const TestPlane& src, int depth, int width, int height) const {
    TestPlane dst(width, height, depth);
    p.src = src.reader();
    p.dst = dst.writer();
    p.rect = {0, 0, width, height};
    GetParam()->warp(p, height / 3, height);
    GetParam()->warp(p, 0, height / 3);
    EXPECT_TRUE(dst.guards_intact());
    return dst;
  }
};

WarpParams params(const Affine& from, int nothing) {
  WarpParams p;
  p.from = from;
  p.nothing = nothing;
  return p;
}

/// Turned by an angle and enlarged, (cx, cy) of the destination showing (sx, sy) of the source.
Affine turned(double degrees, double scale, double cx, double cy, double sx, double sy) {
  const double a = degrees * 3.14159265358979323846 / 180, c = std::cos(a) / scale, s = std::sin(a) / scale;
  const auto fixed = [](double v) { return static_cast<int32_t>(std::lround(v * kOne)); };
  return {fixed(c),
          fixed(s),
          fixed(-s),
          fixed(c),
          std::llround((sx - c * cx - s * cy) * kOne),
          std::llround((sy + s * cx - c * cy) * kOne)};
}

/// What is between the samples of a plane at (x, y), in real numbers.
double wanted(const TestPlane& src, double x, double y, double nothing) {
  const double left = std::floor(x), top = std::floor(y), right = x - left, lower = y - top;
  const auto at = [&](double i, double j) {
    return i < 0 || j < 0 || i >= src.width() || j >= src.height() ? nothing
                                                                   : src.get(static_cast<int>(i), static_cast<int>(j));
  };
  return (at(left, top) * (1 - right) + at(left + 1, top) * right) * (1 - lower) +
         (at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right) * lower;
}

double nearest_256th(double at) { return std::floor(at / 256 + 0.5) / 256; }

double luma_at(const TestPlane& src, const Affine& a, int x, int y, int nothing) {
  const double at_x = double(a.xx) * x + double(a.xy) * y + double(a.x0);
  const double at_y = double(a.yx) * x + double(a.yy) * y + double(a.y0);
  return wanted(src, nearest_256th(at_x), nearest_256th(at_y), nothing);
}

std::vector<Affine> maps() {
  return {{},
          turned(0, 1, 0, 0, 0.5, 0.25),
          turned(30, 1, 40, 30, 30, 20),
          turned(-75, 2.7, 40, 30, 30, 20),
          turned(180, 0.6, 40, 30, 30, 20),
          turned(45, 8, 40, 30, 0, 0),
          {1 << 16, 1 << 15, 0, 1 << 16, -(20 << 16), 0},        // sheared
          {0, 0, 0, 0, 7 << 16, 9 << 16},                        // one sample everywhere
          {-(1 << 16), 0, 0, 1 << 16, 59 << 16, 0},              // mirrored
          {1 << 30, 77, -99, 1 << 30, -(int64_t{1} << 34), 0}};  // nearly all of it elsewhere
}

// A position is the nearest 1/256 by specification; then one rounding is all there is.
TEST_P(Warp, IsBilinear) {
  for (const int depth : {8, 10}) {
    const TestPlane src = noise_plane(61, 43, depth, 1);
    for (const Affine& map : maps()) {
      const int nothing = 16 << (depth - 8);
      const TestPlane got = apply(params(map, nothing), src, depth, 90, 60);
      for (int y = 0; y < 60; ++y) {
        for (int x = 0; x < 90; ++x)
          ASSERT_NEAR(got.get(x, y), luma_at(src, map, x, y, nothing), 0.5 + 1e-9) << x << "," << y;
      }
    }
  }
}

// Four roundings of luma, halved twice with them, and one of their mean.
TEST_P(Warp, ChromaIsTheMeanOfFour) {
  for (const auto& [w, h] : {std::pair{90, 60}, {89, 59}, {1, 1}}) {
    const TestPlane src = noise_plane(61, 43, 8, 2);
    for (const Affine& map : maps()) {
      WarpParams p = params(map, 128);
      p.chroma = true;
      p.width = w;
      p.height = h;
      const TestPlane got = apply(p, src, 8, (w + 1) / 2, (h + 1) / 2);
      for (int y = 0; y < got.height(); ++y) {
        for (int x = 0; x < got.width(); ++x) {
          double sum = 0;
          for (const int j : {2 * y, 2 * y + 1}) {
            for (const int i : {2 * x, 2 * x + 1})
              sum += luma_at(src, map, std::min(i, w - 1), std::min(j, h - 1), 128);
          }
          ASSERT_NEAR(got.get(x, y), sum / 4, 1 + 1e-9) << x << "," << y;
        }
      }
    }
  }
}

// On a slope, against the map in real numbers: each of two entries is off by half of 1/65536 a sample away from the
// origin, the origin by as much, the position by 1/512 on each axis.
TEST_P(Warp, PutsThingsWhereTheyBelong) {
  TestPlane src(200, 200, 10);
  src.fill([](int x, int y) { return 3 * x + 2 * y; });
  const double a = 20 * 3.14159265358979323846 / 180, c = std::cos(a), s = std::sin(a);
  const TestPlane got = apply(params(turned(20, 1, 60, 60, 100, 100), 0), src, 10, 120, 120);
  const double off = (120 + 120 + 1) / 2.0 / kOne + 1.0 / 512;
  for (int y = 0; y < 120; ++y) {
    for (int x = 0; x < 120; ++x) {
      const double at_x = 100 + c * (x - 60) + s * (y - 60), at_y = 100 - s * (x - 60) + c * (y - 60);
      ASSERT_NEAR(got.get(x, y), 3 * at_x + 2 * at_y, 5 * off + 0.5) << x << "," << y;
    }
  }
}

TEST_P(Warp, WholeStepsAreCopies) {
  for (const int depth : {8, 10}) {
    const TestPlane src = noise_plane(67, 33, depth, 3);
    EXPECT_EQ(apply(params({}, 0), src, depth, 67, 33), src);
    Affine shifted;
    shifted.x0 = 5 << 16;
    shifted.y0 = -(3 << 16);
    const TestPlane got = apply(params(shifted, 9), src, depth, 67, 33);
    for (int y = 0; y < 33; ++y) {
      for (int x = 0; x < 67; ++x) ASSERT_EQ(got.get(x, y), x + 5 < 67 && y >= 3 ? src.get(x + 5, y - 3) : 9);
    }
  }
}

// A turned opaque rectangle keeps its area, and at its edges there is as much colour as there is alpha.
TEST_P(Warp, EdgesAreSmoothAndWithoutFringe) {
  const Affine map = turned(33, 1, 60, 60, 24.5, 19.5);
  TestPlane alpha(50, 40, 8), luma(50, 40, 8);
  alpha.fill([](int, int) { return 255; });
  luma.fill([](int, int) { return 200; });
  const TestPlane a = apply(params(map, 0), alpha, 8, 120, 120), l = apply(params(map, 16), luma, 8, 120, 120);
  double area = 0;
  for (int y = 0; y < 120; ++y) {
    for (int x = 0; x < 120; ++x) {
      area += a.get(x, y) / 255.0;
      ASSERT_NEAR(l.get(x, y) - 16, (200 - 16) * a.get(x, y) / 255.0, 0.5 + 0.5 * 184 / 255);
    }
  }
  EXPECT_NEAR(area, 50 * 40, 4);
}

TEST_P(Warp, GoldenVectors) {
  EXPECT_EQ(apply(params(turned(30, 1.3, 60, 30, 30, 20), 16), noise_plane(61, 43, 8, 3), 8, 131, 67).hash(),
            "fe9ff4c0c85587f4627bec89a406b1d2");
  WarpParams p = params(turned(-70, 2, 60, 30, 30, 20), 512);
  p.chroma = true;
  p.width = 131;
  p.height = 67;
  EXPECT_EQ(apply(p, noise_plane(61, 43, 10, 4), 10, 66, 34).hash(), "d5f5c9c579d97c43c502261fadae480f");
}

INSTANTIATE_TEST_SUITE_P(Every, Warp, testing::ValuesIn(implementations().begin(), implementations().end()),
                         [](const auto& param) { return std::string(param.param->name); });

}  // namespace
}  // namespace tessera::kernels
