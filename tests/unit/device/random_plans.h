#pragma once

#include <random>
#include <string>
#include <vector>

#include "engine/device/device.h"

/// Frame plans from a seed, run on any device: the same seed gives the same operations on the same samples.
namespace tessera::device {

class RandomShow {
 public:
  explicit RandomShow(uint32_t seed);

  /// Runs the plan on a device and gives every surface it wrote to, downloaded.
  Result<std::vector<media::FrameRef>> run(Device& device);
  /// What the seed chose, for messages.
  std::string describe() const;

 private:
  struct Tile {
    media::FrameRef source;
    Rect rect;
    TapsRef luma_x, luma_y, chroma_x, chroma_y;
  };

  int pick(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  bool chance(int percent) { return pick(1, 100) <= percent; }
  Rect rect_in(int width, int height);
  std::vector<Rect> tiles_in(int width, int height);
  media::FrameRef source(bool alpha);
  media::FrameRef noise(const media::FrameFormat& format);
  TapsRef taps(const media::Frame& from, int crop, int crop_size, int dst, int dst_size, int first, int end,
               bool horizontal, bool chroma, kernels::Filter filter);
  Resample resample(const media::FrameRef& from, const SurfaceRef& to, const Rect& rect);
  Batch moves();
  Batch resamples();
  Batch blends();

  std::mt19937 random_;
  uint32_t seed_;
  int depth_, width_, height_;
  Device* device_ = nullptr;
  SurfaceRef canvas_, layer_, other_, mask_, result_;
  std::vector<SurfaceRef> written_;
};

/// Taps that scale `from` samples to `to`.
TapsRef taps(int from, int to);

/// The first difference between two frames' samples; empty where there is none.
std::string difference(const media::Frame& want, const media::Frame& got);

}  // namespace tessera::device
