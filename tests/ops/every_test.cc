#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <span>

#include "kernels/colour.h"
#include "kernels/ops.h"
#include "kernels/ref/tone.h"
#include "kernels/taps.h"
#include "kernels/tone.h"
#include "tests/ops/cuda_host.h"
#include "tests/ops/planes.h"
#include "tests/support/rounds.h"

/// Every implementation against entry 0 on random jobs, and on those that strain the arithmetic most.
namespace tessera::kernels {
namespace {

/// TESSERA_SEED in the environment, else a new one; told once, so that a failure can be repeated.
uint32_t seed_of_run() {
  static const uint32_t seed = [] {
    const char* given = std::getenv("TESSERA_SEED");
    const auto value =
        given != nullptr ? static_cast<uint32_t>(std::strtoul(given, nullptr, 0)) : std::random_device{}();
    std::printf("TESSERA_SEED=%u\n", value);
    return value;
  }();
  return seed;
}

/// Samples in memory that ends with the last of them, so that a sanitizer sees any read beyond.
class Source {
 public:
  Source(Noise& noise, int width, int height, int depth) {
    const int bytes = depth > 8 ? 2 : 1, step = noise.below(4) == 0 ? 2 : 1;
    plane_.width = width;
    plane_.height = height;
    plane_.depth = depth;
    plane_.step = step;
    plane_.msb_shift = depth > 8 && noise.below(4) == 0 ? 6 : 0;
    const int first = step == 2 ? noise.below(2) : 0, row = width * step;
    const int padded = (row + noise.below(3) * 13) * bytes;
    size_ = static_cast<size_t>(padded) * static_cast<size_t>(height - 1) + static_cast<size_t>(row * bytes);
    memory_ = std::make_unique<uint8_t[]>(size_);
    const bool upwards = noise.below(8) == 0;
    plane_.stride = upwards ? -padded : padded;
    plane_.data = memory_.get() + (upwards ? padded * (height - 1) : 0) + first * bytes;
    const int pattern = noise.below(4), max = (1 << depth) - 1;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < row - first; ++x) {
        const int value = pattern == 0 ? max : pattern == 1 ? noise.below(2) * max : noise.below(max + 1);
        auto* at = const_cast<uint8_t*>(plane_.data) + y * plane_.stride + x * bytes;
        const int word = value << plane_.msb_shift;
        at[0] = static_cast<uint8_t>(word);
        if (bytes == 2) at[1] = static_cast<uint8_t>(word >> 8);
      }
    }
  }
  const ConstPlane& plane() const { return plane_; }

 private:
  ConstPlane plane_;
  std::unique_ptr<uint8_t[]> memory_;
  size_t size_ = 0;
};

struct Random {
  Noise noise;
  explicit Random(uint32_t seed) : noise(seed) {}
  int below(int n) { return noise.below(n); }
  int depth() { return below(2) == 0 ? 8 : 10; }
  /// Small sizes most of the time, so that every remainder of every vector length comes up.
  int size() { return 1 + below(below(3) == 0 ? 300 : 70); }
  Rect rect(int width, int height) {
    Rect r{below(width), below(height), 1, 1};
    r.w += below(width - r.x);
    r.h += below(height - r.y);
    return r;
  }
};

/// All that this machine runs, and the CUDA kernels' build for the CPU.
const std::vector<const Ops*>& under_test() {
  static const std::vector<const Ops*> all = [] {
    const auto here = implementations();
    std::vector<const Ops*> list(here.begin(), here.end());
    using Layout = testing::DeviceMemory::Layout;
    for (const Layout layout : {Layout::kAligned, Layout::kOdd}) list.push_back(&testing::cuda_ops(layout));
    return list;
  }();
  return all;
}

/// Runs `job` with every implementation of `all` on a copy of `before`, the rows in two parts, and compares.
template <class F>
void expect_same(Random& random, const TestPlane& before, int rows, const F& job,
                 std::span<const Ops* const> all = under_test()) {
  const int cut = random.below(rows + 1);
  TestPlane want = before;
  for (const Ops* ops : all) {
    TestPlane got = before;
    job(*ops, got, cut, rows);
    job(*ops, got, 0, cut);
    ASSERT_TRUE(got.guards_intact()) << ops->name;
    if (ops == implementations().front()) {
      want = got;
    } else if (!(got == want)) {
      for (int y = 0; y < got.height(); ++y) {
        for (int x = 0; x < got.width(); ++x)
          ASSERT_EQ(got.get(x, y), want.get(x, y)) << ops->name << " at " << x << ", " << y;
      }
    }
  }
}

void resample(const Ops& ops, const ResampleParams& p, int row0, int row1) {
  std::vector<uint8_t> memory(ops.resample_scratch(p) + 64);
  ops.resample(p, row0, row1, memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64);
}

AxisSpec random_axis(Random& random, int samples, int first, int count, int dst) {
  AxisSpec s;
  s.src_samples = samples;
  s.src_shift = random.below(2);
  s.dst_shift = random.below(2);
  s.src_site = 32 + 32 * random.below(1 + 2 * s.src_shift);
  s.dst_site = 32 + 32 * random.below(1 + 2 * s.dst_shift);
  const int length = samples * (64 << s.src_shift);
  const bool whole = random.below(2) == 0;
  s.crop_start = whole ? 0 : random.below(length);
  s.crop_size = whole ? length : 1 + random.below(length - s.crop_start);
  s.dst_start = whole ? 0 : random.below(64) - 32;
  s.dst_size = dst * (64 << s.dst_shift) - (whole ? 0 : random.below(64));
  s.first = first;
  s.count = count;
  s.filter = static_cast<Filter>(random.below(3));
  return s;
}

void check_resample(Random& random) {
  const int from_depth = random.depth(), to_depth = random.depth();
  const Source src(random.noise, random.size(), random.size(), from_depth);
  // Ratios from steep reductions to enlargements.
  const int width = random.below(4) == 0 ? 1 + src.plane().width / (1 + random.below(8)) : random.size();
  const TestPlane dst = noise_plane(width, random.size(), to_depth, static_cast<uint32_t>(random.below(1 << 20)));
  const Rect rect = random.rect(dst.width(), dst.height());
  const Taps x = make_taps(random_axis(random, src.plane().width, rect.x, rect.w, dst.width()));
  const Taps y = make_taps(random_axis(random, src.plane().height, rect.y, rect.h, dst.height()));
  const bool laid_out = random.below(2) == 0, full_scale = random.below(4) == 0;
  expect_same(random, dst, rect.h, [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    resample(ops, {src.plane(), out.writer(), rect, laid_out ? x.laid_out() : x.view(), y.view(), full_scale}, row0,
             row1);
  });
}

void check_blend(Random& random) {
  const int depth = random.depth(), width = random.size(), height = random.size();
  BlendParams p;
  p.chroma = random.below(2) == 0;
  p.opacity = random.below(3) == 0 ? 1024 : random.below(1025);
  p.offset = (p.chroma ? 128 : 16) << (depth - 8);
  const int odd_x = random.below(2), odd_y = random.below(2);
  const Source src(random.noise, width, height, depth);
  const Source alpha(random.noise, p.chroma ? 2 * width - odd_x : width, p.chroma ? 2 * height - odd_y : height, depth);
  const TestPlane mask = noise_plane(width, height, 8, static_cast<uint32_t>(random.below(1 << 20)));
  const TestPlane dst = noise_plane(width, height, depth, static_cast<uint32_t>(random.below(1 << 20)));
  p.src = src.plane();
  if (random.below(2) == 0) p.alpha = alpha.plane();
  if (random.below(2) == 0) p.mask = mask.reader();
  p.rect = random.rect(width, height);
  expect_same(random, dst, p.rect.h, [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    p.dst = out.writer();
    ops.blend(p, row0, row1);
  });
}

void check_convert(Random& random) {
  const int depth = random.depth(), width = random.size(), height = random.size();
  const int chroma_width = (width + 1) / 2, chroma_height = (height + 1) / 2;
  const Source y(random.noise, width, height, depth), u(random.noise, chroma_width, chroma_height, depth),
      v(random.noise, chroma_width, chroma_height, depth);
  const ColourModel models[] = {{2126, 722, false}, {2990, 1140, true}, {2627, 593, false}, {2990, 1140, false}};
  ConvertParams p{y.plane(),
                  u.plane(),
                  v.plane(),
                  {},
                  {},
                  random.below(3),
                  convert_matrix(models[random.below(4)], depth, models[random.below(4)], depth)};
  p.rect = p.plane == 0 ? random.rect(width, height) : random.rect(chroma_width, chroma_height);
  if (p.plane == 0) p.rect.x -= p.rect.x % 2;  // rects are on the chroma grid
  const TestPlane dst =
      noise_plane(p.plane == 0 ? width : chroma_width, p.plane == 0 ? height : chroma_height, depth, 3);
  expect_same(random, dst, p.rect.h, [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    p.dst = out.writer();
    ops.convert(p, row0, row1);
  });
}

void check_mask(Random& random) {
  MaskParams p;
  p.width = random.size();
  p.height = random.size();
  p.chroma = random.below(2) == 0;
  const int width = p.chroma ? (p.width + 1) / 2 : p.width, height = p.chroma ? (p.height + 1) / 2 : p.height;
  p.shape = {random.below(p.width * 96) - p.width * 16, random.below(p.height * 96) - p.height * 16,
             1 + random.below(p.width * 64), 1 + random.below(p.height * 64), 0};
  const int most = std::min(p.shape.w, p.shape.h) / 2;
  p.shape.radius = random.below(4) == 0 ? most : random.below(most + 1);
  p.rect = random.rect(width, height);
  expect_same(random, noise_plane(width, height, 8, 4), p.rect.h,
              [&](const Ops& ops, TestPlane& out, int row0, int row1) {
                p.dst = out.writer();
                ops.mask(p, row0, row1);
              });
}

void check_moves(Random& random) {
  const int depth = random.depth();
  const Source src(random.noise, random.size(), random.size(), depth);
  const int orientation = random.below(8), w = src.plane().width, h = src.plane().height;
  const bool swaps = (orientation & 1) != 0;
  const TestPlane turned = noise_plane(swaps ? h : w, swaps ? w : h, depth, 5);
  const Rect rect = random.rect(turned.width(), turned.height());
  expect_same(random, turned, rect.h, [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    ops.rotate({src.plane(), out.writer(), rect, orientation}, row0, row1);
  });
  const TestPlane plain = noise_plane(w + random.below(9), h + random.below(9), depth, 6);
  const Rect from = random.rect(w, h);
  const Rect to{random.below(plain.width() - from.w + 1), random.below(plain.height() - from.h + 1), from.w, from.h};
  expect_same(random, plain, to.h, [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    ops.copy({src.plane(), out.writer(), to, from.x, from.y}, row0, row1);
  });
  const auto value = static_cast<uint16_t>(random.below(1 << depth));
  expect_same(random, plain, to.h, [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    ops.fill({out.writer(), to, value}, row0, row1);
  });
}

void check_pixelate(Random& random) {
  const int depth = random.depth();
  const Source src(random.noise, random.size(), random.size(), depth);
  const int width = src.plane().width, height = src.plane().height;
  const Rect rect = random.rect(width, height);
  const bool huge = random.below(16) == 0;
  const int block_w = huge ? kMaxBlock : 1 + random.below(width + 3),
            block_h = huge ? kMaxBlock : 1 + random.below(height + 3);
  const auto job = [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    ops.pixelate({src.plane(), out.writer(), rect, block_w, block_h}, row0, row1);
  };
  expect_same(random, noise_plane(width, height, depth, 7), rect.h, job);
}

void check_blur(Random& random) {
  const int depth = random.depth();
  const Source src(random.noise, random.size(), random.size(), depth);
  const Rect rect = random.rect(src.plane().width, src.plane().height);
  const int radius = 1 + random.below(random.below(4) == 0 ? kMaxRadius : 20);
  const auto job = [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    const BlurParams p{src.plane(), out.writer(), rect, radius};
    std::vector<uint8_t> memory(ops.blur_scratch(p) + 64, 0xEE);
    ops.blur(p, row0, row1, memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64);
  };
  expect_same(random, noise_plane(src.plane().width, src.plane().height, depth, 8), rect.h, job);
}

Affine random_affine(Random& random, int width, int height, const ConstPlane& src) {
  const int kind = random.below(4);
  const int32_t most = kind == 0 ? 1 << 29 : kind == 1 ? 1 << 22 : 3 << 16;
  const auto entry = [&] { return random.below(6) == 0 ? 0 : random.below(2 * most) - most; };
  Affine a{entry(), entry(), entry(), entry(), 0, 0};
  if (kind == 3) a = {65536 + random.below(3), random.below(3) - 1, random.below(3) - 1, 65536 - random.below(3), 0, 0};
  // Some sample of the destination shows some of the source, or one close by.
  const int x = random.below(width), y = random.below(height);
  a.x0 = int64_t{random.below(src.width + 4) - 2} * 65536 + random.below(65536) - int64_t{a.xx} * x - int64_t{a.xy} * y;
  a.y0 =
      int64_t{random.below(src.height + 4) - 2} * 65536 + random.below(65536) - int64_t{a.yx} * x - int64_t{a.yy} * y;
  return a;
}

void check_warp(Random& random) {
  const int depth = random.depth();
  const Source src(random.noise, random.size(), random.size(), depth);
  WarpParams p;
  p.src = src.plane();
  p.width = random.size();
  p.height = random.size();
  p.chroma = random.below(2) == 0;
  p.nothing = random.below(1 << depth);
  p.from = random_affine(random, p.width, p.height, p.src);
  const int width = p.chroma ? (p.width + 1) / 2 : p.width, height = p.chroma ? (p.height + 1) / 2 : p.height;
  p.rect = random.rect(width, height);
  const auto job = [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    p.dst = out.writer();
    ops.warp(p, row0, row1);
  };
  expect_same(random, noise_plane(width, height, depth, 9), p.rect.h, job);
}

/// Noise, or nothing but the least and the largest numbers.
ToneTables random_tables(Random& random) {
  const bool extremes = random.below(2) == 0;
  const auto value = [&](int most) { return extremes ? random.below(2) * most : random.below(most + 1); };
  ToneTables tables;
  for (int i = 0; i <= ref::kToneSignal; ++i) tables.light.push_back(value(ref::kToneLight));
  for (int i = 0; i <= ref::kToneEntries; ++i) tables.display.push_back(static_cast<int16_t>(value(ref::kToneDisplay)));
  return tables;
}

void check_tone_map(Random& random) {
  static const ToneTables tables[] = {random_tables(random), random_tables(random), random_tables(random)};
  const int depth = random.depth(), width = random.size(), height = random.size();
  const int chroma_width = (width + 1) / 2, chroma_height = (height + 1) / 2;
  const Source y(random.noise, width, height, 10), u(random.noise, chroma_width, chroma_height, 10),
      v(random.noise, chroma_width, chroma_height, 10);
  ToneMapParams p{y.plane(), u.plane(), v.plane(), {}, {}, random.below(3), tables[random.below(3)].view()};
  p.rect = p.plane == 0 ? random.rect(width, height) : random.rect(chroma_width, chroma_height);
  if (p.plane == 0) p.rect.x -= p.rect.x % 2;  // rects are on the chroma grid
  const auto job = [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    p.dst = out.writer();
    ops.tone_map(p, row0, row1);
  };
  const TestPlane dst =
      noise_plane(p.plane == 0 ? width : chroma_width, p.plane == 0 ? height : chroma_height, depth, 3);
  expect_same(random, dst, p.rect.h, job);
}

void repeat(int times, void (*check)(Random&)) {
  for (int i = 0; i < rounds(times) && !::testing::Test::HasFatalFailure(); ++i) {
    SCOPED_TRACE(::testing::Message() << "TESSERA_SEED=" << seed_of_run() << ", round " << i);
    Random random(seed_of_run() + static_cast<uint32_t>(i) * 977u);
    check(random);
  }
}

TEST(EveryImplementation, ResamplesAlike) { repeat(600, check_resample); }
TEST(EveryImplementation, BlendsAlike) { repeat(400, check_blend); }
TEST(EveryImplementation, ConvertsAlike) { repeat(300, check_convert); }
TEST(EveryImplementation, MasksAlike) { repeat(300, check_mask); }
TEST(EveryImplementation, MovesAlike) { repeat(300, check_moves); }
TEST(EveryImplementation, PixelatesAlike) { repeat(300, check_pixelate); }
TEST(EveryImplementation, BlursAlike) { repeat(300, check_blur); }
TEST(EveryImplementation, WarpsAlike) { repeat(400, check_warp); }
TEST(EveryImplementation, ToneMapsAlike) { repeat(300, check_tone_map); }

/// A table at the bound that kMaxAbsoluteTaps promises: positive taps sum to 24576, negative ones to -8192.
struct Strained {
  std::vector<int32_t> first;
  std::vector<int16_t> taps;
  int size, stride;

  Strained(int outputs, int size_, int samples) : size(size_), stride((size_ + 7) / 8 * 8) {
    const int positive = (size + 1) / 2, negative = size / 2;
    for (int i = 0; i < outputs; ++i) {
      first.push_back(std::min(i, samples - size));
      for (int k = 0; k < stride; ++k) {
        const int n = k / 2;
        const int plus = 24576 * (n + 1) / positive - 24576 * n / positive;
        const int minus = 8192 * (n + 1) / std::max(negative, 1) - 8192 * n / std::max(negative, 1);
        taps.push_back(static_cast<int16_t>(k >= size ? 0 : k % 2 == 0 ? plus : -minus));
      }
    }
  }
  TapTable view() const { return {first.data(), taps.data(), static_cast<int>(first.size()), size, stride, nullptr}; }
};

TEST(EveryImplementation, HoldsTheLargestSums) {
  Random random(1);
  for (const int depth : {8, 10}) {
    for (const int size : {2, 3, 4, 7, 8, 9, 16, 21}) {
      const Strained x(50, size, 64), y(50, size, 64);
      for (int phase = 0; phase < 4; ++phase) {
        TestPlane src(64, 64, depth);
        src.fill([&](int i, int j) { return ((i + phase) % 2 == 0) == ((j + phase / 2) % 2 == 0) ? src.max() : 0; });
        expect_same(random, TestPlane(50, 50, depth), 50, [&](const Ops& ops, TestPlane& out, int row0, int row1) {
          resample(ops, {src.reader(), out.writer(), {0, 0, 50, 50}, x.view(), y.view(), false}, row0, row1);
        });
      }
    }
  }
}

// Hundreds of taps: more than any window, register or shared memory holds at once.
TEST(EveryImplementation, ReducesToAlmostNothing) {
  Random random(3);
  for (const int depth : {8, 10}) {
    const Source src(random.noise, 2100, 900, depth);
    const TestPlane dst(9, 37, 18 - depth);
    const auto whole = [](int from, int to) {
      AxisSpec s;
      s.crop_size = from * 64;
      s.dst_size = to * 64;
      s.src_samples = from;
      s.count = to;
      return make_taps(s);
    };
    const Taps x = whole(2100, 9), y = whole(900, 37);
    expect_same(random, dst, 37, [&](const Ops& ops, TestPlane& out, int row0, int row1) {
      resample(ops, {src.plane(), out.writer(), {0, 0, 9, 37}, x.view(), y.view(), false}, row0, row1);
    });
  }
}

// Alpha that a filter drives beyond its range stays in it.
TEST(EveryImplementation, KeepsFullScaleInRange) {
  Random random(2);
  TestPlane src(64, 64, 8);
  src.fill([](int x, int y) { return (x / 7 + y / 5) % 2 != 0 ? 255 : 0; });
  AxisSpec s;
  s.crop_size = 64 * 64;
  s.dst_size = 100 * 64;
  s.src_samples = 64;
  s.count = 100;
  const Taps taps = make_taps(s);
  expect_same(random, TestPlane(100, 100, 10), 100, [&](const Ops& ops, TestPlane& out, int row0, int row1) {
    resample(ops, {src.reader(), out.writer(), {0, 0, 100, 100}, taps.view(), taps.view(), true}, row0, row1);
    int most = 0;
    for (int y = row0; y < row1; ++y) {
      for (int x = 0; x < 100; ++x) most = std::max(most, out.get(x, y));
    }
    EXPECT_LE(most, 1023) << ops.name;
    EXPECT_TRUE(row1 - row0 < 30 || most == 1023) << ops.name;
  });
}

}  // namespace
}  // namespace tessera::kernels
