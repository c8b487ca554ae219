#include "engine/media/hw.h"

#include <utility>

namespace tessera::media {

void MediaCounters::add_fall_back(const std::string& path, const std::string& why) {
  ++fall_backs;
  const std::lock_guard lock(mutex_);
  if (known_.insert(path).second) untold_.push_back(path + ": " + why);
}

std::vector<std::string> MediaCounters::untold_fall_backs() {
  const std::lock_guard lock(mutex_);
  return std::exchange(untold_, {});
}

}  // namespace tessera::media
