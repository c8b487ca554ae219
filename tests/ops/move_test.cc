#include <gtest/gtest.h>

#include "kernels/ops.h"
#include "tests/ops/planes.h"

namespace tessera::kernels {
namespace {

class Move : public testing::TestWithParam<const Ops*> {
 protected:
  TestPlane turn(const TestPlane& src, int depth, int orientation) const {
    const bool swaps = (orientation & 1) != 0;
    TestPlane dst(swaps ? src.height() : src.width(), swaps ? src.width() : src.height(), depth);
    const RotateParams p{src.reader(), dst.writer(), {0, 0, dst.width(), dst.height()}, orientation};
    GetParam()->rotate(p, dst.height() / 3, dst.height());
    GetParam()->rotate(p, 0, dst.height() / 3);
    EXPECT_TRUE(dst.guards_intact());
    return dst;
  }
};

TestPlane mirrored(const TestPlane& src, int depth) {
  TestPlane out(src.width(), src.height(), depth);
  out.fill([&](int x, int y) { return src.get(src.width() - 1 - x, y); });
  return out;
}

/// A quarter turn clockwise: what was the left column is the top row, its lowest sample first.
TestPlane quarter(const TestPlane& src, int depth) {
  TestPlane out(src.height(), src.width(), depth);
  out.fill([&](int x, int y) { return src.get(y, src.height() - 1 - x); });
  return out;
}

TEST_P(Move, TurnsEightWaysAndBack) {
  for (const int depth : {8, 10}) {
    for (const auto& [w, h] : {std::pair{1, 1}, {1, 7}, {67, 2}, {33, 41}, {64, 32}, {100, 67}}) {
      const TestPlane src = noise_plane(w, h, depth, static_cast<uint32_t>(w * 100 + h));
      for (int orientation = 0; orientation < 8; ++orientation) {
        TestPlane want = (orientation & 4) != 0 ? mirrored(src, depth) : src;
        for (int i = 0; i < (orientation & 3); ++i) want = quarter(want, depth);
        const TestPlane got = turn(src, depth, orientation);
        ASSERT_EQ(got, want) << w << "x" << h << " orientation " << orientation;
        // A mirrored turn is its own inverse; a plain one is undone by the rest of the circle.
        const int back = (orientation & 4) != 0 ? orientation : (4 - orientation) & 3;
        ASSERT_EQ(turn(got, depth, back), src);
      }
    }
  }
}

TEST_P(Move, TurnsPartsAndShiftedPairs) {
  const TestPlane plain = noise_plane(37, 29, 10, 5);
  TestPlane pairs(74, 29, 10);
  pairs.fill([&](int x, int y) { return x % 2 == 0 ? plain.get(x / 2, y) << 6 : 0xffff; });
  ConstPlane view = pairs.reader();
  view.step = 2;
  view.msb_shift = 6;
  view.width = 37;
  for (int orientation = 0; orientation < 8; ++orientation) {
    const TestPlane all = turn(plain, 10, orientation);
    TestPlane part(all.width(), all.height(), 10);
    const Rect rect{5, 3, 17, 19};
    GetParam()->rotate({view, part.writer(), rect, orientation}, 0, rect.h);
    for (int y = 0; y < all.height(); ++y) {
      for (int x = 0; x < all.width(); ++x) {
        const bool in = x >= 5 && x < 22 && y >= 3 && y < 22;
        ASSERT_EQ(part.get(x, y), in ? all.get(x, y) : 0);
      }
    }
  }
}

TEST_P(Move, FillsAndCopiesExactlyTheRect) {
  for (const int depth : {8, 10}) {
    for (int w = 1; w <= 67; w += 6) {
      TestPlane dst = noise_plane(80, 20, depth, 3);
      const TestPlane before = dst, src = noise_plane(80, 20, depth, 4);
      GetParam()->fill({dst.writer(), {2, 3, w, 5}, 99}, 0, 5);
      GetParam()->copy({src.reader(), dst.writer(), {3, 10, w, 7}, 11, 2}, 0, 7);
      EXPECT_TRUE(dst.guards_intact());
      for (int y = 0; y < 20; ++y) {
        for (int x = 0; x < 80; ++x) {
          const bool filled = x >= 2 && x < 2 + w && y >= 3 && y < 8, copied = x >= 3 && x < 3 + w && y >= 10 && y < 17;
          ASSERT_EQ(dst.get(x, y), filled ? 99 : copied ? src.get(x + 8, y - 8) : before.get(x, y));
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Move, testing::ValuesIn(implementations().begin(), implementations().end()),
                         [](const auto& param) { return std::string(param.param->name); });

}  // namespace
}  // namespace tessera::kernels
