#pragma once

#include <cstdint>
#include <vector>

#include "kernels/ops.h"

/// Taps as kernels/cuda/resample.cu reads them, made once per table of taps.
namespace tessera::kernels::cuda {

/// Of the columns: for each the first 32 bit word it reads of a row (and, where their number is odd, one that counts
/// for nothing); then for every word, for each column, its taps as pairs of int16: the samples of the word, two a pair.
struct ColumnTable {
  std::vector<uint32_t> data;
  int words = 0;  ///< that a column reads
};

/// @param bytes of a sample
/// @param step samples from one to the next
/// @param lead samples of a row before the first
ColumnTable make_columns(const TapTable& taps, int bytes, int step, int lead);

/// Of the rows: for each the first pair of source rows it reads, never falling; then for each output row the taps of
/// its pairs: the low bytes of the even and the odd row's, then the high bytes; tap = 256 high + low, both signed.
struct RowTable {
  std::vector<uint32_t> data;
  int pairs = 0;  ///< of source rows, that an output reads
};

RowTable make_rows(const TapTable& taps);

}  // namespace tessera::kernels::cuda
