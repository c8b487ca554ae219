#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

/// A filter, and swscale's way to ask for the same.
struct Peer {
  Filter filter;
  int flags;
  std::array<double, 2> parameters{SWS_PARAM_DEFAULT, SWS_PARAM_DEFAULT};
};

const Peer kBestLanczos{Filter::kLanczos3, SWS_LANCZOS | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT};
/// What `scale=flags=bicubic` does, which is what speed is compared with, but for its C of 0.6, which is 0.5 here.
const Peer kPlainBicubic{Filter::kCatmullRom, SWS_BICUBIC, {0, 0.5}};

/// Differences from real numbers on one luma-like plane: means of the absolute ones in codes, and PSNR in dB.
struct Errors {
  double ours = 0;
  double swscale = 0;
  double rounding = 0;  ///< of the real numbers rounded to codes: no picture of whole codes has less
  double scatter = 0;   ///< standard error of ours - swscale, the samples being so many
  double our_psnr = 0, swscale_psnr = 0;
};

AxisSpec axis(int from, int to, Filter filter) {
  AxisSpec s;
  s.filter = filter;
  s.crop_size = from * 64;
  s.dst_size = to * 64;
  s.src_samples = from;
  s.count = to;
  return s;
}

TestPlane by_tessera(const TestPlane& src, int width, int height, Filter filter) {
  const Taps x = make_taps(axis(src.width(), width, filter)), y = make_taps(axis(src.height(), height, filter));
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

TestPlane by_swscale(const TestPlane& src, int width, int height, const Peer& peer) {
  SwsContext* context = sws_getContext(src.width(), src.height(), AV_PIX_FMT_GRAY8, width, height, AV_PIX_FMT_GRAY8,
                                       peer.flags, nullptr, nullptr, peer.parameters.data());
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

Errors compare(const TestPlane& src, int width, int height, const Peer& peer) {
  const std::vector<double> wanted =
      oracle_resample(src, 8, axis(src.width(), width, peer.filter), axis(src.height(), height, peer.filter), 8);
  const TestPlane ours = by_tessera(src, width, height, peer.filter), swscale = by_swscale(src, width, height, peer);
  const double n = static_cast<double>(wanted.size());
  Errors sum;
  double difference = 0, square = 0, our_square = 0, swscale_square = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double want = wanted[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
      const double a = std::abs(ours.get(x, y) - want), b = std::abs(swscale.get(x, y) - want);
      sum.ours += a;
      sum.swscale += b;
      sum.rounding += std::abs(std::clamp(std::round(want), 0.0, 255.0) - want);
      difference += a - b;
      square += (a - b) * (a - b);
      our_square += a * a;
      swscale_square += b * b;
    }
  }
  const double mean = difference / n;
  const auto psnr = [&](double squares) { return 10 * std::log10(255.0 * 255.0 * n / squares); };
  return {sum.ours / n,     sum.swscale / n,
          sum.rounding / n, std::sqrt(std::max(0.0, square / n - mean * mean) / n),
          psnr(our_square), psnr(swscale_square)};
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
    const Errors e = compare(src, src.width() * to / from, src.height() * to / from, kBestLanczos);
    std::printf("%s %d:%d: mean error %.5f, swscale %.5f, rounding alone %.5f\n", name.c_str(), from, to, e.ours,
                e.swscale, e.rounding);
    // Where both are as good as rounding, which of the two is ahead is chance: two standard errors are no difference.
    EXPECT_LE(e.ours, e.swscale + 2 * e.scatter) << name << " " << from << ":" << to;
    EXPECT_LE(e.ours, e.rounding + kExcess) << name << " " << from << ":" << to;
  }
}

/// The real pictures that there are.
std::vector<std::pair<std::string, std::unique_ptr<TestPlane>>> real_pictures() {
  std::vector<std::pair<std::string, std::unique_ptr<TestPlane>>> pictures;
  for (const char* clip : {"guest_city_25fps.mp4", "guest_street_vfr_hevc.mp4", "host_rotated.mp4"}) {
    if (auto picture = picture_of(clip, 360, 360)) pictures.emplace_back(clip, std::move(picture));
  }
  return pictures;
}

void expect_no_lower_psnr(const std::string& name, const TestPlane& src) {
  for (const auto& [from, to] : kRatios) {
    const Errors e = compare(src, src.width() * to / from, src.height() * to / from, kPlainBicubic);
    std::printf("%s %d:%d: bicubic %.2f dB, swscale %.2f dB\n", name.c_str(), from, to, e.our_psnr, e.swscale_psnr);
    EXPECT_GE(e.our_psnr, e.swscale_psnr) << name << " " << from << ":" << to;
  }
}

TEST(Quality, IsNoWorseThanSwscaleOnZonePlates) {
  for (const int side : {360, 720}) expect_no_worse("zone plate " + std::to_string(side), zone_plate(side));
}

TEST(Quality, IsNoWorseThanSwscaleOnRealPictures) {
  const auto pictures = real_pictures();
  if (pictures.empty()) GTEST_SKIP() << "no real clips here";
  for (const auto& [name, picture] : pictures) expect_no_worse(name, *picture);
}

TEST(Quality, OfBicubicIsNoLowerThanOfTheGraphThatSpeedIsComparedWith) {
  for (const int side : {360, 720}) expect_no_lower_psnr("zone plate " + std::to_string(side), zone_plate(side));
  for (const auto& [name, picture] : real_pictures()) expect_no_lower_psnr(name, *picture);
}

}  // namespace
}  // namespace tessera::kernels
