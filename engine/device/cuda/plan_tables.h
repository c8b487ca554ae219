#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "engine/device/cuda/plan_encoder.h"

namespace tessera::device::cuda {

/// Tables of taps on the device, made when first needed and kept while they are in use.
/// Thread-safety: one caller at a time.
class PlanTables {
 public:
  /// The tables for a source. Adds what keeps them to `kept`.
  Result<kernels::cuda::PlacedTaps> placed(const TapsRef& columns, const TapsRef& rows,
                                           const kernels::ConstPlane& source, PlanMemory& memory,
                                           std::vector<std::shared_ptr<const void>>& kept);

  /// Call after each plan: forgets what was not used for long.
  void end_plan();

 private:
  struct Entry {
    TapsRef taps;  ///< keeps the key's address from being used again
    DeviceTable table;
    int size = 0;  ///< words a column, or pairs a row
    int64_t used = 0;
  };
  /// Taps, and of columns the bytes of a sample, step and lead: all 0 for rows.
  using Key = std::tuple<const kernels::Taps*, int, int, int>;

  Result<const Entry*> entry(const TapsRef& taps, const Key& key, PlanMemory& memory,
                             std::vector<std::shared_ptr<const void>>& kept);

  std::map<Key, Entry> entries_;
  int64_t plan_ = 0;
};

}  // namespace tessera::device::cuda
