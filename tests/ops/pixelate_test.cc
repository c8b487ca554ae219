#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/ops.h"
#include "tests/ops/planes.h"

namespace tessera::kernels {
namespace {

class Pixelate : public testing::TestWithParam<const Ops*> {
 protected:
  TestPlane apply(const TestPlane& src, int depth, const Rect& rect, int block_w, int block_h) const {
    TestPlane dst(src.width(), src.height(), depth);
    const PixelateParams p{src.reader(), dst.writer(), rect, block_w, block_h};
    GetParam()->pixelate(p, rect.h / 3, rect.h);
    GetParam()->pixelate(p, 0, rect.h / 3);
    EXPECT_TRUE(dst.guards_intact());
    return dst;
  }
};

/// The mean, in real numbers, of the block that (x, y) is in.
double mean_at(const TestPlane& src, const Rect& r, int block_w, int block_h, int x, int y) {
  const int left = r.x + (x - r.x) / block_w * block_w, top = r.y + (y - r.y) / block_h * block_h;
  double sum = 0, count = 0;
  for (int j = top; j < std::min(top + block_h, r.y + r.h); ++j) {
    for (int i = left; i < std::min(left + block_w, r.x + r.w); ++i, ++count) sum += src.get(i, j);
  }
  return sum / count;
}

TEST_P(Pixelate, BlocksAreTheirMeans) {
  struct Case {
    Rect rect;
    int block_w, block_h;
  };
  const Case cases[] = {{{0, 0, 1, 1}, 1, 1},
                        {{0, 0, 90, 40}, 16, 16},
                        {{3, 5, 61, 29}, 7, 9},
                        {{5, 1, 33, 33}, 32, 2},
                        {{1, 1, 80, 30}, kMaxBlock, kMaxBlock}};
  for (const int depth : {8, 10}) {
    const TestPlane src = noise_plane(90, 40, depth, 1);
    for (const Case& c : cases) {
      const TestPlane got = apply(src, depth, c.rect, c.block_w, c.block_h);
      for (int y = 0; y < src.height(); ++y) {
        for (int x = 0; x < src.width(); ++x) {
          const bool in = x >= c.rect.x && x < c.rect.x + c.rect.w && y >= c.rect.y && y < c.rect.y + c.rect.h;
          const double want = in ? mean_at(src, c.rect, c.block_w, c.block_h, x, y) : 0;
          ASSERT_NEAR(got.get(x, y), want, 0.5 + 1e-9) << x << "," << y;
        }
      }
    }
  }
}

TEST_P(Pixelate, HalvesRoundUp) {
  TestPlane src(2, 1, 8);
  src.set(0, 0, 10);
  src.set(1, 0, 11);
  EXPECT_EQ(apply(src, 8, {0, 0, 2, 1}, 2, 1).get(0, 0), 11);
}

TEST_P(Pixelate, TheLargestBlockDoesNotOverflow) {
  TestPlane src(kMaxBlock, kMaxBlock, 10);
  src.fill([](int, int) { return 1023; });
  EXPECT_EQ(apply(src, 10, {0, 0, kMaxBlock, kMaxBlock}, kMaxBlock, kMaxBlock), src);
}

// Where luma is chroma enlarged to twice its size, blocks of both cover the same picture and have the same means.
TEST_P(Pixelate, LumaAndChromaCoverTheSameArea) {
  const TestPlane chroma = noise_plane(45, 30, 8, 2);
  TestPlane luma(90, 60, 8);
  luma.fill([&](int x, int y) { return chroma.get(x / 2, y / 2); });
  const TestPlane small = apply(chroma, 8, {3, 2, 41, 25}, 6, 5), large = apply(luma, 8, {6, 4, 82, 50}, 12, 10);
  for (int y = 0; y < 60; ++y) {
    for (int x = 0; x < 90; ++x) ASSERT_EQ(large.get(x, y), small.get(x / 2, y / 2)) << x << "," << y;
  }
}

TEST_P(Pixelate, GoldenVectors) {
  EXPECT_EQ(apply(noise_plane(131, 67, 8, 3), 8, {2, 4, 120, 60}, 13, 11).hash(), "49d7b2eeb68c8cbf72c4471115460403");
  EXPECT_EQ(apply(noise_plane(131, 67, 10, 4), 10, {0, 0, 131, 67}, 16, 16).hash(), "c507aa2503bdf08e81ddbc245954bd61");
}

INSTANTIATE_TEST_SUITE_P(Every, Pixelate, testing::ValuesIn(implementations().begin(), implementations().end()),
                         [](const auto& param) { return std::string(param.param->name); });

}  // namespace
}  // namespace tessera::kernels
