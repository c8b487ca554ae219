#include <gtest/gtest.h>
#include <unistd.h>

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

/// Ours and swscale's best Lanczos, each against real numbers, on one luma-like plane.
struct Errors {
  double ours = 0, swscale = 0;  ///< mean absolute difference, in codes
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

double mean_error(const TestPlane& plane, const std::vector<double>& wanted) {
  double sum = 0;
  for (int y = 0; y < plane.height(); ++y) {
    for (int x = 0; x < plane.width(); ++x)
      sum += std::abs(plane.get(x, y) -
                      wanted[static_cast<size_t>(y) * static_cast<size_t>(plane.width()) + static_cast<size_t>(x)]);
  }
  return sum / (static_cast<double>(plane.width()) * plane.height());
}

Errors compare(const TestPlane& src, int width, int height) {
  const std::vector<double> wanted = oracle_resample(src, 8, axis(src.width(), width), axis(src.height(), height), 8);
  return {mean_error(by_tessera(src, width, height), wanted), mean_error(by_swscale(src, width, height), wanted)};
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

void expect_no_worse(const std::string& name, const TestPlane& src) {
  for (const auto& [from, to] : kRatios) {
    const Errors e = compare(src, src.width() * to / from, src.height() * to / from);
    std::printf("%s %d:%d: mean error %.4f, swscale %.4f\n", name.c_str(), from, to, e.ours, e.swscale);
    EXPECT_LE(e.ours, e.swscale) << name << " " << from << ":" << to;
    EXPECT_LT(e.ours, 0.5) << "the rounding of one result is 0.25 on average";
  }
}

TEST(Quality, IsNoWorseThanSwscaleOnAZonePlate) { expect_no_worse("zone plate", zone_plate(720)); }

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
