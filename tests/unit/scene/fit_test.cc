#include "engine/scene/fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/unit/timeline/show_builder.h"

namespace tessera::scene {
namespace {

using Fit = spec::CustomRect::Fit;
using test::picture_format;

constexpr Rect64 pixels(int x, int y, int w, int h) { return {x * kPixel, y * kPixel, w * kPixel, h * kPixel}; }

void expect_rect(const Rect64& got, const Rect64& want) {
  EXPECT_TRUE(got == want) << "got " << got.x << "," << got.y << " " << got.w << "x" << got.h << " wanted " << want.x
                           << "," << want.y << " " << want.w << "x" << want.h << " (1/64)";
}

TEST(Fit, CoverCropsFillStretchesContainShrinks) {
  const PictureShape wide = shape_of(picture_format(1280, 720));
  const Rect64 tile = pixels(540, 960, 540, 960);
  // 9:16 of 1280x720 is 405x720.
  expect_rect(fit_into(wide, Fit::kCover, tile, true).crop, {437 * kPixel + 32, 0, 405 * kPixel, 720 * kPixel});
  expect_rect(fit_into(wide, Fit::kCover, tile, true).dst, tile);
  expect_rect(fit_into(wide, Fit::kFill, tile, true).crop, pixels(0, 0, 1280, 720));
  expect_rect(fit_into(wide, Fit::kFill, tile, true).dst, tile);
  // 540 wide is 303.75 high: 304 at rest, exactly that in motion.
  expect_rect(fit_into(wide, Fit::kContain, tile, true).crop, pixels(0, 0, 1280, 720));
  expect_rect(fit_into(wide, Fit::kContain, tile, true).dst, pixels(540, 1288, 540, 304));
  expect_rect(fit_into(wide, Fit::kContain, tile, false).dst,
              {540 * kPixel, 960 * kPixel + 328 * kPixel + 8, 540 * kPixel, 303 * kPixel + 48});
}

/// A phone's clip: 1280x720 samples of 81:256, turned by 90 degrees. It is seen as 16:9; a 9:16 tile takes 81/256 of
/// its 720 turned columns.
TEST(Fit, UsesOrientationAndSampleAspect) {
  const PictureShape host = shape_of(picture_format(1280, 720, {81, 256}, 1));
  EXPECT_EQ(host.width, 720);
  EXPECT_EQ(host.height, 1280);
  expect_rect(fit_into(host, Fit::kCover, pixels(0, 0, 1080, 1920), true).crop,
              {246 * kPixel + 6, 0, 227 * kPixel + 52, 1280 * kPixel});
  expect_rect(fit_into(host, Fit::kCover, pixels(0, 0, 1920, 1080), true).crop, pixels(0, 0, 720, 1280));
}

/// Against double precision, for any shape: cover's crop has the tile's shape, contain's dst the picture's, both
/// centred.
TEST(Fit, AgreesWithDoublePrecision) {
  std::mt19937 random(9);
  const auto up_to = [&](int limit) { return 1 + static_cast<int>(random() % static_cast<unsigned>(limit)); };
  for (int round = 0; round < 20'000; ++round) {
    SCOPED_TRACE("seed 9, round " + std::to_string(round));
    const media::VideoFormat format =
        picture_format(8 + up_to(4000), 8 + up_to(4000), {up_to(round % 2 ? 4 : 65535), up_to(round % 2 ? 4 : 65535)},
                       static_cast<media::Orientation>(up_to(8) - 1));
    const PictureShape picture = shape_of(format);
    const Rect64 tile = pixels(up_to(500) - 250, up_to(500) - 250, 2 * up_to(2000), 2 * up_to(2000));
    const double aspect = format.display_width().to_double() / format.display_height().to_double();
    const double scale_x = format.display_width().to_double() / picture.width;

    const Fitted cover = fit_into(picture, Fit::kCover, tile, true);
    const double scale_y = format.display_height().to_double() / picture.height;
    const double wanted = static_cast<double>(tile.w) / tile.h;
    double want_w = picture.width * 64.0, want_h = picture.height * 64.0;
    if (want_w * scale_x > want_h * scale_y * wanted) {
      want_w = want_h * scale_y * wanted / scale_x;
    } else {
      want_h = want_w * scale_x / wanted / scale_y;
    }
    ASSERT_NEAR(cover.crop.w, std::max(want_w, 64.0), 1.001);
    ASSERT_NEAR(cover.crop.h, std::max(want_h, 64.0), 1.001);
    ASSERT_EQ(cover.crop.x * 2 + cover.crop.w, picture.width * 64);
    ASSERT_EQ(cover.crop.y * 2 + cover.crop.h, picture.height * 64);

    for (const bool at_rest : {true, false}) {
      const Fitted contain = fit_into(picture, Fit::kContain, tile, at_rest);
      const double step = at_rest ? 128 : 1;
      const double dst_w = std::min<double>(tile.w, tile.h * aspect);
      const double dst_h = std::min<double>(tile.h, tile.w / aspect);
      ASSERT_NEAR(contain.dst.w, std::max(dst_w, step), step / 2 + 0.001);
      ASSERT_NEAR(contain.dst.h, std::max(dst_h, step), step / 2 + 0.001);
      ASSERT_NEAR(contain.dst.x + contain.dst.w / 2.0, tile.x + tile.w / 2.0, at_rest ? 128 : 1);
      ASSERT_NEAR(contain.dst.y + contain.dst.h / 2.0, tile.y + tile.h / 2.0, at_rest ? 128 : 1);
      ASSERT_TRUE(contain.dst.x >= tile.x && contain.dst.x + contain.dst.w <= tile.x + tile.w);
      ASSERT_TRUE(contain.dst.y >= tile.y && contain.dst.y + contain.dst.h <= tile.y + tile.h);
    }
  }
}

}  // namespace
}  // namespace tessera::scene
