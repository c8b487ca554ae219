#pragma once

#include <cstdint>
#include <vector>

#include "kernels/ops.h"

/// The taps of a horizontal pass, arranged so that every vector lane computes an output of its own.
///
/// Outputs are taken 16 at a time (a block; the last is filled up with outputs of zero taps). The source samples that a
/// block needs for a few neighbouring taps lie close together: they are loaded as one window and shuffled into lanes by
/// indices that are the same for all taps of the block, the window moving on instead. How far the first samples of a
/// block lie apart decides which windows are wide enough.
namespace tessera::kernels {

/// Memory that begins on a cache line.
template <class T>
class LineVector {
 public:
  LineVector() = default;
  explicit LineVector(size_t size) : memory_(size + kLine / sizeof(T)), size_(size) {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    data_ = memory_.data() + (kLine - address % kLine) % kLine / sizeof(T);
  }
  LineVector(LineVector&&) noexcept = default;  // the memory stays where it is
  LineVector& operator=(LineVector&&) noexcept = default;
  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  static constexpr size_t kLine = 64;
  std::vector<T> memory_;
  T* data_ = nullptr;
  size_t size_ = 0;
};

struct TapLayout {
  static constexpr int kBlock = 16;
  static constexpr int kGroup = 4;

  explicit TapLayout(const TapTable& table);

  int blocks = 0;
  int taps = 0;            ///< an output
  int pairs = 0;           ///< steps of two taps
  int quads = 0;           ///< steps of four taps
  int block_spread = 0;    ///< the furthest that first samples of one block lie apart
  int group_spread = 0;    ///< the same of four outputs
  bool split_fits = true;  ///< every tap is 256 * int8 + int8

  LineVector<int32_t> first;  ///< of each group of four
  /// Taps two by two: [block][pair][16 outputs][2].
  LineVector<int16_t> pair_taps;
  /// Taps four by four, in two halves of 8 bits, tap = 256 * high + low: [block][quad][high, low][16 outputs][4].
  LineVector<int8_t> quad_taps;
  /// Where each output's first four samples are in its block's window of bytes: [block][16][4]; 255 where beyond.
  LineVector<uint8_t> block_bytes;
  /// Where each output's first two samples are in its block's window of words: [block][16][2].
  LineVector<uint16_t> block_words;
  /// Byte positions of each output's first two samples in its group's window of 16 bytes, as int16 each:
  /// of samples of one byte (and zeros, 128) and of two bytes: [block][16][4].
  LineVector<uint8_t> group_bytes, group_words;
};

}  // namespace tessera::kernels
