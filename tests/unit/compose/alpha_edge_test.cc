#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/compose/compositor.h"
#include "tests/unit/compose/pictures.h"

// Edges of pictures with alpha, against the same in double precision.
namespace tessera::compose {
namespace {

constexpr int kCanvas = 160;

/// Y, U, V of a colour, as parts of the signal's span: luma 0..1, chroma -1/2..1/2.
struct Colour {
  const char* name;
  uint32_t rgb;
  double of(size_t plane) const {
    const double r = (rgb >> 16 & 255) / 255.0, g = (rgb >> 8 & 255) / 255.0, b = (rgb & 255) / 255.0;
    const double y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return plane == 0 ? y : plane == 1 ? (b - y) / 1.8556 : (r - y) / 1.5748;
  }
};
constexpr Colour kRed{"red", 0xff0000}, kBlue{"blue", 0x0000ff}, kWhite{"white", 0xffffff}, kBlack{"black", 0};

/// How much a disc covers of a sample: its edge is `soft` samples wide.
double coverage(int x, int y, int size, double soft) {
  const double middle = size / 2.0;
  const double inside = middle - 3 - std::hypot(x + 0.5 - middle, y + 0.5 - middle);
  return std::clamp(inside / soft + 0.5, 0.0, 1.0);
}

/// A premultiplied disc, its samples rounded to the depth as a decoder's are.
media::FrameRef disc(const Colour& colour, int size, double soft, int depth) {
  media::FrameFormat format = media::canvas_format(size, size, depth);
  format.has_alpha = true;
  format.chroma_shift_x = format.chroma_shift_y = 0;
  const auto frame = media::allocate_frame(format).value();
  const int scale = 1 << (depth - 8), max = (1 << depth) - 1;
  for (size_t p = 0; p < 4; ++p) {
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        const double alpha = std::round(coverage(x, y, size, soft) * max) / max;
        const double value = p == 3   ? alpha * max
                             : p == 0 ? (16 + 219 * alpha * colour.of(0)) * scale
                                      : (128 + 224 * alpha * colour.of(p)) * scale;
        uint8_t* at = frame->planes[p].data + y * frame->planes[p].stride;
        const auto rounded = static_cast<uint16_t>(std::lround(value));
        if (depth > 8) {
          reinterpret_cast<uint16_t*>(at)[x] = rounded;
        } else {
          at[x] = static_cast<uint8_t>(rounded);
        }
      }
    }
  }
  return frame;
}

/// Premultiplied colour and alpha of a disc at every pixel of `side`, scaled with the triangle filter, widened when it
/// gets smaller.
class Scaled {
 public:
  Scaled(int size, double soft, int side) : size_(size), side_(side), alpha_(static_cast<size_t>(side * side)) {
    std::vector<double> rows(static_cast<size_t>(side * size));
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < side; ++x) {
        rows[static_cast<size_t>(y * side + x)] = filtered(x, [&](int k) { return coverage(k, y, size, soft); });
      }
    }
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        alpha_[static_cast<size_t>(y * side + x)] =
            filtered(y, [&](int k) { return rows[static_cast<size_t>(k * side + x)]; });
      }
    }
  }
  double alpha(int x, int y) const {
    return x < 0 || y < 0 || x >= side_ || y >= side_ ? 0 : alpha_[static_cast<size_t>(y * side_ + x)];
  }

 private:
  template <class F>
  double filtered(int i, F&& at) const {
    const double ratio = static_cast<double>(size_) / side_, scale = std::max(1.0, ratio);
    const double centre = (i + 0.5) * ratio - 0.5;
    double sum = 0, weights = 0;
    for (int k = static_cast<int>(std::floor(centre - scale)); k <= std::ceil(centre + scale); ++k) {
      const double weight = std::max(0.0, 1 - std::abs(k - centre) / scale);
      sum += weight * at(std::clamp(k, 0, size_ - 1));
      weights += weight;
    }
    return sum / weights;
  }

  int size_, side_;
  std::vector<double> alpha_;
};

/// The largest difference of any sample of a disc drawn at (20, 20) from what it should be.
double worst_difference(const Colour& colour, const Colour& behind, int size, int side, double soft, int depth) {
  scene::Layer layer = take_layer(pixels(0, 0, size, size), pixels(20, 20, side, side));
  layer.source.kind = scene::Source::Kind::kImage;
  const auto device = cpu();
  auto compositor = Compositor::create(*device, {media::canvas_format(kCanvas, kCanvas, depth), {}}).value();
  const std::vector<media::FrameRef> pictures{disc(colour, size, soft, depth)};
  const auto frame = compositor->compose({kCanvas, kCanvas, behind.rgb, {layer}}, pictures).value().canvas;
  const Scaled scaled(size, soft, side);
  const int scale = 1 << (depth - 8);
  double worst = 0;
  for (int y = 0; y < kCanvas; ++y) {
    for (int x = 0; x < kCanvas; ++x) {
      const double a = scaled.alpha(x - 20, y - 20);
      const double luma = (16 + 219 * (a * colour.of(0) + (1 - a) * behind.of(0))) * scale;
      worst = std::max(worst, std::abs(sample(*frame, 0, x, y) - luma));
      if (x % 2 != 0 || y % 2 != 0) continue;
      const double mean =
          (a + scaled.alpha(x - 19, y - 20) + scaled.alpha(x - 20, y - 19) + scaled.alpha(x - 19, y - 19)) / 4;
      for (const size_t p : {size_t{1}, size_t{2}}) {
        const double chroma = (128 + 224 * (mean * colour.of(p) + (1 - mean) * behind.of(p))) * scale;
        worst = std::max(worst, std::abs(sample(*frame, p, x / 2, y / 2) - chroma));
      }
    }
  }
  return worst;
}

/// Over its own colour an edge vanishes, over any other it is the mix in between: no fringe.
TEST(AlphaEdges, HaveNoFringe) {
  double worst = 0;
  for (const int depth : {8, 10}) {
    for (const Colour& colour : {kRed, kBlue, kWhite, kBlack}) {
      for (const Colour& behind : {kRed, kBlue, kWhite}) {
        for (const auto& [size, side] : {std::pair{100, 40}, {100, 70}, {100, 100}, {64, 96}, {20, 110}}) {
          for (const double soft : {0.01, 1.0, 5.0}) {
            const double difference = worst_difference(colour, behind, size, side, soft, depth);
            worst = std::max(worst, difference);
            // Alpha, source, mean and blend are each rounded once.
            EXPECT_LE(difference, 2.0) << colour.name << " over " << behind.name << ", " << size << " -> " << side
                                       << ", edge of " << soft << " samples, " << depth << " bits";
          }
        }
      }
    }
  }
  RecordProperty("worst", std::to_string(worst));
}

}  // namespace
}  // namespace tessera::compose
