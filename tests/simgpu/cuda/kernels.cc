#include "tests/simgpu/cuda/kernels.h"

#include <dlfcn.h>

#include <cstdlib>
#include <sstream>
#include <vector>

#include "tests/simgpu/cuda/memory.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu::kernels {
namespace {

std::vector<void*> load_all() {
  std::vector<void*> out;
  const char* paths = std::getenv("SIMGPU_KERNELS");
  std::istringstream list(paths ? paths : "");
  for (std::string path; std::getline(list, path, ':');) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    auto* distance = library ? static_cast<int64_t*>(dlsym(library, "tessera_kernels_delta")) : nullptr;
    if (!distance) {
      simgpu_misuse("SIMGPU_KERNELS: %s: %s", path.c_str(), library ? "exports no tessera_kernels_delta" : dlerror());
      continue;
    }
    *distance = memory::delta();
    out.push_back(library);
  }
  return out;
}

}  // namespace

bool find(const std::string& name, CUfunc_st& function) {
  static const auto& libraries = *new std::vector<void*>(load_all());
  const std::string symbol = "tessera_host_" + name;
  for (void* library : libraries) {
    void* run = dlsym(library, symbol.c_str());
    if (!run) continue;
    const auto* parameters = static_cast<const unsigned*>(dlsym(library, (symbol + "_parameters").c_str()));
    if (!parameters) {
      simgpu_misuse("kernel %s: its library does not export %s_parameters", name.c_str(), symbol.c_str());
      return false;
    }
    function.run = reinterpret_cast<decltype(function.run)>(run);
    const auto* sizes = static_cast<const unsigned*>(dlsym(library, (symbol + "_sizes").c_str()));
    function.sizes.assign(*parameters, 8);
    if (sizes) function.sizes.assign(sizes, sizes + *parameters);
    return true;
  }
  return false;
}

}  // namespace tessera::simgpu::kernels
