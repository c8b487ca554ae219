#include "engine/compose/tap_cache.h"

#include <algorithm>

namespace tessera::compose {

namespace {
constexpr size_t kMostTables = 256;
}

device::TapsRef TapCache::get(const kernels::AxisSpec& spec) {
  Entry& entry = entries_[spec];
  entry.used = ++clock_;
  if (entry.taps == nullptr) entry.taps = std::make_shared<const kernels::Taps>(kernels::make_taps(spec));
  device::TapsRef taps = entry.taps;
  if (entries_.size() > kMostTables) forget_oldest();
  return taps;
}

void TapCache::forget_oldest() {
  const auto oldest = std::min_element(entries_.begin(), entries_.end(),
                                       [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
  entries_.erase(oldest);
}

}  // namespace tessera::compose
