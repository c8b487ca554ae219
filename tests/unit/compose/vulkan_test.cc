#include <gtest/gtest.h>

#include "engine/compose/compositor.h"
#include "pictures.h"
#include "tests/support/vulkan_device.h"

namespace tessera::compose {
namespace {

using scene::DrawList;
using scene::Layer;

constexpr int kWidth = 360, kHeight = 640;

/// Guests in a grid, every second one turned and with rounded corners, one half transparent, one in other colours, and
/// a picture with alpha over all.
struct Show {
  DrawList list{kWidth, kHeight, 0x203040, {}};
  std::vector<media::FrameRef> pictures;
};

Show show_of(int guests, int depth, int frame) {
  Show show;
  const int columns = guests == 1 ? 1 : 2, rows = (guests + columns - 1) / columns;
  const int w = kWidth / columns / 2 * 2, h = kHeight / rows / 2 * 2;
  for (int i = 0; i < guests; ++i) {
    media::FrameFormat format = media::canvas_format(200, 300, i % 4 == 3 ? 8 : depth);
    if (i == 2) format.colour.matrix = media::Matrix::kBt601;
    const bool turned = i % 2 == 1;
    Layer layer = take_layer(pixels(0, 0, turned ? 300 : 200, turned ? 200 : 300),
                             pixels(i % columns * w, i / columns * h, w, h));
    if (turned) {
      layer.orientation = 1;
      layer.radius = 24 * scene::kPixel;
      layer.dst.x += frame % 3;  // not on a whole pixel: masks are drawn anew
    }
    if (i == 0 && guests > 1) layer.opacity = 700;
    if (frame == 2) layer.dst.y -= i * 24 * scene::kPixel;  // one over the other
    show.list.layers.push_back(layer);
    show.pictures.push_back(noise_frame(format, static_cast<uint32_t>(100 * i + frame)));
  }
  return show;
}

/// All that costs a dispatch, at once: eight guests of 8 and of 10 bits, in two kinds of colours, two of them held as
/// blurred placeholders, one turned and drawn at its own size, others turned and scaled, with rounded corners, in the
/// middle of a transition; two overlays with alpha move over them.
Show everything_of(int depth, int frame) {
  Show show = show_of(8, depth, frame);
  for (size_t i = 0; i < show.list.layers.size(); ++i) {
    media::FrameFormat format = media::canvas_format(200, 300, i % 3 == 0 ? 10 : 8);
    if (i % 4 == 2) format.colour.matrix = media::Matrix::kBt601;
    show.pictures[i] = noise_frame(format, static_cast<uint32_t>(1000 + 10 * i) + static_cast<uint32_t>(frame));
    if (i == 2 || i == 5) show.list.layers[i].effect = scene::Effect::kBlur;
  }
  Layer upside_down = take_layer(pixels(0, 0, 180, 160), pixels(0, 480, 180, 160));
  upside_down.orientation = 6;
  show.list.layers[6] = upside_down;
  show.pictures[6] = noise_frame(media::canvas_format(180, 160, depth), 77u);
  for (const int k : {0, 1}) {
    media::FrameFormat with_alpha = media::canvas_format(90, 70, 8);
    with_alpha.has_alpha = true;
    if (k == 0) with_alpha.chroma_shift_x = with_alpha.chroma_shift_y = 0;
    Layer overlay = take_layer(pixels(0, 0, 90, 70), pixels(40 + 100 * k, 90 + 200 * k, 160, 110));
    overlay.dst.x += 13 * frame;
    show.list.layers.push_back(overlay);
    show.pictures.push_back(noise_frame(with_alpha, static_cast<uint32_t>(900 + k + 2 * frame)));
  }
  return show;
}

struct Spent {
  int64_t dispatches = 0, submissions = 0;
};

/// Composes on both devices: the same samples. @return what it took on the GPU
Spent expect_same(const Show& show, Compositor& on_gpu, device::Device& gpu, Compositor& on_cpu) {
  const device::Counters before = gpu.counters();
  const auto got = on_gpu.compose(show.list, show.pictures);
  const device::Counters after = gpu.counters();
  if (!got) {
    ADD_FAILURE() << describe(got.error());
    return {};
  }
  const ComposedFrame want = on_cpu.compose(show.list, show.pictures).value();
  EXPECT_EQ(hash(*gpu.download(got->canvas).value()), hash(*want.canvas));
  for (size_t r = 0; r < want.renditions.size(); ++r)
    EXPECT_EQ(hash(*gpu.download(got->renditions[r]).value()), hash(*want.renditions[r])) << "rendition " << r;
  return {after.launches - before.launches, after.submissions - before.submissions};
}

ComposeSettings settings_of(int depth) {
  return {media::canvas_format(kWidth, kHeight, depth), {{kWidth, kHeight}, {240, 426}, {180, 320}, {120, 214}}};
}

TEST(CompositorOnVulkan, TakesSixDispatchesAndOneSubmissionHoweverManyGuests) {
  OPEN_OR_SKIP(gpu, false);
  const auto host = cpu();
  for (const int depth : {8, 10}) {
    const auto on_gpu = Compositor::create(gpu, settings_of(depth)).value();
    const auto on_cpu = Compositor::create(*host, settings_of(depth)).value();
    media::FrameFormat with_alpha = media::canvas_format(100, 80, depth);
    with_alpha.has_alpha = true;
    const media::FrameRef sprite = flat_frame(with_alpha, {90 << (depth - 8), 128, 128, 200});
    for (int guests = 1; guests <= 8; ++guests) {
      int64_t most = 0;
      for (int frame = 0; frame < 3; ++frame) {
        SCOPED_TRACE(testing::Message() << guests << " guests, " << depth << " bit, frame " << frame);
        Show show = show_of(guests, depth, frame);
        show.list.layers.push_back(take_layer(pixels(0, 0, 100, 80), pixels(33, 51, 150, 120)));
        show.pictures.push_back(sprite);
        const Spent spent = expect_same(show, *on_gpu, gpu, *on_cpu);
        EXPECT_EQ(spent.submissions, 1);
        most = std::max(most, spent.dispatches);
      }
      EXPECT_LE(most, 6) << guests << " guests, " << depth << " bit";
      RecordProperty("dispatches_" + std::to_string(depth) + "_" + std::to_string(guests), static_cast<int>(most));
    }
  }
  EXPECT_EQ(device::vulkan::validation_messages(), 0);
}

TEST(CompositorOnVulkan, TakesSixDispatchesForAllThatAFrameCanHold) {
  OPEN_OR_SKIP(gpu, false);
  const auto host = cpu();
  for (const int depth : {8, 10}) {
    const auto on_gpu = Compositor::create(gpu, settings_of(depth)).value();
    const auto on_cpu = Compositor::create(*host, settings_of(depth)).value();
    for (int frame = 0; frame < 3; ++frame) {
      SCOPED_TRACE(testing::Message() << depth << " bit, frame " << frame);
      const Spent spent = expect_same(everything_of(depth, frame), *on_gpu, gpu, *on_cpu);
      EXPECT_EQ(spent.dispatches, 6);  // a stage each: were one missing, this would not be the worst
      EXPECT_EQ(spent.submissions, 1);
    }
  }
  EXPECT_EQ(device::vulkan::validation_messages(), 0);
}

}  // namespace
}  // namespace tessera::compose
