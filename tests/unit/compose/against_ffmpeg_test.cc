#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "engine/compose/compositor.h"
#include "tests/unit/compose/pictures.h"

/// Composed frames against the stock `ffmpeg` with a filter graph that lays out the same picture.
namespace tessera::compose {
namespace {

constexpr double kLeastPsnr = 45;
constexpr int kFrames = 2;

// swscale takes untold chroma for centred; ours is where the formats say. Both are told the same here.
const std::string kLeft = ":in_h_chr_pos=0:in_v_chr_pos=128:out_h_chr_pos=0:out_v_chr_pos=128";

std::string scale(int w, int h, const std::string& chroma = kLeft) {
  return "scale=" + std::to_string(w) + ":" + std::to_string(h) +
         ":flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp" + chroma;
}

std::string raw_input(const std::string& path, int w, int h) {
  return "-f rawvideo -pix_fmt yuv420p -s " + std::to_string(w) + "x" + std::to_string(h) + " -i " + path + " ";
}

struct Clip {
  std::string path;
  int width, height;
  std::vector<media::FrameRef> frames;
};

Clip make_clip(const TempDir& dir, const std::string& name, const std::string& source, int w, int h) {
  Clip clip{dir.file(name + ".yuv"), w, h, {}};
  ffmpeg("-f lavfi -i '" + source + "' -vf format=yuv420p -frames:v " + std::to_string(kFrames) + " -f rawvideo " +
         clip.path);
  clip.frames = read_raw(clip.path, media::canvas_format(w, h, 8));
  EXPECT_EQ(clip.frames.size(), static_cast<size_t>(kFrames));
  return clip;
}

/// Pictures with edges, curves and noise, but no more detail than a camera's lens lets through.
std::vector<Clip> made_clips(const TempDir& dir) {
  const std::string soft = ",gblur=sigma=0.8,noise=alls=4:all_seed=7";
  return {make_clip(dir, "a", "testsrc2=size=1280x720" + soft, 1280, 720),
          make_clip(dir, "b", "mandelbrot=size=1280x720:start_scale=0.5:maxiter=300" + soft, 1280, 720),
          make_clip(dir, "c", "testsrc=size=768x576" + soft, 768, 576),
          make_clip(dir, "d", "mandelbrot=size=720x1280:start_x=-0.7:start_y=0.3:start_scale=0.1:maxiter=300" + soft,
                    720, 1280)};
}

scene::DrawList grid(const std::vector<scene::Rect64>& crops) {
  scene::DrawList list{1080, 1920, 0x101014, {}};
  for (int i = 0; i < 4; ++i) {
    list.layers.push_back(take_layer(crops[static_cast<size_t>(i)], pixels(i % 2 * 540, i / 2 * 960, 540, 960)));
  }
  return list;
}

const std::vector<scene::Rect64> kCrops{pixels(436, 0, 406, 720), pixels(438, 0, 404, 720), pixels(222, 0, 324, 576),
                                        pixels(0, 0, 720, 1280)};

std::string grid_graph() {
  const std::string crops[] = {"crop=406:720:436:0,", "crop=404:720:438:0,", "crop=324:576:222:0,",
                               "crop=720:1280:0:0,"};
  std::string graph;
  for (int i = 0; i < 4; ++i)
    graph += "[" + std::to_string(i) + ":v]" + crops[i] + scale(540, 960) + "[t" + std::to_string(i) + "];";
  return graph + "[t0][t1][t2][t3]xstack=inputs=4:layout=0_0|w0_0|0_h0|w0_h0";
}

class AgainstFfmpeg : public testing::Test {
 protected:
  std::unique_ptr<device::Device> device_ = cpu();
  TempDir dir_;

  ComposedFrame compose(const scene::DrawList& list, const std::vector<media::FrameRef>& pictures,
                        const std::vector<RenditionSize>& renditions = {}) {
    const ComposeSettings settings{media::canvas_format(list.canvas_width, list.canvas_height, 8), renditions};
    auto frame = Compositor::create(*device_, settings).value()->compose(list, pictures);
    EXPECT_TRUE(frame) << describe(frame.error());
    return *frame;
  }
};

TEST_F(AgainstFfmpeg, AGridIsWhatItsFilterGraphMakes) {
  const std::vector<Clip> clips = made_clips(dir_);
  std::string inputs;
  for (const Clip& clip : clips) inputs += raw_input(clip.path, clip.width, clip.height);
  ffmpeg(inputs + "-filter_complex '" + grid_graph() + "' -f rawvideo " + dir_.file("want.yuv"));
  const auto want = read_raw(dir_.file("want.yuv"), media::canvas_format(1080, 1920, 8));
  ASSERT_EQ(want.size(), static_cast<size_t>(kFrames));
  for (size_t n = 0; n < want.size(); ++n) {
    const std::vector<media::FrameRef> pictures{clips[0].frames[n], clips[1].frames[n], clips[2].frames[n],
                                                clips[3].frames[n]};
    const auto figures = psnr(*compose(grid(kCrops), pictures).canvas, *want[n]);
    std::cout << "grid, frame " << n << ": " << text(figures) << "\n";
    EXPECT_GE(worst(figures), kLeastPsnr);

    // The measure must see one tile of the four that is off by one pixel of the canvas.
    std::vector<scene::Rect64> shifted = kCrops;
    shifted[1].x += 404 * 64 / 540;
    const auto wrong = psnr(*compose(grid(shifted), pictures).canvas, *want[n]);
    std::cout << "one tile a pixel off: " << text(wrong) << "\n";
    EXPECT_LT(wrong[0], kLeastPsnr);
  }
}

TEST_F(AgainstFfmpeg, RenditionsAreWhatScaleMakesOfTheCanvas) {
  const std::vector<Clip> clips = made_clips(dir_);
  const std::vector<media::FrameRef> pictures{clips[0].frames[0], clips[1].frames[0], clips[2].frames[0],
                                              clips[3].frames[0]};
  const std::vector<RenditionSize> sizes{{1080, 1920}, {720, 1280}, {540, 960}, {360, 640}};
  const ComposedFrame frame = compose(grid(kCrops), pictures, sizes);
  ASSERT_EQ(frame.renditions.size(), sizes.size());
  EXPECT_EQ(frame.renditions[0], frame.canvas) << "a rendition of the canvas's size is the canvas";
  write_raw(dir_.file("canvas.yuv"), {frame.canvas});
  for (size_t i = 1; i < sizes.size(); ++i) {
    const int w = sizes[i].width, h = sizes[i].height;
    ffmpeg(raw_input(dir_.file("canvas.yuv"), 1080, 1920) + "-vf " + scale(w, h) + " -f rawvideo " +
           dir_.file("want.yuv"));
    const auto want = read_raw(dir_.file("want.yuv"), media::canvas_format(w, h, 8));
    const auto figures = psnr(*frame.renditions[i], *want.at(0));
    std::cout << w << "x" << h << ": " << text(figures) << "\n";
    EXPECT_GE(worst(figures), kLeastPsnr);
  }
}

// ffmpeg's transpose and hflip move samples as our rotation does; where the chroma then sits is told to its scaler.
TEST_F(AgainstFfmpeg, AllEightOrientationsAreUprightWithTheirChromaInPlace) {
  struct Turn {
    const char* filters;
    int h_chroma, v_chroma;  // of the turned picture, in swscale's 1/256 luma samples
  };
  const Turn turns[] = {{"null", 0, 128},          {"transpose=clock", 128, 0},
                        {"hflip,vflip", 256, 128}, {"transpose=cclock", 128, 256},
                        {"hflip", 256, 128},       {"hflip,transpose=clock", 128, 256},
                        {"vflip", 0, 128},         {"hflip,transpose=cclock", 128, 0}};
  const Clip clip = make_clip(dir_, "a", "testsrc2=size=640x360,gblur=sigma=0.8", 640, 360);
  for (media::Orientation o = 0; o < 8; ++o) {
    const int w = media::swaps_axes(o) ? 360 : 640, h = media::swaps_axes(o) ? 640 : 360;
    scene::DrawList list{w * 3 / 4 / 2 * 2, h * 3 / 4 / 2 * 2, 0, {}};
    list.layers.push_back(take_layer(pixels(0, 0, w, h), pixels(0, 0, list.canvas_width, list.canvas_height)));
    list.layers[0].orientation = o;
    const media::FrameRef got = compose(list, {clip.frames[0]}).canvas;
    const auto measure = [&](int h_chroma, int v_chroma) {
      const std::string chroma = ":in_h_chr_pos=" + std::to_string(h_chroma) +
                                 ":in_v_chr_pos=" + std::to_string(v_chroma) + ":out_h_chr_pos=0:out_v_chr_pos=128";
      ffmpeg(raw_input(clip.path, 640, 360) + "-vf " + turns[o].filters + "," +
             scale(list.canvas_width, list.canvas_height, chroma) + " -frames:v 1 -f rawvideo " +
             dir_.file("want.yuv"));
      return psnr(
          *got, *read_raw(dir_.file("want.yuv"), media::canvas_format(list.canvas_width, list.canvas_height, 8)).at(0));
    };
    const auto figures = measure(turns[o].h_chroma, turns[o].v_chroma);
    std::cout << "orientation " << int(o) << ": " << text(figures) << "\n";
    EXPECT_GE(worst(figures), kLeastPsnr) << int(o);
    if (turns[o].h_chroma == 0) continue;
    const auto unturned = measure(0, 128);  // the measure must see chroma left where it was before the turn
    std::cout << "  chroma's place not turned: " << text(unturned) << "\n";
    EXPECT_LT(std::min(unturned[1], unturned[2]), kLeastPsnr) << int(o);
  }
}

/// Real recordings, where they are; the run says whether.
TEST_F(AgainstFfmpeg, RealClipsInAGrid) {
  const char* set = std::getenv("TESSERA_FIXTURES");
  const std::string media = std::string(set != nullptr ? set : TESSERA_SOURCE_DIR "/../shared/fixtures") + "/media/";
  struct Real {
    const char* name;
    int width, height;
    media::Orientation orientation;
    const char* upright;
  };
  const Real clips[] = {{"host_rotated.mp4", 1280, 720, 1, "transpose=clock,"},
                        {"guest_city_25fps.mp4", 1280, 720, 0, ""},
                        {"guest_street_vfr_hevc.mp4", 768, 576, 0, ""},
                        {"guest_city_25fps.mp4", 1280, 720, 0, ""}};
  for (const Real& clip : clips) {
    if (!std::filesystem::exists(media + clip.name)) GTEST_SKIP() << "no " << clip.name << ": real clips not compared";
  }
  const std::vector<scene::Rect64> crops{pixels(0, 0, 720, 1280), pixels(438, 0, 404, 720), pixels(222, 0, 324, 576),
                                         pixels(0, 0, 1280, 720)};
  const std::string cuts[] = {"crop=720:1280:0:0,", "crop=404:720:438:0,", "crop=324:576:222:0,", ""};
  std::string inputs, graph;
  std::vector<media::FrameRef> pictures;
  scene::DrawList list = grid(crops);
  for (size_t i = 0; i < 4; ++i) {
    const std::string path = dir_.file(std::to_string(i) + ".yuv");
    ffmpeg("-ss 2 -noautorotate -i " + media + clips[i].name + " -an -frames:v 1 -pix_fmt yuv420p -f rawvideo " + path);
    pictures.push_back(read_raw(path, media::canvas_format(clips[i].width, clips[i].height, 8)).at(0));
    inputs += raw_input(path, clips[i].width, clips[i].height);
    const std::string chroma =
        clips[i].orientation == 1 ? ":in_h_chr_pos=128:in_v_chr_pos=0:out_h_chr_pos=0:out_v_chr_pos=128" : kLeft;
    const std::string n = std::to_string(i);
    graph += "[" + n + ":v]" + clips[i].upright + cuts[i] + scale(540, 960, chroma) + "[t" + n + "];";
    list.layers[i].orientation = clips[i].orientation;
  }
  graph += "[t0][t1][t2][t3]xstack=inputs=4:layout=0_0|w0_0|0_h0|w0_h0";
  ffmpeg(inputs + "-filter_complex '" + graph + "' -frames:v 1 -f rawvideo " + dir_.file("want.yuv"));
  const auto want = read_raw(dir_.file("want.yuv"), media::canvas_format(1080, 1920, 8));
  const auto figures = psnr(*compose(list, pictures).canvas, *want.at(0));
  std::cout << "real clips: " << text(figures) << "\n";
  EXPECT_GE(worst(figures), kLeastPsnr);
}

}  // namespace
}  // namespace tessera::compose
