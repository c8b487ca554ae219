#include "tests/unit/scene/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

namespace tessera::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Every place where the two differ, as "line N", "- wanted", "+ got"; the first forty.
std::string difference(const std::string& wanted, const std::string& got) {
  const auto a = lines_of(wanted);
  const auto b = lines_of(got);
  std::string text;
  int told = 0;
  for (size_t k = 0; k < std::max(a.size(), b.size()) && told < 40; ++k) {
    if (k < a.size() && k < b.size() && a[k] == b[k]) continue;
    text += "line " + std::to_string(k + 1) + "\n";
    if (k < a.size()) text += "- " + a[k] + "\n";
    if (k < b.size()) text += "+ " + b[k] + "\n";
    ++told;
  }
  return text;
}

}  // namespace

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(TESSERA_GOLDEN_DIR) + "/" + name + ".txt";
  if (std::getenv("TESSERA_WRITE_GOLDENS") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << "no golden " << path;
  std::ostringstream wanted;
  wanted << file.rdbuf();
  EXPECT_TRUE(wanted.str() == text) << "golden " << name << " (- wanted, + got):\n" << difference(wanted.str(), text);
}

}  // namespace tessera::test
