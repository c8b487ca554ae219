#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/media/av.h"
#include "engine/media/frame.h"

struct SwsContext;

// For the .cc files of engine/media only.
namespace tessera::media {

struct ImageSize {
  int64_t width = 0;
  int64_t height = 0;
};

/// The size a PNG, JPEG, GIF, WebP or BMP says it has, from its first bytes and without any decoder, so that limits
/// hold before one is let at it. Empty where the bytes are none of these or end too early.
std::optional<ImageSize> image_size(const std::vector<uint8_t>& head);

/// Refuses a still picture that is too large, by image_size() alone; anything else passes. open_input() calls it.
/// @retval kLimit as the limits say; kBadInput a side of 0
Result<void> check_picture_file(const std::string& path, const MediaLimits& limits);

/// The same limits for a size that a decoder gave.
Result<void> check_picture_size(const std::string& path, int64_t width, int64_t height, const MediaLimits& limits);

/// One row of pixels, each component an integer of 0..RgbaSource::max().
struct RgbaRow {
  std::vector<uint16_t> r, g, b, a;
};

/// Turns YUV pictures into RGBA: 8 bits where they have 8, else 16. Keeps what it needs for the next of the same kind.
class YuvToRgba {
 public:
  /// @retval kDevice a pixel format that can't be converted; kCapacity no memory
  Result<AvFrame> convert(const AVFrame& picture);

 private:
  struct Free {
    void operator()(SwsContext* p) const;
  };
  std::unique_ptr<SwsContext, Free> scaler_;
};

/// Gives the rows of a decoded picture (RGB, palette or grey of any depth; YUV goes through swscale) as RGBA.
class RgbaSource {
 public:
  /// @retval kDevice a pixel format that can't be read; kCapacity no memory
  static Result<RgbaSource> open(AvFrame picture, YuvToRgba& from_yuv);

  int width() const { return picture_->width; }
  int height() const { return picture_->height; }
  /// Largest value of a component.
  int max() const { return (1 << depth_) - 1; }
  /// Fills `row` with row y of the picture.
  void read(int y, RgbaRow& row) const;

 private:
  explicit RgbaSource(AvFrame picture) : picture_(std::move(picture)) {}
  /// For formats whose pixels are whole bytes or words side by side.
  template <class T>
  void read_packed(int y, RgbaRow& row) const;

  AvFrame picture_;
  int depth_ = 8;
  int components_ = 0;
  bool palette_ = false;
  bool packed_ = false;
};

/// Premultiplied YUVA 4:4:4, BT.709 limited, of RGBA pixels. Integers only, each sample rounded once (half up):
///   with s = 2^(depth-8), M = 2^depth - 1, m = source.max(), K = (2126 R + 7152 G + 722 B) / 10000,
///   A = round(a * M / m)
///   Y = 16 s + round(A / M * 219 s K / m)
///   U = 128 s + round(A / M * 224 s (B - K) / (1.8556 m)), V with R and 1.5748
Result<FrameRef> to_premultiplied_yuva(const RgbaSource& source, int depth);

}  // namespace tessera::media
