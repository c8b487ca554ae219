#pragma once

#include <cstdint>
#include <vector>

#include "kernels/ops.h"

/// The tables of `tone_map`, made on the host: the same bits on every machine.
namespace tessera::kernels {

/// The transfer functions of ITU-R BT.2100.
enum class HdrTransfer { kPq, kHlg };

/// Tables in memory of their own, about 56 KB.
struct ToneTables {
  std::vector<int32_t> light;
  std::vector<int16_t> display;

  /// Valid as long as the tables are.
  ToneTable view() const { return {light.data(), display.data()}; }
};

/// Takes a few milliseconds: made once for a source.
/// @param peak_nits the brightest that a PQ source shows, 203..10000 cd/m2, from its mastering display or else 1000;
/// HLG is
///   always shown at 1000
ToneTables make_tone_tables(HdrTransfer transfer, int peak_nits);

}  // namespace tessera::kernels
