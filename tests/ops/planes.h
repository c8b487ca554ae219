#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "kernels/ops.h"

namespace tessera::kernels {

/// A plane with guard bytes around every row, so that a write or a vectorised overrun outside it is seen.
class TestPlane {
 public:
  TestPlane(int width, int height, int depth) : width_(width), height_(height), depth_(depth) {
    stride_ = kGuard * 2 + width * bytes();
    memory_.assign(static_cast<size_t>(stride_) * static_cast<size_t>(height + 2), kPattern);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) set(x, y, 0);
    }
  }

  int width() const { return width_; }
  int height() const { return height_; }
  int bytes() const { return depth_ > 8 ? 2 : 1; }
  int max() const { return (1 << depth_) - 1; }

  int get(int x, int y) const {
    const uint8_t* p = at(x, y);
    return bytes() == 1 ? *p : p[0] | p[1] << 8;
  }
  void set(int x, int y, int v) {
    uint8_t* p = const_cast<uint8_t*>(at(x, y));
    p[0] = static_cast<uint8_t>(v);
    if (bytes() == 2) p[1] = static_cast<uint8_t>(v >> 8);
  }
  void fill(const std::function<int(int x, int y)>& f) {
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) set(x, y, f(x, y));
    }
  }

  ConstPlane reader() const { return {at(0, 0), stride_, width_, height_, 1, depth_, 0}; }
  Plane writer() { return {const_cast<uint8_t*>(at(0, 0)), stride_, width_, height_, depth_}; }

  bool guards_intact() const {
    TestPlane copy = *this;
    copy.fill([](int, int) { return (kPattern << 8 | kPattern) & 0xffff; });
    for (const uint8_t b : copy.memory_) {
      if (b != kPattern) return false;
    }
    return true;
  }
  std::string hash() const {
    Hash128Hasher hasher;
    for (int y = 0; y < height_; ++y) hasher.add({at(0, y), static_cast<size_t>(width_ * bytes())});
    return hasher.finish().hex();
  }
  bool operator==(const TestPlane&) const = default;

 private:
  static constexpr int kGuard = 48;
  static constexpr uint8_t kPattern = 0xA5;
  const uint8_t* at(int x, int y) const {
    return memory_.data() + static_cast<ptrdiff_t>(y + 1) * stride_ + kGuard + x * bytes();
  }

  int width_, height_, depth_;
  ptrdiff_t stride_;
  std::vector<uint8_t> memory_;
};

/// Marsaglia's xorshift32: the same numbers everywhere, so that golden hashes hold.
class Noise {
 public:
  explicit Noise(uint32_t seed) : state_(seed * 2654435761u + 1) {}
  int below(int n) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return static_cast<int>(state_ % static_cast<uint32_t>(n));
  }

 private:
  uint32_t state_;
};

inline TestPlane noise_plane(int width, int height, int depth, uint32_t seed) {
  TestPlane plane(width, height, depth);
  Noise noise(seed);
  plane.fill([&](int, int) { return noise.below(plane.max() + 1); });
  return plane;
}

}  // namespace tessera::kernels
