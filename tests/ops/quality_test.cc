#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "kernels/ops.h"
#include "kernels/taps.h"
#include "tests/ops/oracle.h"
#include "tests/ops/planes.h"

extern "C" {
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

namespace tessera::kernels {
namespace {

/// Mean absolute differences from real numbers, in codes, on one luma-like plane.
struct Errors {
  double ours = 0;
  double swscale = 0;   ///< by its best Lanczos
  double rounding = 0;  ///< of the real numbers rounded to codes: no picture of whole codes has less
  double scatter = 0;   ///< standard error of ours - swscale, the samples being so many
};

AxisSpec axis(int from, int to) {
  AxisSpec s;
  s.crop_size = from * 64;
  s.dst_size = to * 64;
  s.src_samples = from;
  s.count = to;
  return s;
}

TestPlane by_tessera(const TestPlane& src, int width, int height) {
  const Taps x = make_taps(axis(src.width(), width)), y = make_taps(axis(src.height(), height));
  TestPlane dst(width, height, 8);
  const ResampleParams p{src.reader(), dst.writer(), {0, 0, width, height}, x.laid_out(), y.laid_out(), false};
  const Ops& ops = *implementations().back();
  std::vector<uint8_t> memory(ops.resample_scratch(p) + 64);
  ops.resample(p, 0, height, memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64);
  return dst;
}

/// A padded copy: swscale wants aligned rows.
struct Rows {
  Rows(int width, int height) : stride((width + 127) / 64 * 64) {
    data.reset(
        static_cast<uint8_t*>(std::aligned_alloc(64, static_cast<size_t>(stride) * (static_cast<size_t>(height) + 1))));
  }
  struct Free {
    void operator()(uint8_t* p) const { std::free(p); }
  };
  int stride;
  std::unique_ptr<uint8_t, Free> data;
};

TestPlane by_swscale(const TestPlane& src, int width, int height) {
  SwsContext* context = sws_getContext(src.width(), src.height(), AV_PIX_FMT_GRAY8, width, height, AV_PIX_FMT_GRAY8,
                                       SWS_LANCZOS | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr);
  EXPECT_NE(context, nullptr);
  Rows in(src.width(), src.height()), out(width, height);
  for (int y = 0; y < src.height(); ++y) {
    for (int x = 0; x < src.width(); ++x) in.data.get()[y * in.stride + x] = static_cast<uint8_t>(src.get(x, y));
  }
  const uint8_t* from[] = {in.data.get()};
  uint8_t* to[] = {out.data.get()};
  sws_scale(context, from, &in.stride, 0, src.height(), to, &out.stride);
  sws_freeContext(context);
  TestPlane dst(width, height, 8);
  dst.fill([&](int x, int y) { return out.data.get()[y * out.stride + x]; });
  return dst;
}

Errors compare(const TestPlane& src, int width, int height) {
  const std::vector<double> wanted = oracle_resample(src, 8, axis(src.width(), width), axis(src.height(), height), 8);
  const TestPlane ours = by_tessera(src, width, height), swscale = by_swscale(src, width, height);
  const double n = static_cast<double>(wanted.size());
  Errors sum;
  double difference = 0, square = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double want = wanted[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
      const double a = std::abs(ours.get(x, y) - want), b = std::abs(swscale.get(x, y) - want);
      sum.ours += a;
      sum.swscale += b;
      sum.rounding += std::abs(std::clamp(std::round(want), 0.0, 255.0) - want);
      difference += a - b;
      square += (a - b) * (a - b);
    }
  }
  const double mean = difference / n;
  return {sum.ours / n, sum.swscale / n, sum.rounding / n, std::sqrt(std::max(0.0, square / n - mean * mean) / n)};
}

TestPlane zone_plate(int side) {
  TestPlane plane(side, side, 8);
  plane.fill([&](int x, int y) {
    const double r2 = (x - side / 2.0) * (x - side / 2.0) + (y - side / 2.0) * (y - side / 2.0);
    return static_cast<int>(std::lround(126 + 110 * std::cos(M_PI * r2 / (2.0 * side))));
  });
  return plane;
}

/// The luma of one picture of a clip, a quarter of it; empty where there is no such file.
std::unique_ptr<TestPlane> picture_of(const std::string& clip, int width, int height) {
  const char* folder = std::getenv("TESSERA_FIXTURES");
  const std::string path =
      (folder != nullptr ? std::string(folder) : std::string(TESSERA_SOURCE_DIR) + "/../shared/fixtures") + "/media/" +
      clip;
  if (!std::filesystem::exists(path)) return nullptr;
  const std::string size = std::to_string(width) + ":" + std::to_string(height);
  const std::string command =
      "ffmpeg -v error -nostdin -ss 2 -i '" + path + "' -frames:v 1 -vf crop=" + size + ",format=gray -f rawvideo -";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::vector<uint8_t> bytes(static_cast<size_t>(width) * static_cast<size_t>(height));
  const size_t got = std::fread(bytes.data(), 1, bytes.size(), pipe);
  EXPECT_EQ(::pclose(pipe), 0);
  EXPECT_EQ(got, bytes.size());
  auto plane = std::make_unique<TestPlane>(width, height, 8);
  plane->fill([&](int x, int y) {
    return bytes[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
  });
  return plane;
}

constexpr std::pair<int, int> kRatios[] = {{4, 1}, {3, 1}, {5, 2}, {2, 1}, {3, 2},
                                           {4, 3}, {9, 8}, {3, 4}, {1, 2}, {1, 3}};

// What taps of 14 bits and a value of 15 bits between the passes may add to the rounding that no one can avoid.
constexpr double kExcess = 0.0005;

void expect_no_worse(const std::string& name, const TestPlane& src) {
  for (const auto& [from, to] : kRatios) {
    const Errors e = compare(src, src.width() * to / from, src.height() * to / from);
    std::printf("%s %d:%d: mean error %.5f, swscale %.5f, rounding alone %.5f\n", name.c_str(), from, to, e.ours,
                e.swscale, e.rounding);
    // Where both are as good as rounding, which of the two is ahead is chance: two standard errors are no difference.
    EXPECT_LE(e.ours, e.swscale + 2 * e.scatter) << name << " " << from << ":" << to;
    EXPECT_LE(e.ours, e.rounding + kExcess) << name << " " << from << ":" << to;
  }
}

TEST(Quality, IsNoWorseThanSwscaleOnZonePlates) {
  for (const int side : {360, 720}) expect_no_worse("zone plate " + std::to_string(side), zone_plate(side));
}

TEST(Quality, IsNoWorseThanSwscaleOnRealPictures) {
  int pictures = 0;
  for (const char* clip : {"guest_city_25fps.mp4", "guest_street_vfr_hevc.mp4", "host_rotated.mp4"}) {
    const auto picture = picture_of(clip, 360, 360);
    if (picture == nullptr) continue;
    expect_no_worse(clip, *picture);
    ++pictures;
  }
  if (pictures == 0) GTEST_SKIP() << "no real clips here";
}

}  // namespace
}  // namespace tessera::kernels
