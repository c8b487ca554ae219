#include "kernels/tone.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "kernels/ref/tone.h"
#include "tests/ops/planes.h"

namespace tessera::kernels {
namespace {

using Triple = std::array<double, 3>;

/// The mapping as mathematics, with the library's functions: written from kernels/README.md.
double pq_nits(double e) {
  const double p = std::pow(e, 32.0 / 2523);
  return 10000 * std::pow(std::max(p - 0.8359375, 0.0) / (18.8515625 - 18.6875 * p), 16384.0 / 2610);
}
double pq_signal(double nits) {
  const double p = std::pow(nits / 10000, 2610.0 / 16384);
  return std::pow((0.8359375 + 18.8515625 * p) / (1 + 18.6875 * p), 2523.0 / 32);
}
double hlg_scene(double e) {
  const double a = 0.17883277, b = 1 - 4 * a, c = 0.5 - a * std::log(4 * a);
  return e <= 0.5 ? e * e / 3 : (std::exp((e - c) / a) + b) / 12;
}

double eetf(double nits, double peak) {
  const double top = pq_signal(peak), e = std::min(pq_signal(nits) / top, 1.0), most = pq_signal(203) / top;
  const double knee = 1.5 * most - 0.5;
  if (e <= knee) return nits;
  const double t = (e - knee) / (1 - knee);
  const double spline = (2 * t * t * t - 3 * t * t + 1) * knee + (t * t * t - 2 * t * t + t) * (1 - knee) +
                        (-2 * t * t * t + 3 * t * t) * most;
  return pq_nits(spline * top);
}

double light_of(HdrTransfer transfer, double peak, double signal) {
  if (transfer == HdrTransfer::kHlg) return eetf(1000 * std::pow(hlg_scene(signal), 1.2), 1000) / 203;
  return eetf(pq_nits(signal), peak) / 203;
}

double unit(double v) { return std::clamp(v, 0.0, 1.0); }

/// From a component's own light, how much of what it has more than others counts: {{others, shares}, ...} for R, G, B.
struct Shares {
  size_t a;
  double share_a;
  size_t b;
  double share_b;
};
constexpr Shares kShares[] = {{1, 0.587641, 2, 0.072850}, {0, 0.124550, 2, 0.008349}, {0, 0.018151, 1, 0.100579}};
constexpr double kRows[3][3] = {{876 * 0.2126, 876 * 0.7152, 876 * 0.0722},
                                {-896 * 0.2126 / 1.8556, -896 * 0.7152 / 1.8556, 448},
                                {448, -896 * 0.7152 / 1.5748, -896 * 0.0722 / 1.5748}};
constexpr double kZeros[] = {64, 512, 512};

Triple signal_of(double y, double u, double v) {
  const double luma = (y - 64) / 876, cb = (u - 512) / 896, cr = (v - 512) / 896;
  const double r = luma + 1.4746 * cr, b = luma + 1.8814 * cb;
  return {r, (luma - 0.2627 * r - 0.0593 * b) / 0.678, b};
}

struct Range {
  double low, high;
  Range() : low(0), high(0) {}
  Range(double at, double off) : low(at - off), high(at + off) {}
  template <class F>
  Range through(const F& rising, double off) const {
    Range r;
    r.low = rising(low) - off;
    r.high = rising(high) + off;
    return r;
  }
};

/// What 10 bit steps the mapping gives, from lowest to highest, when every step of the integers is off by as much as it
/// may: `errors` 1. With 0 both are the mapping in real numbers.
std::array<Range, 3> mapping(HdrTransfer transfer, double peak, double y, double u, double v, double errors) {
  const Triple signal = signal_of(y, u, v);
  // Coefficients are off by half a unit each.
  const double signal_off =
      (0.5 + 0.5 * (std::abs(y - 64) + 8 * std::abs(u - 512) + 8 * std::abs(v - 512)) / 16384) / 4096;
  std::array<Range, 3> light, display, out;
  const auto to_light = [&](double x) { return unit(light_of(transfer, peak, unit(x))); };
  const auto to_display = [](double x) { return std::pow(unit(x), 1 / 2.4); };
  for (size_t i = 0; i < 3; ++i)
    light[i] = Range(signal[i], signal_off * errors).through(to_light, 0.5 / 524288 * errors);
  for (size_t i = 0; i < 3; ++i) {
    const auto [a, share_a, b, share_b] = kShares[i];
    const double own = 1 + share_a + share_b, off = (1.0 / 4096 + 0.5 / 524288) * errors;
    Range c;
    c.low = own * light[i].low - share_a * light[a].high - share_b * light[b].high - off;
    c.high = own * light[i].high - share_a * light[a].low - share_b * light[b].low + off;
    if (c.high >= 4096.0 / 524288) {  // an entry stands for 32 steps of light
      c.low -= 16.0 / 524288 * errors;
      c.high += 16.0 / 524288 * errors;
    }
    display[i] = c.through(to_display, 0.5 / 16384 * errors);
  }
  for (size_t k = 0; k < 3; ++k) {
    out[k] = Range(kZeros[k], 3 * 0.5 / 32 * errors);
    for (size_t i = 0; i < 3; ++i) {
      const double w = kRows[k][i];
      out[k].low += w * (w > 0 ? display[i].low : display[i].high);
      out[k].high += w * (w > 0 ? display[i].high : display[i].low);
    }
  }
  return out;
}

Triple oracle(HdrTransfer transfer, double peak, double y, double u, double v) {
  const auto ranges = mapping(transfer, peak, y, u, v, 0);
  return {ranges[0].low, ranges[1].low, ranges[2].low};
}

const ToneTables& pq1000() {
  static const ToneTables tables = make_tone_tables(HdrTransfer::kPq, 1000);
  return tables;
}
const ToneTables& hlg() {
  static const ToneTables tables = make_tone_tables(HdrTransfer::kHlg, 1000);
  return tables;
}

/// Three planes.
struct Picture {
  TestPlane y, u, v;
};

Picture apply(const Ops& ops, const Picture& in, const ToneTable& table, int depth) {
  Picture out{TestPlane(in.y.width(), in.y.height(), depth), TestPlane(in.u.width(), in.u.height(), depth),
              TestPlane(in.u.width(), in.u.height(), depth)};
  TestPlane* planes[] = {&out.y, &out.u, &out.v};
  for (int i = 0; i < 3; ++i) {
    TestPlane& dst = *planes[i];
    const ToneMapParams p{
        in.y.reader(), in.u.reader(), in.v.reader(), dst.writer(), {0, 0, dst.width(), dst.height()}, i, table};
    ops.tone_map(p, p.rect.h / 3, p.rect.h);
    ops.tone_map(p, 0, p.rect.h / 3);
    EXPECT_TRUE(dst.guards_intact());
  }
  return out;
}

Picture flat(int y, int u, int v) {
  Picture p{TestPlane(2, 2, 10), TestPlane(1, 1, 10), TestPlane(1, 1, 10)};
  p.y.fill([&](int, int) { return y; });
  p.u.set(0, 0, u);
  p.v.set(0, 0, v);
  return p;
}

/// What a flat colour becomes.
Triple mapped(const Ops& ops, int y, int u, int v, const ToneTables& tables, int depth) {
  const Picture out = apply(ops, flat(y, u, v), tables.view(), depth);
  return {double(out.y.get(1, 1)), double(out.u.get(0, 0)), double(out.v.get(0, 0))};
}

// One hash on every machine, compiler and libm.
TEST(ToneTables, ArePinned) {
  const auto hash = [](const ToneTables& tables) {
    Hash128Hasher hasher;
    const auto add = [&](uint32_t word) {
      const uint8_t bytes[4] = {static_cast<uint8_t>(word), static_cast<uint8_t>(word >> 8),
                                static_cast<uint8_t>(word >> 16), static_cast<uint8_t>(word >> 24)};
      hasher.add(bytes);
    };
    for (const int32_t v : tables.light) add(static_cast<uint32_t>(v));
    for (const int16_t v : tables.display) add(static_cast<uint32_t>(v));
    return hasher.finish().hex();
  };
  EXPECT_EQ(hash(pq1000()), "a2b7f2531aa59cca8c30de9e8ea6ba46");
  EXPECT_EQ(hash(hlg()), "4b7225b5818abc2d4792bdfeb9d030a8");
  EXPECT_EQ(hash(make_tone_tables(HdrTransfer::kPq, 10000)), "ef73a3caff108cd35621cb504a8c5332");
  EXPECT_EQ(hash(make_tone_tables(HdrTransfer::kPq, 203)), "77cf70ac047307c38db0a04a8c657473");
}

TEST(ToneTables, AreTheMappingRounded) {
  for (const int peak : {203, 600, 1000, 4000, 10000}) {
    const ToneTables tables = make_tone_tables(HdrTransfer::kPq, peak);
    ASSERT_EQ(tables.light.size(), 4097u);
    for (size_t i = 0; i <= 4096; ++i) {
      const double want = std::min(light_of(HdrTransfer::kPq, peak, double(i) / 4096), 1.0) * 524288;
      ASSERT_NEAR(tables.light[i], want, 0.5 + 1e-6) << i << " of " << peak;
    }
  }
  for (size_t i = 0; i <= 4096; ++i) {
    const double want = std::min(light_of(HdrTransfer::kHlg, 1000, double(i) / 4096), 1.0) * 524288;
    ASSERT_NEAR(hlg().light[i], want, 0.5 + 0.01) << i;  // HLG's constants are published with 8 digits
  }
  const auto& display = hlg().display;
  ASSERT_EQ(display.size(), static_cast<size_t>(ref::kToneEntries) + 1);
  for (int light = 0; light <= 524288; ++light) {
    const double off = light < 4096 || light == 524288 ? 0 : 15.5;
    const auto signal = [&](double at) { return std::pow(std::min(at, 524288.0) / 524288, 1 / 2.4) * 16384; };
    const int got = display[static_cast<size_t>(ref::tone_index(light))];
    ASSERT_GE(got, signal(light - off) - 0.5 - 1e-6) << light;
    ASSERT_LE(got, signal(light + off) + 0.5 + 1e-6) << light;
  }
}

class ToneMap : public testing::TestWithParam<const Ops*> {};

TEST_P(ToneMap, IsTheMappingToWithinItsRoundings) {
  Noise noise(2);
  for (int i = 0; i < 4000; ++i) {
    const bool is_hlg = i % 2 != 0;
    const int depth = i % 4 < 2 ? 8 : 10, y = noise.below(1024);
    const int u = i % 3 == 0 ? noise.below(1024) : 480 + noise.below(64);
    const int v = i % 3 == 0 ? noise.below(1024) : 480 + noise.below(64);
    const auto want = mapping(is_hlg ? HdrTransfer::kHlg : HdrTransfer::kPq, 1000, y, u, v, 1);
    const Triple got = mapped(*GetParam(), y, u, v, is_hlg ? hlg() : pq1000(), depth);
    const double scale = depth == 8 ? 4 : 1;
    for (size_t k = 0; k < 3; ++k) {
      ASSERT_GE(got[k], want[k].low / scale - 0.5 - 1e-6) << y << "," << u << "," << v << " plane " << k;
      ASSERT_LE(got[k], want[k].high / scale + 0.5 + 1e-6) << y << "," << u << "," << v << " plane " << k;
    }
  }
}

TEST_P(ToneMap, GreysStayGrey) {
  for (const bool is_hlg : {false, true}) {
    double before = 0;
    for (int y = 0; y < 1024; ++y) {
      const Triple got = mapped(*GetParam(), y, 512, 512, is_hlg ? hlg() : pq1000(), 10);
      const double want = oracle(is_hlg ? HdrTransfer::kHlg : HdrTransfer::kPq, 1000, y, 512, 512)[0];
      // The first half step of light is black: its signal is 0.0031.
      ASSERT_NEAR(got[0], want, want < 74 ? 876 * 0.0031 + 0.5 : 2) << y;
      ASSERT_EQ(got[1], 512);
      ASSERT_EQ(got[2], 512);
      ASSERT_GE(got[0], before) << "never falls";
      before = got[0];
    }
  }
}

// BT.2408: HDR's white of 203 cd/m2 is 58 % PQ and 75 % HLG. Black, white and those end where SDR has them.
TEST_P(ToneMap, KnownLevels) {
  const auto luma = [&](double signal, const ToneTables& tables) {
    return mapped(*GetParam(), static_cast<int>(std::lround(64 + 876 * signal)), 512, 512, tables, 8)[0];
  };
  for (const ToneTables* tables : {&pq1000(), &hlg()}) {
    EXPECT_EQ(luma(0, *tables), 16);
    EXPECT_EQ(luma(1, *tables), 235);
  }
  EXPECT_EQ(luma(0.7518, pq1000()), 235) << "1000 cd/m2, the source's peak";
  EXPECT_NEAR(luma(0.5807, pq1000()), luma(0.75, hlg()), 1);
  EXPECT_NEAR(luma(0.5807, pq1000()), 16 + 219 * 0.906, 1);
}

/// Colours of a picture: light of few to many cd/m2 within BT.709, as most is.
Triple hdr_colour(Noise& noise) {
  const double lines[3][3] = {
      {0.627404, 0.329283, 0.043313}, {0.069097, 0.919540, 0.011362}, {0.016391, 0.088013, 0.895595}};
  Triple light{}, signal{};
  const double bright = std::pow(10.0, noise.below(1001) / 1000.0 * 2.8);
  for (double& c : light) c = bright * (noise.below(1000) + 1) / 1000.0;
  for (size_t i = 0; i < 3; ++i)
    signal[i] = pq_signal(lines[i][0] * light[0] + lines[i][1] * light[1] + lines[i][2] * light[2]);
  const double y = 0.2627 * signal[0] + 0.678 * signal[1] + 0.0593 * signal[2];
  return {64 + 876 * y, 512 + 896 * (signal[2] - y) / 1.8814, 512 + 896 * (signal[0] - y) / 1.4746};
}

// How far all roundings together bring it from the mapping in real numbers, on colours as pictures have them.
TEST_P(ToneMap, IsCloseToTheMappingItself) {
  Noise noise(3);
  Triple mean{}, most{};
  constexpr int kColours = 4000;
  for (int i = 0; i < kColours; ++i) {
    const Triple colour = hdr_colour(noise);
    int in[3];
    for (size_t k = 0; k < 3; ++k) in[k] = static_cast<int>(std::lround(colour[k]));
    const Triple want = oracle(HdrTransfer::kPq, 1000, in[0], in[1], in[2]);
    const Triple got = mapped(*GetParam(), in[0], in[1], in[2], pq1000(), 10);
    for (size_t k = 0; k < 3; ++k) {
      mean[k] += std::abs(got[k] - want[k]) / kColours;
      most[k] = std::max(most[k], std::abs(got[k] - want[k]));
    }
  }
  std::printf("10 bit steps: mean %.2f %.2f %.2f, most %.1f %.1f %.1f\n", mean[0], mean[1], mean[2], most[0], most[1],
              most[2]);
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_LT(mean[k], 0.5);
    EXPECT_LT(most[k], 6.0);
  }
}

// Chroma (i, j) is on luma (2i, 2j + 1/2): on slopes, with tables that keep them straight, each sample is what a flat
// picture of the values there gives.
TEST_P(ToneMap, TakesEachPlaneWhereTheOtherIs) {
  ToneTables straight;
  for (int i = 0; i <= 4096; ++i) straight.light.push_back(i * 128);
  for (int i = 0; i < ref::kToneEntries + 1; ++i) {
    const int light = i < 4096 ? i : std::min((i - 4096 + 128) * 32 + 16, 524288);
    straight.display.push_back(static_cast<int16_t>(light / 32));
  }
  Picture in{TestPlane(40, 30, 10), TestPlane(20, 15, 10), TestPlane(20, 15, 10)};
  in.u.fill([](int i, int j) { return 300 + 8 * i + 4 * j; });
  in.v.fill([](int i, int j) { return 700 - 8 * i - 4 * j; });
  in.y.fill([](int x, int y) { return 300 + 3 * x + 4 * y; });
  const Picture got = apply(*GetParam(), in, straight.view(), 10);
  const auto flat_at = [&](double y, double u, double v) {
    return mapped(*GetParam(), static_cast<int>(std::lround(y)), static_cast<int>(std::lround(u)),
                  static_cast<int>(std::lround(v)), straight, 10);
  };
  for (int y = 1; y < 29; ++y) {
    for (int x = 0; x < 39; ++x) {
      const double step = 4.0 * x + 2 * (y - 0.5);
      const Triple want = flat_at(300 + 3 * x + 4 * y, 300 + step, 700 - step);
      ASSERT_NEAR(got.y.get(x, y), want[0], 1) << x << "," << y;
    }
  }
  for (int j = 0; j < 15; ++j) {
    for (int i = 0; i < 20; ++i) {
      const Triple want = flat_at(300 + 6 * i + 4 * (2 * j) + 2, in.u.get(i, j), in.v.get(i, j));
      ASSERT_EQ(got.u.get(i, j), want[1]);
      ASSERT_EQ(got.v.get(i, j), want[2]);
    }
  }
}

TEST_P(ToneMap, GoldenVectors) {
  const Picture in{noise_plane(67, 35, 10, 1), noise_plane(34, 18, 10, 2), noise_plane(34, 18, 10, 3)};
  const Picture eight = apply(*GetParam(), in, pq1000().view(), 8), ten = apply(*GetParam(), in, hlg().view(), 10);
  EXPECT_EQ(eight.y.hash(), "34b9a7ac718ae8063d31318696a16b7f");
  EXPECT_EQ(eight.u.hash(), "37611a55112f6e60b590cb9344ccaa13");
  EXPECT_EQ(ten.y.hash(), "3a4afe5bda42be797a910f357ba1bb1c");
  EXPECT_EQ(ten.v.hash(), "96abfcd39b0933bd9e2b46d68026d4a5");
}

INSTANTIATE_TEST_SUITE_P(Every, ToneMap, testing::ValuesIn(implementations().begin(), implementations().end()),
                         [](const auto& param) { return std::string(param.param->name); });

}  // namespace
}  // namespace tessera::kernels
