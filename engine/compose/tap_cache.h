#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "engine/device/frame_plan.h"
#include "kernels/taps.h"

namespace tessera::compose {

/// Tap tables by what decides them. Those not used for longest go when there are more than 256.
class TapCache {
 public:
  device::TapsRef get(const kernels::AxisSpec& spec);
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    device::TapsRef taps;
    int64_t used = 0;
  };
  void forget_oldest();

  std::map<kernels::AxisSpec, Entry> entries_;
  int64_t clock_ = 0;
};

}  // namespace tessera::compose
