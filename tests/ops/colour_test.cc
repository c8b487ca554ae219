#include "kernels/colour.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/ops.h"
#include "tests/ops/planes.h"

namespace tessera::kernels {
namespace {

const ColourModel k709{2126, 722, false}, k601{2990, 1140, false}, k2020{2627, 593, false};
const ColourModel k709Full{2126, 722, true}, k601Full{2990, 1140, true};

using Triple = std::array<double, 3>;

struct Steps {
  double black, luma, chroma, grey;
};

Steps steps_of(const ColourModel& m, int src_depth, int depth) {
  const double scale = std::pow(2, depth - 8), grey = 128 * scale;
  if (!m.full_range) return {16 * scale, 219 * scale, 224 * scale, grey};
  const double full = (std::pow(2, src_depth) - 1) * std::pow(2, depth - src_depth);
  return {0, full, full, grey};
}

Triple to_rgb(const Triple& v, const ColourModel& m, const Steps& s) {
  const double kr = m.red / 1e4, kb = m.blue / 1e4;
  const double y = (v[0] - s.black) / s.luma, u = (v[1] - s.grey) / s.chroma, w = (v[2] - s.grey) / s.chroma;
  const double r = y + 2 * (1 - kr) * w, b = y + 2 * (1 - kb) * u;
  return {r, (y - kr * r - kb * b) / (1 - kr - kb), b};
}

Triple from_rgb(const Triple& c, const ColourModel& m, const Steps& s) {
  const double kr = m.red / 1e4, kb = m.blue / 1e4;
  const double y = kr * c[0] + (1 - kr - kb) * c[1] + kb * c[2];
  return {s.black + s.luma * y, s.grey + s.chroma * (c[2] - y) / (2 * (1 - kb)),
          s.grey + s.chroma * (c[0] - y) / (2 * (1 - kr))};
}

// ITU-R BT.709 at 8 bits: the values of the primaries as its users know them.
TEST(FillValue, OfThePrimaries) {
  const auto value = [](uint32_t rgb) { return fill_value(rgb, k709, 8); };
  EXPECT_EQ(value(0x000000), (std::array<uint16_t, 4>{16, 128, 128, 255}));
  EXPECT_EQ(value(0xffffff), (std::array<uint16_t, 4>{235, 128, 128, 255}));
  EXPECT_EQ(value(0xff0000), (std::array<uint16_t, 4>{63, 102, 240, 255}));
  EXPECT_EQ(value(0x00ff00), (std::array<uint16_t, 4>{173, 42, 26, 255}));
  EXPECT_EQ(value(0x0000ff), (std::array<uint16_t, 4>{32, 240, 118, 255}));
  EXPECT_EQ(fill_value(0xffffff, k709, 10), (std::array<uint16_t, 4>{940, 512, 512, 1023}));
}

TEST(FillValue, IsTheNearestInteger) {
  for (const ColourModel& model : {k709, k601, k2020, k709Full}) {
    for (const int depth : {8, 10}) {
      const Steps steps = steps_of(model, depth, depth);
      for (uint32_t i = 0; i < 4096; ++i) {
        const uint32_t r = (i & 15) * 17, g = (i >> 4 & 15) * 17, b = (i >> 8) * 17;
        const Triple want = from_rgb({r / 255.0, g / 255.0, b / 255.0}, model, steps);
        const auto got = fill_value(r << 16 | g << 8 | b, model, depth);
        for (size_t k = 0; k < 3; ++k) ASSERT_NEAR(got[k], std::min<double>(want[k], (1 << depth) - 1), 0.5 + 1e-9);
      }
    }
  }
}

class Convert : public testing::TestWithParam<const Ops*> {};

struct Picture {
  TestPlane y, u, v;
};

Picture convert(const Ops& ops, const Picture& in, const ConvertMatrix& m, int depth, const Rect& rect) {
  Picture out{TestPlane(in.y.width(), in.y.height(), depth), TestPlane(in.u.width(), in.u.height(), depth),
              TestPlane(in.u.width(), in.u.height(), depth)};
  const Rect half{rect.x / 2, rect.y / 2, (rect.w + 1) / 2, (rect.h + 1) / 2};
  TestPlane* planes[] = {&out.y, &out.u, &out.v};
  for (int i = 0; i < 3; ++i) {
    const ConvertParams p{in.y.reader(), in.u.reader(), in.v.reader(), planes[i]->writer(), i == 0 ? rect : half, i, m};
    ops.convert(p, 0, p.rect.h / 3);
    ops.convert(p, p.rect.h / 3, p.rect.h);
    EXPECT_TRUE(planes[i]->guards_intact());
  }
  return out;
}

TEST_P(Convert, FollowsTheMatricesThroughRgb) {
  struct Way {
    ColourModel from, to;
    int src_depth, depth;
  };
  const Way ways[] = {{k601, k709, 8, 8},
                      {k709Full, k709, 8, 8},
                      {k601Full, k709, 8, 10},
                      {k2020, k709, 10, 10},
                      {k709, k601Full, 8, 8}};
  for (const Way& way : ways) {
    const Steps from = steps_of(way.from, way.src_depth, way.depth), to = steps_of(way.to, way.depth, way.depth);
    const ConvertMatrix m = convert_matrix(way.from, way.src_depth, way.to, way.depth);
    Noise noise(3);
    for (int n = 0; n < 400; ++n) {
      Picture in{TestPlane(2, 2, way.depth), TestPlane(1, 1, way.depth), TestPlane(1, 1, way.depth)};
      const Triple colour{noise.below(256) / 255.0, noise.below(256) / 255.0, noise.below(256) / 255.0};
      const Triple v = from_rgb(colour, way.from, from);
      std::array<int, 3> sample{};
      for (size_t k = 0; k < 3; ++k) sample[k] = std::min(static_cast<int>(std::lround(v[k])), in.y.max());
      in.y.fill([&](int, int) { return sample[0]; });
      in.u.fill([&](int, int) { return sample[1]; });
      in.v.fill([&](int, int) { return sample[2]; });
      const Triple want =
          from_rgb(to_rgb({double(sample[0]), double(sample[1]), double(sample[2])}, way.from, from), way.to, to);
      const Picture got = convert(*GetParam(), in, m, way.depth, {0, 0, 2, 2});
      const double max = in.y.max();
      ASSERT_NEAR(got.y.get(1, 1), std::clamp(want[0], 0.0, max), 0.6);
      ASSERT_NEAR(got.u.get(0, 0), std::clamp(want[1], 0.0, max), 0.6);
      ASSERT_NEAR(got.v.get(0, 0), std::clamp(want[2], 0.0, max), 0.6);
    }
  }
}

TEST_P(Convert, TakesChromaAtTheLumaPosition) {
  // Chroma is a plane in space: left-sited, so chroma (i, j) sits on luma (2i, 2j + 1/2). Only U counts, with weight 1.
  ConvertMatrix m;
  m.y_y = 0;
  m.y_u = 1 << 14;
  Picture in{TestPlane(40, 30, 8), TestPlane(20, 15, 8), TestPlane(20, 15, 8)};
  in.u.fill([](int i, int j) { return 128 + 4 * i + 2 * j; });
  const Picture got = convert(*GetParam(), in, m, 8, {0, 0, 40, 30});
  for (int y = 1; y < 29; ++y) {
    for (int x = 0; x < 39; ++x) ASSERT_NEAR(got.y.get(x, y), 2.0 * x + (y - 0.5), 0.51) << x << "," << y;
  }
}

TEST_P(Convert, LooksAtNothingOutsideTheRect) {
  const ConvertMatrix m = convert_matrix(k601, 8, k709, 8);
  const Rect rect{4, 6, 13, 9};
  Picture in{noise_plane(17, 15, 8, 1), noise_plane(9, 8, 8, 2), noise_plane(9, 8, 8, 3)};
  const Picture first = convert(*GetParam(), in, m, 8, rect);
  Picture other = in;
  const auto disturb = [](TestPlane& plane, const Rect& r) {
    for (int y = 0; y < plane.height(); ++y) {
      for (int x = 0; x < plane.width(); ++x) {
        if (x < r.x || y < r.y || x >= r.x + r.w || y >= r.y + r.h) plane.set(x, y, 255 - plane.get(x, y));
      }
    }
  };
  disturb(other.y, rect);
  disturb(other.u, {2, 3, 7, 5});
  disturb(other.v, {2, 3, 7, 5});
  const Picture second = convert(*GetParam(), other, m, 8, rect);
  EXPECT_EQ(first.y, second.y);
  EXPECT_EQ(first.u, second.u);
}

TEST_P(Convert, GoldenVectors) {
  const Picture in{noise_plane(67, 35, 8, 1), noise_plane(34, 18, 8, 2), noise_plane(34, 18, 8, 3)};
  const Picture out = convert(*GetParam(), in, convert_matrix(k601Full, 8, k709, 8), 8, {0, 0, 67, 35});
  EXPECT_EQ(out.y.hash(), "ca92cbe5b93bea0dbf906ca327d25cf1");
  EXPECT_EQ(out.u.hash(), "e3ad6ee810ddc49a21741756cf39e8e6");
  EXPECT_EQ(out.v.hash(), "a77581254c88289d6e2175f4d7c66655");
}

INSTANTIATE_TEST_SUITE_P(Every, Convert, testing::ValuesIn(implementations().begin(), implementations().end()),
                         [](const auto& param) { return std::string(param.param->name); });

}  // namespace
}  // namespace tessera::kernels
