#include <algorithm>

#include "engine/package/model.h"

namespace tessera::package {

std::string relative_name(const std::string& folder, const std::string& to) {
  const std::string from = folder.empty() ? "" : folder + "/";
  size_t common = 0;
  for (size_t i = 0; i < std::min(from.size(), to.size()) && from[i] == to[i]; ++i) {
    if (from[i] == '/') common = i + 1;
  }
  std::string out;
  for (size_t i = common; i < from.size(); ++i) {
    if (from[i] == '/') out += "../";
  }
  return out + to.substr(common);
}

}  // namespace tessera::package
