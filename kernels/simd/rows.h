#pragma once

#include <cstdint>

#include "kernels/ops.h"
#include "kernels/simd/layout.h"

/// What a SIMD level contributes to `resample`: the inner loops over a row.
///
/// Between the two passes rows lie two by two: a `RowPair` holds, for each output column, the value of an even source
/// row in the low and that of the next row in the high half of 32 bits, so that the vertical pass multiplies and adds
/// two rows a step.
namespace tessera::kernels::simd {

/// Rows are filtered horizontally so many at a time: the taps are loaded once for all of them.
inline constexpr int kRowsAtATime = 4;

/// Row pairs are so many columns longer than needed, to the next multiple.
inline constexpr int kColumns = 64;

using RowPair = uint32_t;

/// Four source rows. rows[i] points to sample `origin` of the row, ahead[i] to that of the row that will be read next:
/// rows of a crop are short and far apart, so what a processor fetches ahead by itself does not keep up with them, and
/// a decoder's pictures come from afar. Fetched while other blocks are filtered, they cost little.
struct SourceRows {
  const uint8_t* rows[kRowsAtATime];
  const uint8_t* ahead[kRowsAtATime];
  int origin;
  int depth;
};

struct RowKernels {
  /// How many samples, from the first that a block needs, the windows of a block reach at most; 0: the windows of this
  /// level are too narrow for the table, use `filter_any`.
  int (*reach)(const TapLayout& layout, int bytes_per_sample);
  /// Filters blocks [begin, end) of four rows to two row pairs. Samples of one byte, and of two.
  void (*filter_bytes)(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]);
  void (*filter_words)(const SourceRows& rows, const TapLayout& layout, int begin, int end, RowPair* const out[2]);
  /// The same for any table, samples of two bytes. Up to the table's stride is read.
  void (*filter_any)(const SourceRows& rows, const TapTable& table, RowPair* const out[2]);
  /// One row of outputs from `pairs` row pairs, each weighed with two taps (low half: even row).
  void (*vertical8)(uint8_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count);
  void (*vertical10)(uint16_t* out, const RowPair* const* rows, const uint32_t* taps, int pairs, int count,
                     bool full_scale);
};

}  // namespace tessera::kernels::simd
