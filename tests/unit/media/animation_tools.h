#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "tests/unit/media/reader_tools.h"

// What the tests of animations share: files that move, and an oracle for their pixels.
namespace tessera::media {

/// A GIF of 1x1 pixels, one frame a delay (hundredths of a second), colours 0 to 2 in turn: black, red, green.
inline std::vector<uint8_t> tiny_gif(const std::vector<int>& delays, int width = 1, int height = 1) {
  const auto low = [](int v) { return static_cast<uint8_t>(v & 0xff); };
  const auto high = [](int v) { return static_cast<uint8_t>(v >> 8 & 0xff); };
  std::vector<uint8_t> gif{'G',         'I',         'F',          '8',  '9', 'a', low(width),
                           high(width), low(height), high(height), 0x81, 0,   0};
  gif.insert(gif.end(), {0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255});
  for (size_t k = 0; k < delays.size(); ++k) {
    const int code = 0x144 + 8 * static_cast<int>(k % 3);
    gif.insert(gif.end(), {0x21, 0xf9, 4, 0, low(delays[k]), high(delays[k]), 0, 0});
    gif.insert(gif.end(), {0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, low(code), high(code), 0});
  }
  gif.push_back(0x3b);
  return gif;
}

/// The same moving picture with soft alpha in one of the formats: "qtrle.mov", "prores.mov", "a.apng", "a.gif",
/// "vp9.webm".
inline std::string moving_picture(const TempDir& dir, const std::string& name, int frames = 10,
                                  const std::string& size = "50x38", const std::string& rate = "25") {
  const std::string source = "-f lavfi -i 'testsrc2=s=" + size + ":r=" + rate +
                             ",trim=end_frame=" + std::to_string(frames) +
                             ",format=rgba,geq=r=r(X\\,Y):g=g(X\\,Y):b=b(X\\,Y):a=clip(X*9+Y*5+N*16-200\\,0\\,255)' ";
  const std::string count = " -frames:v " + std::to_string(frames) + " ";
  std::string codec;
  if (name == "qtrle.mov") codec = "-c:v qtrle -pix_fmt argb -g 4";
  if (name == "prores.mov") codec = "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le -alpha_bits 16";
  if (name == "a.apng") codec = "-c:v apng -pix_fmt rgba -plays 0 -f apng";
  if (name == "a.gif") codec = "-filter_complex 'split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse'";
  if (name == "vp9.webm") codec = "-c:v libvpx-vp9 -pix_fmt yuva420p -crf 12 -b:v 0 -auto-alt-ref 1";
  ffmpeg(source + codec + count + (dir / name));
  return dir / name;
}

/// Every frame as the stock ffmpeg decodes it, R G B A as parts of 65535. ProRes with 16 bits a component, all else
/// with 8: swscale does not widen exactly.
inline std::vector<std::vector<uint16_t>> rgba_by_ffmpeg(const TempDir& dir, const std::string& path, int width,
                                                         int height) {
  const std::string decoder = path.ends_with("webm") ? "-c:v libvpx-vp9 " : "";
  const bool deep = path.ends_with("prores.mov");
  ffmpeg(decoder + "-i " + path + " -fps_mode passthrough -sws_flags accurate_rnd+full_chroma_int+full_chroma_inp" +
         " -f rawvideo -pix_fmt " + (deep ? "rgba64le " : "rgba ") + (dir / "raw"));
  const std::vector<uint8_t> raw = bytes_of_file(dir / "raw");
  const size_t samples = static_cast<size_t>(width * height) * 4;
  const size_t bytes = deep ? 2 : 1;
  std::vector<std::vector<uint16_t>> frames;
  for (size_t at = 0; at + samples * bytes <= raw.size(); at += samples * bytes) {
    frames.emplace_back(samples);
    for (size_t i = 0; i < samples; ++i) {
      const int value = deep ? raw[at + 2 * i] | raw[at + 2 * i + 1] << 8 : raw[at + i] * 257;
      frames.back()[i] = static_cast<uint16_t>(value);
    }
  }
  return frames;
}

/// Premultiplied BT.709 limited of one such frame, in double precision, in codes of a depth.
class PremultipliedOracle {
 public:
  PremultipliedOracle(const std::vector<uint16_t>& rgba, int width, int height, int depth)
      : rgba_(rgba), width_(width), height_(height), max_((1 << depth) - 1), scale_(1 << (depth - 8)) {}

  double alpha(int x, int y) const { return channel(x, y, 3) * max_; }
  double luma(int x, int y) const { return 16 * scale_ + channel(x, y, 3) * 219 * scale_ * grey(x, y); }
  /// `of`: 2 for U, 0 for V.
  double chroma(int x, int y, int of) const {
    const double difference = (channel(x, y, of) - grey(x, y)) / (of == 2 ? 1.8556 : 1.5748);
    return 128 * scale_ + 224 * scale_ * channel(x, y, 3) * difference;
  }
  /// The largest difference of any sample of a frame.
  double worst(const Frame& frame) const {
    double worst = 0;
    const auto note = [&](size_t plane, int x, int y, double want) {
      const uint8_t* at = frame.planes[plane].data + y * frame.planes[plane].stride;
      const int got = frame.format.depth > 8 ? reinterpret_cast<const uint16_t*>(at)[x] : at[x];
      worst = std::max(worst, std::abs(got - want));
    };
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        note(0, x, y, luma(x, y));
        note(3, x, y, alpha(x, y));
        note(1, x, y, chroma(x, y, 2));
        note(2, x, y, chroma(x, y, 0));
      }
    }
    return worst;
  }

 private:
  double channel(int x, int y, int of) const { return rgba_[static_cast<size_t>((y * width_ + x) * 4 + of)] / 65535.0; }
  double grey(int x, int y) const {
    return 0.2126 * channel(x, y, 0) + 0.7152 * channel(x, y, 1) + 0.0722 * channel(x, y, 2);
  }

  const std::vector<uint16_t>& rgba_;
  int width_, height_;
  double max_, scale_;
};

}  // namespace tessera::media
