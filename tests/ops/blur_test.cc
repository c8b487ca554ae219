#include "kernels/ref/blur.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/ops.h"
#include "tests/ops/planes.h"

namespace tessera::kernels {
namespace {

class Blur : public testing::TestWithParam<const Ops*> {
 protected:
  TestPlane apply(const TestPlane& src, int depth, const Rect& rect, int radius) const {
    TestPlane dst(src.width(), src.height(), depth);
    const BlurParams p{src.reader(), dst.writer(), rect, radius};
    std::vector<uint8_t> memory(GetParam()->blur_scratch(p) + 64);
    uint8_t* scratch = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
    GetParam()->blur(p, rect.h / 3, rect.h, scratch);
    GetParam()->blur(p, 0, rect.h / 3, scratch);
    EXPECT_TRUE(dst.guards_intact());
    return dst;
  }
};

/// Three box blurs of a line whose ends go on for ever after each, in real numbers.
std::vector<double> blurred(std::vector<double> line, int radius) {
  const int n = static_cast<int>(line.size());
  for (int box = 0; box < 3; ++box) {
    std::vector<double> next(line.size());
    for (int i = 0; i < n; ++i) {
      double sum = 0;
      for (int k = i - radius; k <= i + radius; ++k) sum += line[static_cast<size_t>(std::clamp(k, 0, n - 1))];
      next[static_cast<size_t>(i)] = sum / (2 * radius + 1);
    }
    line = next;
  }
  return line;
}

/// The rect of a plane, blurred; row after row.
std::vector<std::vector<double>> wanted(const TestPlane& src, const Rect& r, int radius) {
  std::vector<std::vector<double>> rows;
  for (int y = r.y; y < r.y + r.h; ++y) {
    std::vector<double> line;
    for (int x = r.x; x < r.x + r.w; ++x) line.push_back(src.get(x, y));
    rows.push_back(blurred(line, radius));
  }
  for (size_t x = 0; x < static_cast<size_t>(r.w); ++x) {
    std::vector<double> column;
    for (const auto& row : rows) column.push_back(row[x]);
    column = blurred(column, radius);
    for (size_t y = 0; y < rows.size(); ++y) rows[y][x] = column[y];
  }
  return rows;
}

/// Six times a mean is rounded to a 16 bit value, off by half a step and what the reciprocal lacks: its error of at
/// most half a unit times a sum below 2^16 n. At the end a sample is rounded.
double bound(int depth, int radius) {
  const double mean = 0.5 + 0.5 * 65536.0 * (2 * radius + 1) / 4294967296.0;
  return 6 * mean / (1 << (16 - depth)) + 0.5 + 1e-9;
}

TEST_P(Blur, IsThreeBoxesEachWay) {
  struct Case {
    Rect rect;
    int radius;
  };
  const Case cases[] = {{{0, 0, 1, 1}, 1},    {{0, 0, 90, 60}, 1},  {{3, 5, 61, 29}, 4},         {{7, 2, 2, 50}, 9},
                        {{5, 1, 70, 55}, 20}, {{1, 30, 80, 1}, 60}, {{0, 0, 90, 60}, kMaxRadius}};
  for (const int depth : {8, 10}) {
    const TestPlane src = noise_plane(90, 60, depth, 1);
    for (const Case& c : cases) {
      const TestPlane got = apply(src, depth, c.rect, c.radius);
      const auto want = wanted(src, c.rect, c.radius);
      for (int y = 0; y < src.height(); ++y) {
        for (int x = 0; x < src.width(); ++x) {
          const int i = x - c.rect.x, j = y - c.rect.y;
          const bool in = i >= 0 && i < c.rect.w && j >= 0 && j < c.rect.h;
          ASSERT_NEAR(got.get(x, y), in ? want[static_cast<size_t>(j)][static_cast<size_t>(i)] : 0,
                      bound(depth, c.radius))
              << x << "," << y << " radius " << c.radius;
        }
      }
    }
  }
}

TEST_P(Blur, FlatFieldsStayFlat) {
  for (const int depth : {8, 10}) {
    for (const int radius : {1, 2, 15, 100, kMaxRadius}) {
      for (const int value : {0, 1, 128, (1 << depth) - 2, (1 << depth) - 1}) {
        TestPlane src(50, 20, depth);
        src.fill([&](int, int) { return value; });
        ASSERT_EQ(apply(src, depth, {0, 0, 50, 20}, radius), src) << radius << " " << value;
      }
    }
  }
}

TEST_P(Blur, DoesNotShift) {
  TestPlane src(61, 61, 10);
  src.fill([](int x, int y) { return x == 30 && y == 30 ? 1023 : x == 30 || y == 30 ? 600 : 100; });
  const TestPlane got = apply(src, 10, {0, 0, 61, 61}, 3);
  for (int y = 0; y < 61; ++y) {
    for (int x = 0; x < 61; ++x) {
      ASSERT_EQ(got.get(x, y), got.get(60 - x, y));
      ASSERT_EQ(got.get(x, y), got.get(x, 60 - y));
    }
  }
}

TEST_P(Blur, LooksAtNothingOutsideTheRect) {
  const Rect rect{10, 12, 40, 20};
  TestPlane src = noise_plane(80, 50, 8, 2), other = noise_plane(80, 50, 8, 3);
  for (int y = rect.y; y < rect.y + rect.h; ++y) {
    for (int x = rect.x; x < rect.x + rect.w; ++x) other.set(x, y, src.get(x, y));
  }
  EXPECT_EQ(apply(src, 8, rect, 30), apply(other, 8, rect, 30));
}

// The boxes of subsampled chroma are as wide as luma's, in luma samples, to within one; none is so narrow as to be no
// blur at all.
TEST(BlurBody, RadiusOfChroma) {
  EXPECT_EQ(ref::chroma_radius(1), 1);
  for (int radius = 2; radius <= kMaxRadius; ++radius)
    EXPECT_LE(std::abs(2 * (2 * ref::chroma_radius(radius) + 1) - (2 * radius + 1)), 1) << radius;
}

TEST_P(Blur, GoldenVectors) {
  EXPECT_EQ(apply(noise_plane(131, 67, 8, 3), 8, {2, 4, 120, 60}, 5).hash(), "12a5ec3d6282b7345d16777c880a25d8");
  EXPECT_EQ(apply(noise_plane(131, 67, 10, 4), 10, {0, 0, 131, 67}, 24).hash(), "54b43cfc0f626ee5073fd94618f78f12");
}

INSTANTIATE_TEST_SUITE_P(Every, Blur, testing::ValuesIn(implementations().begin(), implementations().end()),
                         [](const auto& param) { return std::string(param.param->name); });

}  // namespace
}  // namespace tessera::kernels
