#include <gtest/gtest.h>

#include <cmath>

#include "kernels/ops.h"
#include "kernels/taps.h"
#include "tests/ops/oracle.h"
#include "tests/ops/planes.h"

namespace tessera::kernels {
namespace {

AxisSpec whole(int from, int to, Filter filter = Filter::kLanczos3) {
  AxisSpec s;
  s.crop_size = from * 64;
  s.dst_size = to * 64;
  s.src_samples = from;
  s.count = to;
  s.filter = filter;
  return s;
}

/// Runs one implementation in pieces of rows, in an order of its own.
TestPlane run(const Ops& ops, const ConstPlane& src, const Taps& x, const Taps& y, int dst_depth, int pieces = 1,
              bool full_scale = false) {
  TestPlane dst(static_cast<int>(x.first.size()), static_cast<int>(y.first.size()), dst_depth);
  const ResampleParams p{src, dst.writer(), {0, 0, dst.width(), dst.height()}, x.view(), y.view(), full_scale};
  std::vector<uint8_t> memory(ops.resample_scratch(p) + 64);
  uint8_t* scratch = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
  for (int i = pieces; i-- > 0;) ops.resample(p, dst.height() * i / pieces, dst.height() * (i + 1) / pieces, scratch);
  EXPECT_TRUE(dst.guards_intact());
  return dst;
}

class Resample : public testing::TestWithParam<const Ops*> {
 protected:
  const Ops& ops() const { return *GetParam(); }
};

TEST_P(Resample, AllSmallSizesEqualTheSumsWrittenOut) {
  const std::vector<int> sizes{1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 64, 66, 67};
  uint32_t seed = 0;
  for (const int from : sizes) {
    for (const int to : sizes) {
      for (const int depth : {8, 10}) {
        SCOPED_TRACE(testing::Message() << from << " -> " << to << ", " << depth << " bit");
        const int other_from = 68 - from, other_to = 68 - to, to_depth = seed % 3 == 0 ? 18 - depth : depth;
        const TestPlane src = noise_plane(from, other_from, depth, ++seed);
        const Taps x = make_taps(whole(from, to)), y = make_taps(whole(other_from, other_to));
        ASSERT_EQ(run(ops(), src.reader(), x, y, to_depth, 1 + static_cast<int>(seed) % 3),
                  exact_resample(src, depth, x, y, to_depth));
      }
    }
  }
}

TEST_P(Resample, WorstCasePatternsDoNotOverflow) {
  for (const int depth : {8, 10}) {
    for (const int period : {1, 2, 3, 5}) {
      for (const int to : {23, 61, 64, 97, 200}) {
        TestPlane src(64, 64, depth);
        src.fill([&](int x, int y) { return (x / period + y / period) % 2 != 0 ? src.max() : 0; });
        const Taps x = make_taps(whole(64, to)), y = make_taps(whole(64, to));
        ASSERT_EQ(run(ops(), src.reader(), x, y, depth), exact_resample(src, depth, x, y, depth))
            << period << " " << to;
      }
    }
  }
  // A source made for one output: full where its taps are positive, empty where they are negative, and the reverse.
  for (const int depth : {8, 10}) {
    const Taps x = make_taps(whole(64, 96)), y = make_taps(whole(64, 96));
    for (const bool reverse : {false, true}) {
      for (size_t at = 30; at < 36; ++at) {
        const auto sign = [&](const Taps& t, int i) {
          const int k = i - t.first[at];
          return k >= 0 && k < t.size && t.taps[at * static_cast<size_t>(t.stride) + static_cast<size_t>(k)] > 0;
        };
        TestPlane src(64, 64, depth);
        src.fill([&](int i, int j) { return (sign(x, i) == sign(y, j)) != reverse ? src.max() : 0; });
        ASSERT_EQ(run(ops(), src.reader(), x, y, depth), exact_resample(src, depth, x, y, depth));
      }
    }
  }
}

TEST_P(Resample, StaysCloseToRealNumbers) {
  uint32_t seed = 100;
  double worst8 = 0, worst10 = 0;
  for (const Filter filter : {Filter::kLanczos3, Filter::kCatmullRom, Filter::kBilinear, Filter::kBSpline}) {
    for (const int to : {17, 30, 45, 60, 61, 90, 133}) {
      for (const int depth : {8, 10}) {
        AxisSpec x = whole(60, to, filter), y = whole(60, 150 - to, filter);
        x.crop_start = 5 * 64 + 13;
        x.crop_size = 41 * 64 + 7;
        x.dst_start = 21;
        y.src_shift = y.dst_shift = 1;
        y.src_site = y.dst_site = 64;
        y.crop_size = 120 * 64;
        y.dst_size = (150 - to) * 128;
        const TestPlane src = noise_plane(60, 60, depth, ++seed);
        const TestPlane got = run(ops(), src.reader(), make_taps(x), make_taps(y), depth);
        const std::vector<double> want = oracle_resample(src, depth, x, y, depth);
        double& worst = depth == 8 ? worst8 : worst10;
        for (int j = 0; j < got.height(); ++j) {
          for (int i = 0; i < got.width(); ++i) {
            worst = std::max(worst, std::abs(got.get(i, j) - want[static_cast<size_t>(j * got.width() + i)]));
          }
        }
      }
    }
  }
  RecordProperty("worst_error_8", std::to_string(worst8));
  RecordProperty("worst_error_10", std::to_string(worst10));
  EXPECT_LE(worst8, 0.55);
  EXPECT_LE(worst10, 0.65);
  EXPECT_GT(worst8, 0.3) << "the oracle looks at nothing";
}

TEST_P(Resample, FlatFieldsStayFlat) {
  for (const int depth : {8, 10}) {
    for (const int to : {1, 7, 50, 64, 77, 300}) {
      for (const int value : {0, 1, 16, 127, 235, (1 << depth) - 1}) {
        TestPlane src(64, 48, depth);
        src.fill([&](int, int) { return value; });
        const TestPlane got = run(ops(), src.reader(), make_taps(whole(64, to)), make_taps(whole(48, to)), depth);
        for (int y = 0; y < to; ++y) {
          for (int x = 0; x < to; ++x) ASSERT_EQ(got.get(x, y), value) << to;
        }
      }
    }
  }
}

TEST_P(Resample, DepthsChangeByTheirScale) {
  const Taps one = make_taps(whole(256, 256)), row = make_taps(whole(1, 1));
  TestPlane src(256, 1, 8);
  src.fill([](int x, int) { return x; });
  const TestPlane up = run(ops(), src.reader(), one, row, 10), alpha = run(ops(), src.reader(), one, row, 10, 1, true);
  for (int x = 0; x < 256; ++x) {
    EXPECT_EQ(up.get(x, 0), x * 4);
    EXPECT_NEAR(alpha.get(x, 0), x * 1023 / 255.0, 1.0);
  }
  EXPECT_EQ(alpha.get(255, 0), 1023);
  EXPECT_EQ(run(ops(), up.reader(), one, row, 8, 1, true), src);
}

// A ramp keeps its values at every position exactly when no phase is wrong: for luma and for each siting of chroma.
TEST_P(Resample, RampsKeepTheirPositions) {
  struct Axis {
    int shift, site;
  };
  const std::vector<Axis> sites{{0, 32}, {1, 32}, {1, 64}, {1, 96}};
  for (const Axis& from : sites) {
    for (const Axis& to : sites) {
      for (const int size : {101, 139, 163, 233}) {
        for (const Filter filter : {Filter::kBilinear, Filter::kCatmullRom, Filter::kLanczos3}) {
          AxisSpec s;
          s.crop_start = 10 * 64 + 20;
          s.crop_size = 140 * 64;
          s.dst_start = -35;
          s.dst_size = size * 64;
          s.src_samples = 160 >> from.shift;
          s.src_shift = from.shift;
          s.dst_shift = to.shift;
          s.src_site = from.site;
          s.dst_site = to.site;
          s.count = (size - 1) >> to.shift;
          s.filter = filter;
          const auto value_at = [](double luma64) { return 100 + luma64 / 64 * 4; };
          TestPlane src(s.src_samples, 1, 10);
          src.fill(
              [&](int x, int) { return static_cast<int>(std::lround(value_at((x << (6 + from.shift)) + from.site))); });
          const TestPlane got = run(ops(), src.reader(), make_taps(s), make_taps(whole(1, 1)), 10);
          double bias = 0;
          for (int x = s.count / 4; x < s.count * 3 / 4; ++x) {  // away from the clamped ends
            const double luma = s.crop_start + ((x << (6 + to.shift)) + to.site - s.dst_start) *
                                                   static_cast<double>(s.crop_size) / s.dst_size;
            const double error = got.get(x, 0) - value_at(luma);
            ASSERT_LE(std::abs(error), 2.0);  // Lanczos and widened kernels ripple on ramps
            bias += error / (s.count * 3 / 4 - s.count / 4);
          }
          // A wrong phase is the same error everywhere: 0.25 on a slope of 4 is a 16th of a luma sample.
          EXPECT_LE(std::abs(bias), 0.25) << "size " << size << " sites " << from.site << "/" << from.shift << " -> "
                                          << to.site << "/" << to.shift << " filter " << int(filter);
        }
      }
    }
  }
}

TEST_P(Resample, AnImpulseMovesWithTheRect) {
  TestPlane src(32, 1, 8);
  src.set(16, 0, 255);
  const Taps row = make_taps(whole(1, 1));
  for (const int shift64 : {-128, -64, 0, 64, 192}) {
    AxisSpec s = whole(32, 32);
    s.dst_start = shift64;
    const TestPlane got = run(ops(), src.reader(), make_taps(s), row, 8);
    for (int x = 0; x < 32; ++x) EXPECT_EQ(got.get(x, 0), x == 16 + shift64 / 64 ? 255 : 0);
  }
  AxisSpec half = whole(32, 32);
  half.dst_start = 32;
  const TestPlane got = run(ops(), src.reader(), make_taps(half), row, 8);
  EXPECT_EQ(got.get(16, 0), got.get(17, 0));
  EXPECT_GT(got.get(16, 0), 140);
}

TEST_P(Resample, NothingOutsideTheCropIsSeen) {
  for (const int crop_start : {20 * 64, 20 * 64 + 33}) {
    AxisSpec s = whole(64, 50);
    s.crop_start = crop_start;
    s.crop_size = 10 * 64;
    TestPlane src(64, 64, 8);
    const int last = crop_start % 64 == 0 ? 29 : 30;
    src.fill([&](int x, int y) { return x >= 20 && x <= last && y >= 20 && y <= last ? 77 : 255; });
    const TestPlane got = run(ops(), src.reader(), make_taps(s), make_taps(s), 8);
    for (int y = 0; y < 50; ++y) {
      for (int x = 0; x < 50; ++x) ASSERT_EQ(got.get(x, y), 77);
    }
  }
}

TEST_P(Resample, APartOfTheRectHasTheSameSamples) {
  const TestPlane src = noise_plane(40, 40, 8, 7);
  AxisSpec s = whole(40, 90);
  s.dst_start = -17;
  const TestPlane all = run(ops(), src.reader(), make_taps(s), make_taps(s), 8);
  AxisSpec part = s;
  part.first = 31;
  part.count = 40;
  const TestPlane some = run(ops(), src.reader(), make_taps(part), make_taps(part), 8);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) ASSERT_EQ(some.get(x, y), all.get(x + 31, y + 31));
  }
}

TEST_P(Resample, ReadsInterleavedAndShiftedSamples) {
  for (const int depth : {8, 10}) {
    const TestPlane plain = noise_plane(33, 20, depth, 9);
    const int shift = depth == 10 ? 6 : 0;
    TestPlane pairs(66, 20, depth);
    pairs.fill([&](int x, int y) { return x % 2 == 1 ? plain.get(x / 2, y) << shift : (1 << 16) - 1; });
    ConstPlane view = pairs.reader();
    view.data += pairs.bytes();
    view.step = 2;
    view.msb_shift = shift;
    view.width = 33;
    const Taps x = make_taps(whole(33, 47)), y = make_taps(whole(20, 31));
    EXPECT_EQ(run(ops(), view, x, y, depth), run(ops(), plain.reader(), x, y, depth));
  }
}

TEST_P(Resample, GoldenVectors) {
  struct Golden {
    int from, to, src_depth, dst_depth;
    Filter filter;
    const char* hash;
  };
  const Golden goldens[] = {
      {64, 96, 8, 8, Filter::kLanczos3, "108d096c256c22988fa122c8809a163e"},
      {96, 40, 8, 8, Filter::kLanczos3, "b1a11e9221b1649704fc7b44df5b8a0d"},
      {64, 96, 10, 10, Filter::kLanczos3, "72c6be8475f5abb5355c7c7217df572f"},
      {64, 45, 10, 8, Filter::kCatmullRom, "af3adc746efb2520a85d0ad275897c3f"},
      {64, 45, 8, 10, Filter::kBilinear, "e9c671b49a66b1476362da53a21afeeb"},
  };
  for (const Golden& g : goldens) {
    const TestPlane src = noise_plane(g.from, g.from, g.src_depth, 42);
    const Taps taps = make_taps(whole(g.from, g.to, g.filter));
    EXPECT_EQ(run(ops(), src.reader(), taps, taps, g.dst_depth).hash(), g.hash);
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Resample, testing::ValuesIn(implementations().begin(), implementations().end()),
                         [](const auto& param) { return std::string(param.param->name); });

}  // namespace
}  // namespace tessera::kernels
