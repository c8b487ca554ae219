#include <cmath>
#include <fstream>
#include <random>

#include "tests/unit/media/reader_tools.h"

namespace tessera::media {
namespace {

/// A PNG, or whatever ffmpeg makes of raw RGBA pixels.
std::string encode_rgba(const TempDir& dir, const std::string& name, const std::vector<uint8_t>& rgba, int width,
                        int height, const std::string& options = "-pix_fmt rgba") {
  write_file(dir / "raw", rgba);
  ffmpeg("-f rawvideo -pix_fmt rgba -s " + std::to_string(width) + "x" + std::to_string(height) + " -i " +
         (dir / "raw") + " " + options + " -frames:v 1 " + (dir / name));
  return dir / name;
}

std::vector<uint8_t> random_rgba(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> rgba(static_cast<size_t>(width * height) * 4);
  for (uint8_t& value : rgba) value = static_cast<uint8_t>(random());
  // Edges of the ranges, which chance would rarely hit.
  for (size_t i = 3; i < rgba.size(); i += 4) {
    if (random() % 4 == 0) rgba[i] = random() % 2 == 0 ? 0 : 255;
  }
  return rgba;
}

int sample(const Plane& plane, int x, int y, int depth) {
  const uint8_t* at = plane.data + y * plane.stride;
  return depth > 8 ? reinterpret_cast<const uint16_t*>(at)[x] : at[x];
}

/// The formula in double precision, from real RGBA in 0..1.
class Oracle {
 public:
  Oracle(const std::vector<uint8_t>& rgba, int width, int height, int depth)
      : rgba_(rgba), width_(width), height_(height), max_((1 << depth) - 1), scale_(1 << (depth - 8)) {}

  double alpha(int x, int y) const { return std::floor(channel(x, y, 3) * max_ + 0.5); }
  double luma(int x, int y) const { return 16 * scale_ + alpha(x, y) / max_ * 219 * scale_ * y709(x, y); }
  double chroma(int x, int y, int of) const {
    const double span = of == 2 ? 1.8556 : 1.5748;
    return 128 * scale_ + 224 * scale_ * alpha(x, y) / max_ * (channel(x, y, of) - y709(x, y)) / span;
  }

 private:
  double channel(int x, int y, int of) const { return rgba_[static_cast<size_t>((y * width_ + x) * 4 + of)] / 255.0; }
  double y709(int x, int y) const {
    return 0.2126 * channel(x, y, 0) + 0.7152 * channel(x, y, 1) + 0.0722 * channel(x, y, 2);
  }

  const std::vector<uint8_t>& rgba_;
  int width_, height_;
  double max_, scale_;
};

TEST(ReadImage, IsTheFormulaRoundedOnce) {
  for (const int depth : {8, 10}) {
    for (const auto& [width, height] : {std::pair{33, 17}, {1, 1}, {64, 2}}) {
      SCOPED_TRACE(testing::Message() << depth << " bits, " << width << "x" << height << ", seed 21");
      const TempDir dir;
      const auto rgba = random_rgba(width, height, 21);
      const auto image = read_image(encode_rgba(dir, "a.png", rgba, width, height), depth, {});
      ASSERT_TRUE(image) << describe(image.error());
      const Frame& frame = **image;
      ASSERT_TRUE(frame.format.has_alpha);
      EXPECT_EQ(frame.format.depth, depth);
      EXPECT_EQ(frame.format.colour, Colour{});
      const Oracle want(rgba, width, height, depth);
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          ASSERT_EQ(sample(frame.planes[3], x, y, depth), want.alpha(x, y)) << x << "," << y;
          ASSERT_NEAR(sample(frame.planes[0], x, y, depth), want.luma(x, y), 0.5 + 1e-6) << x << "," << y;
        }
      }
      ASSERT_EQ(frame.planes[1].width, width);
      ASSERT_EQ(frame.planes[1].height, height);
      for (int y = 0; y < frame.planes[1].height; ++y) {
        for (int x = 0; x < frame.planes[1].width; ++x) {
          ASSERT_NEAR(sample(frame.planes[1], x, y, depth), want.chroma(x, y, 2), 0.5 + 1e-6) << x << "," << y;
          ASSERT_NEAR(sample(frame.planes[2], x, y, depth), want.chroma(x, y, 0), 0.5 + 1e-6) << x << "," << y;
        }
      }
    }
  }
}

TEST(ReadImage, KnowsTheUsualColours) {
  const TempDir dir;
  struct Case {
    uint8_t r, g, b, a;
    int y, u, v, alpha;
  };
  // BT.709 limited, from the standard's 75 and 100 percent bars; transparent is the format's black.
  for (const Case& c : {Case{255, 255, 255, 255, 235, 128, 128, 255}, Case{0, 0, 0, 255, 16, 128, 128, 255},
                        Case{255, 0, 0, 255, 63, 102, 240, 255}, Case{0, 255, 0, 255, 173, 42, 26, 255},
                        Case{0, 0, 255, 255, 32, 240, 118, 255}, Case{255, 255, 255, 0, 16, 128, 128, 0}}) {
    std::vector<uint8_t> rgba;
    for (int i = 0; i < 4; ++i) rgba.insert(rgba.end(), {c.r, c.g, c.b, c.a});
    const auto image = read_image(encode_rgba(dir, "a.png", rgba, 2, 2), 8, {});
    ASSERT_TRUE(image);
    const Frame& frame = **image;
    EXPECT_EQ(frame.planes[0].data[0], c.y);
    EXPECT_EQ(frame.planes[1].data[0], c.u);
    EXPECT_EQ(frame.planes[2].data[0], c.v);
    EXPECT_EQ(frame.planes[3].data[0], c.alpha);
  }
}

TEST(ReadImage, TakesEveryKindOfFile) {
  const TempDir dir;
  std::vector<uint8_t> rgba(64 * 48 * 4);
  for (size_t i = 0; i < rgba.size(); i += 4) {
    const size_t x = i / 4 % 64;
    rgba[i] = static_cast<uint8_t>(x * 4);
    rgba[i + 1] = 96;
    rgba[i + 2] = static_cast<uint8_t>(255 - x * 4);
    rgba[i + 3] = 255;
  }
  const auto exact = read_image(encode_rgba(dir, "a.png", rgba, 64, 48), 8, {});
  ASSERT_TRUE(exact);
  struct Kind {
    const char* name;
    const char* options;
    int tolerance;
  };
  for (const Kind& kind :
       {Kind{"b.png", "-pix_fmt rgb24", 0}, Kind{"c.png", "-pix_fmt rgba64be", 1}, Kind{"d.bmp", "-pix_fmt bgra", 0},
        Kind{"e.webp", "-pix_fmt bgra -lossless 1", 0}, Kind{"f.webp", "-pix_fmt yuv420p -quality 95", 12},
        Kind{"g.jpg", "-pix_fmt yuvj444p -q:v 1", 4},
        Kind{"h.gif", "-vf split[a][b];[a]palettegen[p];[b][p]paletteuse=none", 10}}) {
    SCOPED_TRACE(kind.name);
    const bool quoted = std::string(kind.options).find(';') != std::string::npos;
    const std::string options = quoted ? "-vf '" + std::string(kind.options).substr(4) + "'" : kind.options;
    const auto image = read_image(encode_rgba(dir, kind.name, rgba, 64, 48, options), 8, {});
    ASSERT_TRUE(image) << describe(image.error());
    ASSERT_EQ((*image)->format, (*exact)->format);
    const auto got = raw_bytes(**image);
    const auto want = raw_bytes(**exact);
    ASSERT_EQ(got.size(), want.size());
    int worst = 0;
    for (size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - want[i]));
    EXPECT_LE(worst, kind.tolerance);
  }
}

TEST(ReadImage, KeepsGreyAndItsAlpha) {
  const TempDir dir;
  write_file(dir / "raw", {200, 128, 200, 128, 200, 128, 200, 128});
  ffmpeg("-f rawvideo -pix_fmt ya8 -s 2x2 -i " + (dir / "raw") + " " + (dir / "a.png"));
  const auto grey = read_image(dir / "a.png", 8, {});
  ASSERT_TRUE(grey) << describe(grey.error());
  EXPECT_EQ((*grey)->planes[3].data[0], 128);
  EXPECT_EQ((*grey)->planes[0].data[0], std::lround(16 + 128 / 255.0 * 219 * 200 / 255.0));
  EXPECT_EQ((*grey)->planes[1].data[0], 128);
}

/// A PNG that says it has so many pixels, and has none.
std::vector<uint8_t> png_of_size(uint32_t width, uint32_t height) {
  std::vector<uint8_t> png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
  for (const uint32_t side : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8) png.push_back(static_cast<uint8_t>(side >> shift));
  }
  png.insert(png.end(), {8, 6, 0, 0, 0, 0, 0, 0, 0});
  return png;
}

TEST(ReadImage, RefusesTooManyPixelsBeforeTheyAreAllocated) {
  const TempDir dir;
  write_file(dir / "a.png", png_of_size(30000, 30000));
  ffmpeg("-f lavfi -i color=s=9000x16 -frames:v 1 " + (dir / "a.jpg"));
  ffmpeg("-f lavfi -i color=s=9000x16 -frames:v 1 " + (dir / "a.webp"));
  ffmpeg("-f lavfi -i color=s=9000x16 -frames:v 1 " + (dir / "a.gif"));
  ffmpeg("-f lavfi -i color=s=9000x16 -frames:v 1 " + (dir / "a.bmp"));
  for (const char* name : {"a.png", "a.jpg", "a.webp", "a.gif", "a.bmp"}) {
    SCOPED_TRACE(name);
    const auto image = read_image(dir / name, 8, {});
    ASSERT_FALSE(image);
    EXPECT_EQ(image.error().code, Errc::kLimit) << describe(image.error());
  }
  MediaLimits few;
  few.max_pixels = 100;
  ffmpeg("-f lavfi -i color=s=12x10 -frames:v 1 " + (dir / "b.png"));
  const auto image = read_image(dir / "b.png", 8, few);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, Errc::kLimit) << describe(image.error());
}

TEST(ReadImage, SaysWhatIsWrong) {
  const TempDir dir;
  write_file(dir / "text.png", {'h', 'e', 'l', 'l', 'o', '\n'});
  write_file(dir / "empty.png", {});
  ffmpeg("-f lavfi -i sine=duration=0.1 " + (dir / "sound.wav"));
  auto cut = bytes_of_file(encode_rgba(dir, "whole.png", random_rgba(64, 64, 3), 64, 64));
  cut.resize(40);
  write_file(dir / "cut.png", cut);
  for (const char* name : {"missing.png", "text.png", "empty.png", "sound.wav", "cut.png"}) {
    SCOPED_TRACE(name);
    const auto image = read_image(dir / name, 8, {});
    ASSERT_FALSE(image);
    EXPECT_EQ(image.error().code, Errc::kBadInput);
    EXPECT_NE(describe(image.error()).find(name), std::string::npos);
  }
}

TEST(EncodePng, IsTheFrameInRgb) {
  const TempDir dir;
  for (const int depth : {8, 10}) {
    SCOPED_TRACE(depth);
    auto frame = allocate_frame(canvas_format(38, 22, depth));
    ASSERT_TRUE(frame);
    // A flat colour and a ramp along x: chroma is linear, so interpolation between its samples is exact but at the
    // ends.
    const auto put = [&](const Plane& plane, int x, int y, int value) {
      uint8_t* at = plane.data + y * plane.stride;
      if (depth > 8)
        reinterpret_cast<uint16_t*>(at)[x] = static_cast<uint16_t>(value * 4);
      else
        at[x] = static_cast<uint8_t>(value);
    };
    for (int y = 0; y < 22; ++y) {
      for (int x = 0; x < 38; ++x) put((*frame)->planes[0], x, y, 100 + x);
    }
    for (int y = 0; y < 11; ++y) {
      for (int x = 0; x < 19; ++x) {
        put((*frame)->planes[1], x, y, 70 + 6 * x);
        put((*frame)->planes[2], x, y, 190 - 6 * x);
      }
    }
    const auto png = encode_png(**frame);
    ASSERT_TRUE(png);
    std::ofstream(dir / "a.png", std::ios::binary).write(reinterpret_cast<const char*>(png->data()), std::ssize(*png));
    ffmpeg("-i " + (dir / "a.png") + " -f rawvideo -pix_fmt rgb24 " + (dir / "rgb"));
    const auto rgb = bytes_of_file(dir / "rgb");
    ASSERT_EQ(rgb.size(), 38U * 22 * 3);
    for (int y = 0; y < 22; ++y) {
      for (int x = 0; x < 36; ++x) {
        // Left-sited chroma: luma sample x lies at chroma x / 2.
        const double luma = (100 + x - 16) / 219.0;
        const double u = (70 + 3 * x - 128) / 224.0;
        const double v = (190 - 3 * x - 128) / 224.0;
        const double want[3] = {luma + 1.5748 * v, luma - 0.187324 * u - 0.468124 * v, luma + 1.8556 * u};
        for (int c = 0; c < 3; ++c) {
          const double clipped = std::clamp(want[c] * 255, 0.0, 255.0);
          ASSERT_NEAR(rgb[static_cast<size_t>((y * 38 + x) * 3 + c)], clipped, 1.5) << x << "," << y << " " << c;
        }
      }
    }
  }
}

TEST(EncodePng, RefusesWhatIsNotPlanar420) {
  auto format = canvas_format(2, 2, 8);
  format.chroma_shift_x = 0;
  EXPECT_FALSE(encode_png(**allocate_frame(format)));
}

}  // namespace
}  // namespace tessera::media
