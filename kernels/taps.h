#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/ops.h"

namespace tessera::kernels {

enum class Filter : uint8_t { kLanczos3, kCatmullRom, kBilinear, kBSpline };

/// The sum of an output's taps.
inline constexpr int kTapOne = 1 << 14;

/// All that decides the taps of one axis of one plane: also the key to cache them by. Positions are in 1/64 luma
/// samples measured from the picture's edge; a plane's first sample sits at `*_site` (32 for luma and co-sited chroma,
/// 64 for centred, 96 for chroma on the second luma sample).
struct AxisSpec {
  int32_t crop_start = 0, crop_size = 0;  ///< of the source; crop_size > 0
  int32_t dst_start = 0, dst_size = 0;    ///< where the crop goes; dst_size > 0
  int32_t src_samples = 0;                ///< length of the source plane's axis
  int32_t src_shift = 0, dst_shift = 0;   ///< log2 of the subsampling of this plane: 0 or 1
  int32_t src_site = 32, dst_site = 32;
  int32_t first = 0, count = 0;  ///< destination samples wanted: [first, first + count)
  Filter filter = Filter::kLanczos3;
  /// Of a plane that is not subsampled to one that is: each output is the mean of the two outputs that this axis would
  /// have if the destination were not subsampled; src_shift 0, dst_shift 1, dst_site does not count.
  bool paired = false;
  auto operator<=>(const AxisSpec&) const = default;
};

/// A tap table's memory. Immutable once made.
struct Taps {
  std::vector<int32_t> first;
  std::vector<int16_t> taps;
  int size = 0;
  int stride = 0;

  TapTable view() const;
  /// The same with its layout for horizontal passes, made by the first call (about 10 ns a tap) and kept. Copies of the
  /// table share it. Thread-safety: any thread may call it.
  TapTable laid_out() const;
  /// One past the last source sample any output reads.
  int end() const { return first.empty() ? 0 : first.back() + size; }

 private:
  struct Kept;
  friend Taps make_taps(const AxisSpec& spec);
  std::shared_ptr<Kept> kept_;  ///< null for a table that make_taps() did not make: then there is no layout
};

/// The taps as kernels/README.md defines them: only additions, multiplications and divisions of doubles, so every
/// platform makes the same table. Cost: about 50 ns a tap.
Taps make_taps(const AxisSpec& spec);

/// What every table keeps, so that no accumulator or intermediate overflows: the absolute taps of an output sum to at
/// most this.
inline constexpr int kMaxAbsoluteTaps = 2 * kTapOne;

}  // namespace tessera::kernels
