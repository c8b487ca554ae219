#include "tests/unit/compose/pictures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace tessera::compose {
namespace {

int bytes_of(const media::Frame& frame) { return frame.format.bytes_per_sample(); }

template <class F>
void each_row(const media::Frame& frame, F&& f) {
  for (size_t i = 0; i < (frame.format.has_alpha ? 4u : 3u); ++i) {
    const media::Plane& p = frame.planes[i];
    for (int y = 0; y < p.height; ++y) f(i, y, p.data + y * p.stride, static_cast<size_t>(p.width * bytes_of(frame)));
  }
}

void put(const media::Frame& frame, size_t plane, int x, int y, int v) {
  const media::Plane& p = frame.planes[plane];
  uint8_t* at = p.data + y * p.stride + static_cast<ptrdiff_t>(x) * p.step * bytes_of(frame);
  const int word = v << frame.format.msb_shift;
  at[0] = static_cast<uint8_t>(word);
  if (bytes_of(frame) == 2) at[1] = static_cast<uint8_t>(word >> 8);
}

}  // namespace

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "tessera-XXXXXX").string();
  path_ = mkdtemp(name.data());
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void ffmpeg(const std::string& arguments) {
  const std::string command = "ffmpeg -hide_banner -nostdin -v error -y " + arguments;
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

std::vector<media::FrameRef> read_raw(const std::string& path, const media::FrameFormat& format) {
  std::ifstream in(path, std::ios::binary);
  std::vector<media::FrameRef> frames;
  while (in.peek() != std::ifstream::traits_type::eof()) {
    auto frame = media::allocate_frame(format).value();
    each_row(*frame, [&](size_t, int, uint8_t* row, size_t bytes) {
      in.read(reinterpret_cast<char*>(row), static_cast<std::streamsize>(bytes));
    });
    EXPECT_TRUE(in.good()) << path << " ends in the middle of a picture";
    frames.push_back(frame);
  }
  return frames;
}

void write_raw(const std::string& path, const std::vector<media::FrameRef>& frames) {
  std::ofstream out(path, std::ios::binary);
  for (const media::FrameRef& frame : frames) {
    each_row(*frame, [&](size_t, int, const uint8_t* row, size_t bytes) {
      out.write(reinterpret_cast<const char*>(row), static_cast<std::streamsize>(bytes));
    });
  }
}

int sample(const media::Frame& frame, size_t plane, int x, int y) {
  const media::Plane& p = frame.planes[plane];
  const uint8_t* at = p.data + y * p.stride + static_cast<ptrdiff_t>(x) * p.step * bytes_of(frame);
  return (bytes_of(frame) == 2 ? at[0] | at[1] << 8 : at[0]) >> frame.format.msb_shift;
}

std::array<double, 3> psnr(const media::Frame& a, const media::Frame& b) {
  std::array<double, 3> result{};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(a.planes[i].width, b.planes[i].width);
    EXPECT_EQ(a.planes[i].height, b.planes[i].height);
    int64_t sum = 0;
    for (int y = 0; y < a.planes[i].height; ++y) {
      for (int x = 0; x < a.planes[i].width; ++x) {
        const int difference = sample(a, i, x, y) - sample(b, i, x, y);
        sum += difference * difference;
      }
    }
    const double max = (1 << a.format.depth) - 1, samples = static_cast<double>(a.planes[i].width) * a.planes[i].height;
    result[i] = sum == 0 ? 99 : 10 * std::log10(max * max * samples / static_cast<double>(sum));
  }
  return result;
}

double worst(const std::array<double, 3>& planes) { return std::min({planes[0], planes[1], planes[2]}); }

std::string text(const std::array<double, 3>& planes) {
  char line[64];
  std::snprintf(line, sizeof line, "Y %.1f U %.1f V %.1f dB", planes[0], planes[1], planes[2]);
  return line;
}

std::string hash(const media::Frame& frame) {
  Hash128Hasher hasher;
  each_row(frame, [&](size_t, int, const uint8_t* row, size_t bytes) { hasher.add({row, bytes}); });
  return hasher.finish().hex();
}

media::FrameRef noise_frame(const media::FrameFormat& format, uint32_t seed) {
  auto frame = media::allocate_frame(format).value();
  const int max = (1 << format.depth) - 1;
  uint32_t state = seed * 2654435761u + 1;
  for (size_t i = 0; i < (format.has_alpha ? 4u : 3u); ++i) {
    int value = max / 2;
    for (int y = 0; y < frame->planes[i].height; ++y) {
      for (int x = 0; x < frame->planes[i].width; ++x) {
        state = state * 1664525u + 1013904223u;
        value = std::clamp(value + static_cast<int>(state >> 26) - 32, 0, max);
        put(*frame, i, x, y, value);
      }
    }
  }
  return frame;
}

media::FrameRef flat_frame(const media::FrameFormat& format, const std::array<int, 4>& values) {
  auto frame = media::allocate_frame(format).value();
  for (size_t i = 0; i < (format.has_alpha ? 4u : 3u); ++i) {
    for (int y = 0; y < frame->planes[i].height; ++y) {
      for (int x = 0; x < frame->planes[i].width; ++x) put(*frame, i, x, y, values[i]);
    }
  }
  return frame;
}

scene::Rect64 pixels(int x, int y, int w, int h) { return {x * 64, y * 64, w * 64, h * 64}; }

scene::Layer take_layer(const scene::Rect64& crop, const scene::Rect64& dst) {
  scene::Layer layer;
  layer.source.kind = scene::Source::Kind::kTake;
  layer.crop = crop;
  layer.dst = dst;
  return layer;
}

scene::Layer colour_layer(uint32_t rgb, const scene::Rect64& dst) {
  scene::Layer layer;
  layer.source.rgb = rgb;
  layer.dst = dst;
  return layer;
}

std::unique_ptr<device::Device> cpu(const std::string& simd) { return device::create_device("cpu", {simd}).value(); }

}  // namespace tessera::compose
