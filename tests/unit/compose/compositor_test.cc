#include "engine/compose/compositor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/unit/compose/pictures.h"

namespace tessera::compose {
namespace {

using media::canvas_format;
using media::FrameFormat;
using media::FrameRef;
using scene::DrawList;
using scene::Layer;

std::unique_ptr<Compositor> compositor(device::Device& device, int w, int h, int depth = 8,
                                       std::vector<RenditionSize> renditions = {}) {
  return Compositor::create(device, {canvas_format(w, h, depth), std::move(renditions)}).value();
}

ComposedFrame must(Result<ComposedFrame> frame) {
  EXPECT_TRUE(frame) << describe(frame.error());
  return frame ? *frame : ComposedFrame{};
}

FrameRef compose_once(const DrawList& list, const std::vector<FrameRef>& pictures, int depth = 8) {
  const auto device = cpu();
  return must(compositor(*device, list.canvas_width, list.canvas_height, depth)->compose(list, pictures)).canvas;
}

FrameFormat nv12(int w, int h, int depth) {
  FrameFormat f = canvas_format(w, h, depth);
  f.semi_planar = true;
  f.msb_shift = depth == 10 ? 6 : 0;
  return f;
}

FrameFormat with_alpha(int w, int h, int depth) {
  FrameFormat f = canvas_format(w, h, depth);
  f.has_alpha = true;
  f.chroma_shift_x = f.chroma_shift_y = 0;
  return f;
}

Layer image_layer(const scene::Rect64& crop, const scene::Rect64& dst) {
  Layer layer = take_layer(crop, dst);
  layer.source.kind = scene::Source::Kind::kImage;
  return layer;
}

void expect_flat(const media::Frame& frame, int x0, int y0, int x1, int y1, const std::array<int, 3>& want,
                 int tolerance = 0) {
  for (int y = y0; y < y1; ++y) {
    for (int x = x0; x < x1; ++x) {
      ASSERT_NEAR(sample(frame, 0, x, y), want[0], tolerance) << x << "," << y;
      ASSERT_NEAR(sample(frame, 1, x / 2, y / 2), want[1], tolerance) << x << "," << y;
      ASSERT_NEAR(sample(frame, 2, x / 2, y / 2), want[2], tolerance) << x << "," << y;
    }
  }
}

/// A scene with one of everything.
struct Show {
  DrawList list{320, 480, 0x204060, {}};
  std::vector<FrameRef> pictures;
};

Show everything(int move64) {
  Show show;
  const auto add = [&](Layer layer, FrameRef picture) {
    show.list.layers.push_back(std::move(layer));
    show.pictures.push_back(std::move(picture));
  };
  FrameFormat old = canvas_format(176, 144, 8);
  old.colour.matrix = media::Matrix::kBt601;
  FrameFormat dense = canvas_format(99, 75, 10);
  dense.chroma_shift_x = dense.chroma_shift_y = 0;
  add(take_layer(pixels(40, 0, 160, 240), pixels(0, 0, 160, 240)), noise_frame(nv12(240, 240, 8), 1));
  add(take_layer(pixels(0, 0, 176, 144), pixels(160, 0, 160, 240)), noise_frame(old, 2));
  Layer turned = take_layer(pixels(3, 5, 90, 140), {10 * 64 + move64, 250 * 64, 140 * 64, 200 * 64});
  turned.orientation = 5;
  turned.radius = 20 * 64;
  add(turned, noise_frame(canvas_format(147, 99, 8), 3));
  Layer fading = take_layer(pixels(0, 0, 99, 75), {170 * 64, 250 * 64 - move64 / 2, 181 * 64 + 5, 99 * 64 + 31});
  fading.opacity = 700;
  add(fading, noise_frame(dense, 4));
  Layer blurred = take_layer(pixels(0, 0, 240, 240), pixels(180, 360, 120, 100));
  blurred.effect = scene::Effect::kBlur;
  add(blurred, noise_frame(nv12(240, 240, 8), 5));
  add(image_layer(pixels(0, 0, 61, 47), pixels(100, 200, 122, 94)), noise_frame(with_alpha(61, 47, 8), 6));
  Layer dot = colour_layer(0xff8800, {33 * 64, 33 * 64 + move64, 64, 64});
  dot.radius = 32;
  add(dot, nullptr);
  return show;
}

TEST(Compositor, IsTheSameOnEverySimdLevelAndDepthsArePinned) {
  for (const auto& [depth, want] : {std::pair{8, "645c0652ca6bf3204118fd217b5bcb9c15de18a69ffd1421d0577f543a100910"},
                                    {10, "8f46750dc2f150b3fd733aace5225f3bc4c71722fd99b55a613281c42d38310a"}}) {
    const Show show = everything(23);
    for (const std::string& level : device::simd_levels()) {
      const auto device = cpu(level);
      const auto c = compositor(*device, 320, 480, depth, {{160, 240}});
      const ComposedFrame frame = must(c->compose(show.list, show.pictures));
      EXPECT_EQ(hash(*frame.canvas) + hash(*frame.renditions.at(0)), want) << level;
    }
  }
}

TEST(Compositor, AFrameDoesNotDependOnTheFramesBefore) {
  const auto device = cpu();
  const auto kept = compositor(*device, 320, 480);
  for (const int move : {0, 7, 64, 0, 129, 7, 300, 0}) {
    const Show show = everything(move);
    EXPECT_EQ(hash(*must(kept->compose(show.list, show.pictures)).canvas),
              hash(*compose_once(show.list, show.pictures)))
        << move;
  }
}

TEST(Compositor, AllocatesNothingOnceWarm) {
  const auto device = cpu();
  const auto c = compositor(*device, 320, 480, 8, {{320, 480}, {160, 240}});
  constexpr int kWarm = 4, kMeasured = 12;
  Show show = everything(0);
  device::Counters before;
  for (int n = 0; n < kWarm + kMeasured; ++n) {
    if (n == kWarm) before = device->counters();
    must(c->compose(show.list, show.pictures));
    for (Layer& layer : show.list.layers) {
      if (layer.radius > 0) layer.dst.y += 5;
    }
  }
  const device::Counters after = device->counters();
  EXPECT_EQ(after.allocations, before.allocations);
  EXPECT_EQ(after.host_to_device_bytes + after.device_to_host_bytes, 0);
  EXPECT_LE(after.launches - before.launches, kMeasured * 6) << "with one of everything";
}

TEST(Compositor, FillsTheBackgroundWithTheColour) {
  for (const int depth : {8, 10}) {
    const int up = depth == 10 ? 4 : 1;
    const DrawList list{64, 48, 0xff0000, {colour_layer(0x0000ff, pixels(16, 8, 20, 10))}};
    const FrameRef frame = compose_once(list, {nullptr}, depth);
    if (depth == 8) {
      expect_flat(*frame, 0, 0, 64, 8, {63, 102, 240});
      expect_flat(*frame, 36, 8, 64, 48, {63, 102, 240});
      expect_flat(*frame, 16, 8, 36, 18, {32, 240, 118});
    } else {
      expect_flat(*frame, 0, 0, 64, 8, {63 * up, 102 * up, 240 * up}, 2);
    }
  }
}

TEST(Compositor, OneToOneIsTheSourceItself) {
  for (const int depth : {8, 10}) {
    const FrameRef plain = noise_frame(canvas_format(64, 48, depth), 3);
    for (const FrameFormat& format : {canvas_format(64, 48, depth), nv12(64, 48, depth)}) {
      const FrameRef picture = noise_frame(format, 3);
      const DrawList list{64, 48, 0, {take_layer(pixels(0, 0, 64, 48), pixels(0, 0, 64, 48))}};
      EXPECT_EQ(hash(*compose_once(list, {picture}, depth)), hash(*plain));
    }
    const FrameRef big = noise_frame(canvas_format(200, 100, depth), 5);
    const DrawList cut{64, 48, 0, {take_layer(pixels(30, 20, 64, 48), pixels(0, 0, 64, 48))}};
    const FrameRef part = compose_once(cut, {big}, depth);
    for (int y = 0; y < 48; ++y) {
      for (int x = 0; x < 64; ++x) {
        ASSERT_EQ(sample(*part, 0, x, y), sample(*big, 0, x + 30, y + 20));
        ASSERT_EQ(sample(*part, 2, x / 2, y / 2), sample(*big, 2, x / 2 + 15, y / 2 + 10));
      }
    }
  }
}

TEST(Compositor, ALayerThatReachesBeyondTheCanvasKeepsItsPhase) {
  const FrameRef picture = noise_frame(canvas_format(90, 70, 8), 8);
  for (const scene::Rect64& place :
       {scene::Rect64{-37 * 64, -20 * 64, 150 * 64, 140 * 64}, {-64 - 13, 30 * 64 + 5, 300 * 64, 44 * 64}}) {
    for (const scene::Px64 radius : {0, 10 * 64}) {
      DrawList small{100, 80, 0x808080, {take_layer(pixels(0, 0, 90, 70), place)}};
      small.layers[0].radius = radius;
      DrawList large = small;
      large.canvas_width = 500;
      large.canvas_height = 400;
      large.layers[0].dst.x += 100 * 64;
      large.layers[0].dst.y += 100 * 64;
      const FrameRef inner = compose_once(small, {picture}), outer = compose_once(large, {picture});
      for (int y = 0; y < 80; ++y) {
        for (int x = 0; x < 100; ++x) {
          ASSERT_EQ(sample(*inner, 0, x, y), sample(*outer, 0, x + 100, y + 100));
          ASSERT_EQ(sample(*inner, 1, x / 2, y / 2), sample(*outer, 1, x / 2 + 50, y / 2 + 50));
        }
      }
    }
  }
}

TEST(Compositor, DrawsLayersInOrderWhateverTheirKind) {
  // Random colours on even rects, half of them see-through: simple enough to paint sample by sample.
  std::mt19937 random(20261122);
  const auto below = [&](uint32_t n) { return static_cast<int>(random() % n); };
  for (int round = 0; round < 40; ++round) {
    DrawList list{48, 40, 0x000000, {}};
    std::array<int, 40 * 48> luma{};
    luma.fill(16);
    for (int i = 0; i < 12; ++i) {
      const int grey = below(256), x = below(20) * 2, y = below(16) * 2, w = 2 + below(10) * 2, h = 2 + below(10) * 2;
      Layer layer = colour_layer(static_cast<uint32_t>(grey * 0x010101), pixels(x, y, w, h));
      layer.opacity = below(2) == 0 ? scene::kOpaque : below(1024);
      const int weight = (layer.opacity * 255 + 512) / 1024,
                source = static_cast<int>(std::lround(16 + grey * 219 / 255.0));
      for (int j = y; j < std::min(40, y + h); ++j) {
        for (int k = x; k < std::min(48, x + w); ++k) {
          int& at = luma[static_cast<size_t>(j * 48 + k)];
          at = static_cast<int>(std::lround(16 + (source - 16) * weight / 255.0) +
                                std::lround((255 - weight) * (at - 16) / 255.0));
        }
      }
      list.layers.push_back(layer);
    }
    const FrameRef got = compose_once(list, std::vector<FrameRef>(list.layers.size()));
    for (int y = 0; y < 40; ++y) {
      for (int x = 0; x < 48; ++x)
        ASSERT_EQ(sample(*got, 0, x, y), luma[static_cast<size_t>(y * 48 + x)])
            << "round " << round << " at " << x << "," << y;
    }
  }
}

TEST(Compositor, CoveredLayersCostNothing) {
  const FrameRef picture = noise_frame(canvas_format(300, 200, 8), 1);
  DrawList list{200,
                100,
                0,
                {take_layer(pixels(0, 0, 300, 200), pixels(0, 0, 100, 100)),
                 take_layer(pixels(0, 0, 300, 200), pixels(100, 0, 100, 100))}};
  const auto device = cpu();
  const auto c = compositor(*device, 200, 100);
  const std::string want = hash(*must(c->compose(list, std::vector<FrameRef>{picture, picture})).canvas);
  const device::Counters plain = device->counters();
  Layer hidden = take_layer(pixels(0, 0, 200, 300), pixels(20, 10, 160, 80));  // behind both tiles
  hidden.orientation = 1;
  hidden.radius = 640;
  list.layers.insert(list.layers.begin(), hidden);
  EXPECT_EQ(hash(*must(c->compose(list, std::vector<FrameRef>{picture, picture, picture})).canvas), want);
  EXPECT_EQ(device->counters().launches, 2 * plain.launches);
  EXPECT_EQ(device->counters().allocations, plain.allocations) << "no scratch was asked for";
}

TEST(Compositor, ImagesAreBlendedByTheirAlpha) {
  for (const int depth : {8, 10}) {
    const int up = depth == 10 ? 4 : 1;
    const DrawList list{40, 40, 0xffffff, {image_layer(pixels(0, 0, 16, 16), pixels(4, 4, 32, 32))}};
    const auto compose_alpha = [&](const std::array<int, 4>& value) {
      return compose_once(list, {flat_frame(with_alpha(16, 16, 8), value)}, depth);
    };
    expect_flat(*compose_alpha({90, 100, 140, 255}), 4, 4, 36, 36, {90 * up, 100 * up, 140 * up});
    expect_flat(*compose_alpha({16, 128, 128, 0}), 0, 0, 40, 40, {235 * up, 128 * up, 128 * up});
    // Half of black over white: 16 + 219 * 127 / 255.
    expect_flat(*compose_alpha({16, 128, 128, 128}), 6, 6, 34, 34, {125 * up, 128 * up, 128 * up}, up == 1 ? 0 : 2);
  }
}

TEST(Compositor, EdgesBetweenSamplesAreSmooth) {
  Layer layer = colour_layer(0xffffff, {10 * 64 + 16, 8 * 64, 20 * 64, 16 * 64});
  const FrameRef frame = compose_once({64, 40, 0x000000, {layer}}, {nullptr});
  EXPECT_EQ(sample(*frame, 0, 9, 12), 16);
  EXPECT_NEAR(sample(*frame, 0, 10, 12), 16 + 219 * 0.75, 1);
  EXPECT_EQ(sample(*frame, 0, 11, 12), 235);
  EXPECT_NEAR(sample(*frame, 0, 30, 12), 16 + 219 * 0.25, 1);
  EXPECT_EQ(sample(*frame, 0, 31, 12), 16);
}

TEST(Compositor, CirclesAreRound) {
  Layer layer = colour_layer(0xffffff, pixels(10, 10, 40, 40));
  layer.radius = 1000 * 64;  // more than there is: a circle
  const FrameRef frame = compose_once({60, 60, 0x000000, {layer}}, {nullptr});
  double covered = 0;
  for (int y = 0; y < 60; ++y) {
    for (int x = 0; x < 60; ++x) {
      covered += (sample(*frame, 0, x, y) - 16) / 219.0;
      const double distance = std::hypot(x + 0.5 - 30, y + 0.5 - 30);
      if (distance < 19 || distance > 21) {
        ASSERT_EQ(sample(*frame, 0, x, y), distance < 19 ? 235 : 16);
      }
    }
  }
  EXPECT_NEAR(covered, M_PI * 400, 3);
}

TEST(Compositor, ConvertsOtherColours) {
  // Pure red in BT.601 limited and full, as ffmpeg and every table have it; in BT.709 limited it is 63, 102, 240.
  FrameFormat sd = canvas_format(32, 32, 8);
  sd.colour.matrix = media::Matrix::kBt601;
  FrameFormat full = sd;
  full.colour.range = media::Range::kFull;
  const DrawList list{64, 64, 0, {take_layer(pixels(0, 0, 32, 32), pixels(0, 0, 64, 64))}};
  expect_flat(*compose_once(list, {flat_frame(sd, {81, 90, 240, 0})}), 0, 0, 64, 64, {63, 102, 240}, 1);
  expect_flat(*compose_once(list, {flat_frame(full, {76, 85, 255, 0})}), 0, 0, 64, 64, {63, 102, 240}, 1);
  expect_flat(*compose_once(list, {flat_frame(full, {255, 128, 128, 0})}, 10), 0, 0, 64, 64, {940, 512, 512}, 0);
}

TEST(Compositor, RefusesHdrWithAReason) {
  FrameFormat hdr = canvas_format(32, 32, 10);
  hdr.colour.transfer = media::Transfer::kPq;
  const auto device = cpu();
  const DrawList list{64, 64, 0, {take_layer(pixels(0, 0, 32, 32), pixels(0, 0, 64, 64))}};
  const auto frame = compositor(*device, 64, 64)->compose(list, std::vector<FrameRef>{noise_frame(hdr, 1)});
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().code, Errc::kBadInput);
  EXPECT_EQ(frame.error().detail, "HDR (PQ) sources are not shown yet; convert the take to SDR (BT.709) first");
}

TEST(Compositor, LeavesOutWhatHasNoPicture) {
  const DrawList list{32, 32, 0x000000, {take_layer(pixels(0, 0, 8, 8), pixels(0, 0, 32, 32))}};
  expect_flat(*compose_once(list, {nullptr}), 0, 0, 32, 32, {16, 128, 128});
}

TEST(Compositor, RefusesWhatDoesNotGoTogether) {
  const auto device = cpu();
  EXPECT_FALSE(Compositor::create(*device, {canvas_format(64, 64, 8), {{33, 32}}}));
  EXPECT_FALSE(Compositor::create(*device, {canvas_format(9000, 64, 8), {}}));
  EXPECT_FALSE(Compositor::create(*device, {nv12(64, 64, 8), {}}));
  const auto c = compositor(*device, 64, 64);
  EXPECT_FALSE(c->compose({32, 64, 0, {}}, {}));
  EXPECT_FALSE(c->compose({64, 64, 0, {}}, std::vector<FrameRef>{nullptr}));
  EXPECT_FALSE(c->compose({64, 64, 0, {colour_layer(0, {1 << 30, 0, 64, 64})}}, std::vector<FrameRef>{nullptr}));
}

TEST(Compositor, BlurLeavesNoDetailAndKeepsToItsTile) {
  auto stripes = media::allocate_frame(canvas_format(240, 240, 8)).value();
  for (int y = 0; y < 240; ++y) {
    for (int x = 0; x < 240; ++x)
      stripes->planes[0].data[y * stripes->planes[0].stride + x] = (x / 3 + y / 4) % 2 != 0 ? 235 : 16;
  }
  for (size_t i : {1u, 2u}) {
    for (int y = 0; y < 120; ++y)
      std::fill_n(stripes->planes[i].data + y * stripes->planes[i].stride, 120, uint8_t{90});
  }
  Layer layer = take_layer(pixels(0, 0, 240, 240), pixels(40, 20, 200, 300));
  layer.effect = scene::Effect::kBlur;
  const FrameRef frame = compose_once({320, 400, 0x000000, {layer}}, {stripes});
  expect_flat(*frame, 0, 0, 40, 400, {16, 128, 128});
  for (int y = 20; y < 320; ++y) {
    for (int x = 40; x < 240; ++x) ASSERT_NEAR(sample(*frame, 0, x, y), 125, 12);
  }
  EXPECT_EQ(sample(*frame, 1, 60, 60), 90);
  EXPECT_EQ(sample(*frame, 0, 240, 100), 16);
}

TEST(Compositor, TheSmallestAndOddestSizesAreDrawn) {
  const auto device = cpu();
  const FrameRef flat = flat_frame(canvas_format(8192, 3, 8), {180, 100, 150, 0});
  for (const scene::Rect64& dst : {pixels(10, 10, 1, 1), pixels(11, 10, 1, 3), {700, 650, 1, 1}, {640, 640, 63, 640}}) {
    const DrawList list{65, 33, 0x000000, {take_layer(pixels(0, 0, 8192, 3), dst)}};
    const FrameRef frame = must(compositor(*device, 65, 33)->compose(list, std::vector<FrameRef>{flat})).canvas;
    EXPECT_LE(sample(*frame, 0, 11, 10), 180);
    EXPECT_EQ(sample(*frame, 0, 64, 32), 16);
  }
  const FrameRef one = flat_frame(canvas_format(1, 1, 8), {180, 100, 150, 0});
  const DrawList list{65, 33, 0x000000, {take_layer(pixels(0, 0, 1, 1), pixels(0, 0, 65, 33))}};
  expect_flat(*compose_once(list, {one}), 0, 0, 65, 33, {180, 100, 150});
}

}  // namespace
}  // namespace tessera::compose
