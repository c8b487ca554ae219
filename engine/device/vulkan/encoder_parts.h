#pragma once

#include "engine/device/vulkan/encoder.h"

namespace tessera::device::vulkan {

/// Rows of a cluster's strip in all programs but resample.
inline constexpr int kStripRows = 16;

inline int strips_of(int rows) { return (rows + kStripRows - 1) / kStripRows; }
inline int bytes_of(int depth) { return depth > 8 ? 2 : 1; }

struct Encoder::Target {
  int word = 0;      ///< the rect's first row from the word that its first sample is in, counted from the window
  int absolute = 0;  ///< the same, counted from the arena's start
  int window = 0;
  int stride = 0;  ///< words
  int lead = 0;    ///< bytes of the first word before the rect
  int end = 0;     ///< bytes from the first word's start to the rect's end
  int height = 0;
  int bytes = 1;       ///< of a sample
  bool edges = false;  ///< a word may be shared with another operation

  int words() const { return (end + 3) / 4; }
};

struct Encoder::Resampling {
  kernels::ResampleParams params;
  const ColumnTable* columns = nullptr;
  const RowTable* rows = nullptr;

  bool wide_source() const { return params.src.depth > 8; }
};

}  // namespace tessera::device::vulkan
