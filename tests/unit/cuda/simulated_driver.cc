#include "simulated_driver.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

namespace tessera::device {
namespace {

void* load() {
  ::setenv("SIMGPU", R"({"mode": "lazy", "memory": "reuse", "memory_mb": 1024})", 1);
  ::setenv("SIMGPU_KERNELS", SIMGPU_HOST_KERNELS, 1);
  void* const library = ::dlopen(SIMGPU_LIBCUDA, RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  return library;
}

/// Loads it before the first test, and judges at the end how it was used.
class Judge final : public testing::Environment {
 public:
  void SetUp() override { library_ = load(); }
  void TearDown() override {
    const nlohmann::json report = simulated_report();
    EXPECT_EQ(report["misuse"], nlohmann::json::array());
    for (const auto& [what, count] : report["live"].items()) EXPECT_EQ(count, 0) << what << " not given back";
  }
  static inline void* library_ = nullptr;
};
const auto* const judge = testing::AddGlobalTestEnvironment(new Judge);

}  // namespace

nlohmann::json simulated_report() {
  using Report = const char*();
  auto* const report = reinterpret_cast<Report*>(::dlsym(Judge::library_, "simgpu_report"));
  return nlohmann::json::parse(report());
}

}  // namespace tessera::device
