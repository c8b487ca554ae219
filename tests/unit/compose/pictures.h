#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/device/device.h"
#include "engine/media/frame.h"
#include "engine/scene/draw_list.h"

namespace tessera::compose {

/// A folder of its own under the system's temporary one; gone with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Runs the stock `ffmpeg` with the arguments given (a shell's words); the test fails where it does.
void ffmpeg(const std::string& arguments);

/// The pictures of a file of raw video, planar.
std::vector<media::FrameRef> read_raw(const std::string& path, const media::FrameFormat& format);
void write_raw(const std::string& path, const std::vector<media::FrameRef>& frames);

/// Peak signal-to-noise ratio of each plane, dB; 99 where they are equal.
std::array<double, 3> psnr(const media::Frame& a, const media::Frame& b);
double worst(const std::array<double, 3>& planes);
std::string text(const std::array<double, 3>& planes);

/// A hash of all visible samples.
std::string hash(const media::Frame& frame);

/// A picture of noise, smooth enough to be a picture.
media::FrameRef noise_frame(const media::FrameFormat& format, uint32_t seed);
/// A picture of one colour; alpha, where there is one, too.
media::FrameRef flat_frame(const media::FrameFormat& format, const std::array<int, 4>& values);

int sample(const media::Frame& frame, size_t plane, int x, int y);

/// In whole pixels.
scene::Rect64 pixels(int x, int y, int w, int h);
scene::Layer take_layer(const scene::Rect64& crop, const scene::Rect64& dst);
scene::Layer colour_layer(uint32_t rgb, const scene::Rect64& dst);

std::unique_ptr<device::Device> cpu(const std::string& simd = "auto");

}  // namespace tessera::compose
