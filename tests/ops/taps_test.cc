#include "kernels/taps.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/ops/oracle.h"
#include "tests/ops/planes.h"

namespace tessera::kernels {
namespace {

AxisSpec axis(int crop_start, int crop_size, int dst_start, int dst_size, int samples, int count) {
  AxisSpec s;
  s.crop_start = crop_start;
  s.crop_size = crop_size;
  s.dst_start = dst_start;
  s.dst_size = dst_size;
  s.src_samples = samples;
  s.count = count;
  return s;
}

AxisSpec whole(int from, int to) { return axis(0, from * 64, 0, to * 64, from, to); }

std::vector<AxisSpec> varied() {
  std::vector<AxisSpec> specs;
  for (const Filter filter : {Filter::kLanczos3, Filter::kCatmullRom, Filter::kBilinear, Filter::kBSpline}) {
    for (const int from : {1, 2, 3, 7, 64, 405, 1280}) {
      for (const int to : {1, 2, 5, 67, 540, 1920}) {
        AxisSpec s = whole(from, to);
        s.filter = filter;
        specs.push_back(s);
        s.crop_start = from * 16 + 5;
        s.crop_size = from * 32 + 3;
        s.dst_start = 37;
        specs.push_back(s);
        s.src_shift = s.dst_shift = 1;
        s.src_samples = (from + 1) / 2;
        s.count = (to + 1) / 2;
        specs.push_back(s);
        s.src_site = 96;
        s.dst_site = 64;
        specs.push_back(s);
      }
    }
  }
  specs.push_back(whole(8192, 1));
  specs.push_back(axis(0, 8192 * 64, 3, 1, 8192, 2));
  specs.push_back(axis(-5000, 64, 900, 64, 10, 40));
  return specs;
}

TEST(Taps, SumToOneAndStayInBounds) {
  for (const AxisSpec& spec : varied()) {
    SCOPED_TRACE(testing::Message() << spec.crop_start << "+" << spec.crop_size << " of " << spec.src_samples << " -> "
                                    << spec.dst_start << "+" << spec.dst_size << " filter " << int(spec.filter));
    const Taps taps = make_taps(spec);
    ASSERT_EQ(taps.first.size(), static_cast<size_t>(spec.count));
    ASSERT_GE(taps.first.front(), 0);
    ASSERT_LE(taps.end(), spec.src_samples);
    ASSERT_EQ(taps.stride % 8, 0);
    for (size_t i = 0; i < taps.first.size(); ++i) {
      if (i > 0) {
        ASSERT_GE(taps.first[i], taps.first[i - 1]);
      }
      int sum = 0, absolute = 0;
      for (int k = 0; k < taps.stride; ++k) {
        const int tap = taps.taps[i * static_cast<size_t>(taps.stride) + static_cast<size_t>(k)];
        if (k >= taps.size) {
          ASSERT_EQ(tap, 0);
        }
        sum += tap;
        absolute += std::abs(tap);
      }
      ASSERT_EQ(sum, kTapOne);
      ASSERT_LE(absolute, kMaxAbsoluteTaps);
    }
  }
}

// The same picture turned round must give the same taps turned round, but for the residue, which goes to the lower
// centre.
TEST(Taps, AreSymmetricUpToTheResidue) {
  const Taps taps = make_taps(whole(100, 150));
  for (size_t i = 0; i < 150; ++i) {
    std::vector<int> a(100), b(100);
    for (int k = 0; k < taps.size; ++k) {
      a[static_cast<size_t>(taps.first[i] + k)] =
          taps.taps[i * static_cast<size_t>(taps.stride) + static_cast<size_t>(k)];
      b[static_cast<size_t>(99 - taps.first[149 - i] - k)] =
          taps.taps[(149 - i) * static_cast<size_t>(taps.stride) + static_cast<size_t>(k)];
    }
    for (size_t k = 0; k < 100; ++k) EXPECT_NEAR(a[k], b[k], 6);
  }
}

TEST(Taps, OfTheSameSizeAreTheIdentity) {
  for (const Filter filter : {Filter::kLanczos3, Filter::kCatmullRom, Filter::kBilinear}) {
    AxisSpec spec = whole(67, 67);
    spec.filter = filter;
    const Taps taps = make_taps(spec);
    EXPECT_EQ(taps.size, 1);
    for (int i = 0; i < 67; ++i) EXPECT_EQ(taps.first[static_cast<size_t>(i)], i);
  }
}

TEST(Taps, FollowTheMathematicalKernel) {
  for (const AxisSpec& spec : varied()) {
    if (spec.crop_size > 2000 * 64 || spec.dst_size < 64) continue;  // taps near 1 of 16384 have no shape left
    SCOPED_TRACE(testing::Message() << spec.crop_start << "+" << spec.crop_size << " of " << spec.src_samples << " -> "
                                    << spec.dst_start << "+" << spec.dst_size << " filter " << int(spec.filter));
    const Taps taps = make_taps(spec);
    for (int i = 0; i < spec.count; ++i) {
      const std::vector<double> want = oracle_weights(spec, i);
      double error = 0;
      for (int x = 0; x < spec.src_samples; ++x) {
        const int k = x - taps.first[static_cast<size_t>(i)];
        const bool has = k >= 0 && k < taps.size;
        const int tap = has ? taps.taps[static_cast<size_t>(i * taps.stride + k)] : 0;
        error += std::abs(tap / 16384.0 - want[static_cast<size_t>(x)]);
      }
      // Each unclamped tap is off by at most half a unit, and the residue makes up for all of them once more.
      ASSERT_LE(error, oracle_tap_count(spec) / 16384.0 + 1e-9) << "output " << i;
    }
  }
}

// A change here changes every rendered byte: it must be meant, and the render version changes with it.
TEST(Taps, ArePinned) {
  Hash128Hasher selectable, blurring;
  for (const AxisSpec& spec : varied()) {
    const Taps taps = make_taps(spec);
    Hash128Hasher& hasher = spec.filter == Filter::kBSpline ? blurring : selectable;
    const auto add = [&](const auto& values) {
      hasher.add({reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(values[0])});
    };
    add(taps.first);
    add(taps.taps);
  }
  EXPECT_EQ(selectable.finish().hex(), "482e0e4aacaedcfefa2d4ecfcd711955");
  EXPECT_EQ(blurring.finish().hex(), "712351e282ddcb0cd5ec0b2562f4a2f3");
}

/// What a table does to a row, as one number per source sample of output i.
std::vector<int> row_of(const Taps& taps, int i, int samples) {
  std::vector<int> row(static_cast<size_t>(samples), 0);
  for (int k = 0; k < taps.size; ++k) {
    row[static_cast<size_t>(taps.first[static_cast<size_t>(i)] + k)] +=
        taps.taps[static_cast<size_t>(i * taps.stride + k)];
  }
  return row;
}

TEST(Taps, PairedOutputsAreTheMeanOfTwo) {
  for (const AxisSpec& spec : varied()) {
    if (spec.src_shift != 0) continue;
    SCOPED_TRACE(testing::Message() << spec.crop_start << "+" << spec.crop_size << " of " << spec.src_samples << " -> "
                                    << spec.dst_start << "+" << spec.dst_size << " filter " << int(spec.filter));
    AxisSpec each = spec;
    each.first = 2;
    each.count = 2 * spec.count;
    AxisSpec paired = spec;
    paired.paired = true;
    paired.dst_shift = 1;
    paired.dst_site = 64;
    paired.first = 1;
    const Taps two = make_taps(each), one = make_taps(paired);
    ASSERT_EQ(one.first.size(), static_cast<size_t>(spec.count));
    ASSERT_GE(one.first.front(), 0);
    ASSERT_LE(one.end(), spec.src_samples);
    for (int i = 0; i < spec.count; ++i) {
      const auto a = row_of(two, 2 * i, spec.src_samples), b = row_of(two, 2 * i + 1, spec.src_samples);
      const auto mean = row_of(one, i, spec.src_samples);
      int sum = 0;
      for (size_t k = 0; k < mean.size(); ++k) {
        ASSERT_NEAR(2 * mean[k], a[k] + b[k], 1) << "output " << i << " sample " << k;
        sum += mean[k];
      }
      ASSERT_EQ(sum, kTapOne);
    }
  }
}

}  // namespace
}  // namespace tessera::kernels
