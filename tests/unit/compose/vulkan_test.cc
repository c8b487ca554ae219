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

TEST(CompositorOnVulkan, TakesSixDispatchesAndOneSubmissionHoweverManyGuests) {
  OPEN_OR_SKIP(gpu, false);
  const auto host = cpu();
  for (const int depth : {8, 10}) {
    const ComposeSettings settings{media::canvas_format(kWidth, kHeight, depth),
                                   {{kWidth, kHeight}, {240, 426}, {180, 320}, {120, 214}}};
    const auto on_gpu = Compositor::create(gpu, settings).value(), on_cpu = Compositor::create(*host, settings).value();
    media::FrameFormat with_alpha = media::canvas_format(100, 80, depth);
    with_alpha.has_alpha = true;
    const media::FrameRef sprite = flat_frame(with_alpha, {90 << (depth - 8), 128, 128, 200});
    for (int guests = 1; guests <= 8; ++guests) {
      int64_t most = 0;
      for (int frame = 0; frame < 3; ++frame) {
        Show show = show_of(guests, depth, frame);
        show.list.layers.push_back(take_layer(pixels(0, 0, 100, 80), pixels(33, 51, 150, 120)));
        show.pictures.push_back(sprite);
        const device::Counters before = gpu.counters();
        const auto got = on_gpu->compose(show.list, show.pictures);
        ASSERT_TRUE(got) << describe(got.error());
        const device::Counters after = gpu.counters();
        const ComposedFrame want = on_cpu->compose(show.list, show.pictures).value();
        EXPECT_EQ(hash(*gpu.download(got->canvas).value()), hash(*want.canvas)) << guests << " guests, " << depth;
        for (size_t r = 0; r < want.renditions.size(); ++r)
          EXPECT_EQ(hash(*gpu.download(got->renditions[r]).value()), hash(*want.renditions[r])) << guests << " " << r;
        EXPECT_EQ(after.submissions - before.submissions, 1);
        most = std::max(most, after.launches - before.launches);
      }
      EXPECT_LE(most, 6) << guests << " guests, " << depth << " bit";
      RecordProperty("dispatches_" + std::to_string(depth) + "_" + std::to_string(guests), static_cast<int>(most));
    }
  }
  EXPECT_EQ(device::vulkan::validation_messages(), 0);
}

}  // namespace
}  // namespace tessera::compose
