#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/base/rational.h"

/// Pictures: what a decoder gives, what a device composes, what an encoder takes.
namespace tessera::media {

enum class Matrix : uint8_t { kBt709, kBt601, kBt2020 };
enum class Range : uint8_t { kLimited, kFull };
enum class Transfer : uint8_t { kSdr, kPq, kHlg };

/// How sample values mean colours.
struct Colour {
  Matrix matrix = Matrix::kBt709;
  Range range = Range::kLimited;
  Transfer transfer = Transfer::kSdr;
  bool operator==(const Colour&) const = default;
};

/// Where a 2x subsampled chroma sample sits along one axis, relative to its two luma samples.
enum class Siting : uint8_t {
  kCosited,      ///< on the first luma sample: offset 0
  kCentred,      ///< half way: offset 1/2 luma sample
  kCositedLast,  ///< on the second luma sample: what kCosited becomes when the picture is mirrored
};

/// The memory layout and meaning of a picture. Planes: Y, U, V and, where has_alpha, A (full size, full range).
/// Semi-planar formats (NV12, P010) are described with two planes' views into one: step 2.
struct FrameFormat {
  int width = 0;               ///< luma samples, 1..8192
  int height = 0;              ///< luma samples, 1..8192
  uint8_t depth = 8;           ///< significant bits a sample: 8 (one byte) or 10 (two bytes, native endian)
  uint8_t chroma_shift_x = 1;  ///< log2 of the horizontal chroma subsampling: 0 or 1
  uint8_t chroma_shift_y = 1;  ///< log2 of the vertical chroma subsampling: 0 or 1
  bool semi_planar = false;    ///< U and V interleaved in one plane
  uint8_t msb_shift = 0;       ///< bits a sample is shifted up in its word: 6 for P010, else 0
  bool has_alpha = false;      ///< a fourth plane; colour is premultiplied
  Siting siting_x = Siting::kCosited;
  Siting siting_y = Siting::kCentred;
  Colour colour;
  bool operator==(const FrameFormat&) const = default;

  int bytes_per_sample() const { return depth > 8 ? 2 : 1; }
  int chroma_width() const { return (width + (1 << chroma_shift_x) - 1) >> chroma_shift_x; }
  int chroma_height() const { return (height + (1 << chroma_shift_y) - 1) >> chroma_shift_y; }
};

/// Planar 4:2:0, left-sited: the format of canvases and renditions ("I420", "I010").
FrameFormat canvas_format(int width, int height, int depth);

/// One plane in memory. Rows may be read from data + y * stride for y in 0..height-1; sample x is at x * step samples.
struct Plane {
  uint8_t* data = nullptr;
  ptrdiff_t stride = 0;  ///< bytes from row to row
  int width = 0;         ///< samples
  int height = 0;        ///< rows
  int step = 1;          ///< samples from one to the next: 2 for the interleaved chroma of NV12
};

/// Where the samples of a picture lie.
enum class Memory : uint8_t {
  kHost,  ///< planes may be read; or a surface of the device that made it, which says what may be done with it
  kCuda,  ///< planes[].data are device addresses: never read or written by the host
};

/// A picture. Shared and immutable once published as FrameRef; the memory lives as long as the last reference.
struct Frame {
  FrameFormat format;
  std::array<Plane, 4> planes{};  ///< Y, U, V, A; unused ones are empty
  std::shared_ptr<void> owner;    ///< keeps the memory alive
  Memory memory = Memory::kHost;
};
using FrameRef = std::shared_ptr<const Frame>;

/// New memory for a frame: rows 64-byte aligned, content undefined.
/// @retval kLimit sides outside 1..8192, kCapacity no memory
Result<std::shared_ptr<Frame>> allocate_frame(const FrameFormat& format);

/// One of the eight ways a display matrix of right angles can turn a picture. Bit 2: mirror horizontally first;
/// bits 0-1: then turn clockwise by 0, 90, 180, 270 degrees.
using Orientation = uint8_t;
inline bool swaps_axes(Orientation o) { return (o & 1) != 0; }

}  // namespace tessera::media
