// The driver's calls about modules, functions and launches.
#include <cstring>
#include <mutex>
#include <set>

#include "tests/simgpu/cuda/context.h"
#include "tests/simgpu/cuda/executor.h"
#include "tests/simgpu/cuda/kernels.h"
#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/cuda/report.h"
#include "tests/simgpu/simgpu.h"

using namespace tessera::simgpu;

namespace {

struct Functions {
  std::mutex mutex;
  std::set<CUfunction> all;
};

Functions& functions() {
  static Functions& once = *new Functions;
  return once;
}

bool known(CUfunction function) {
  const std::lock_guard lock(functions().mutex);
  return functions().all.contains(function);
}

uint32_t first_word(const void* image) {
  uint32_t word = 0;
  std::memcpy(&word, image, sizeof word);
  return word;
}

constexpr uint32_t kFatbin = 0xBA55ED50, kWrapper = 0x466243B1, kElf = 0x464C457F;

template <class T>
T read(const unsigned char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// The major version of CUDA that made a fat binary, by the version of the PTX in it; 0 where there is none. Its parts
/// follow a header of 16 bytes; each begins with its kind (1: PTX), its header's size at 4, its own at 8 and the
/// version's major part at 26.
int toolkit_of(const void* image) {
  const auto* at = static_cast<const unsigned char*>(image);
  const auto* const end = at + read<uint16_t>(at + 6) + read<uint64_t>(at + 8);
  for (at += read<uint16_t>(at + 6); at < end; at += read<uint32_t>(at + 4) + read<uint64_t>(at + 8))
    if (read<uint16_t>(at) == 1) return read<uint16_t>(at + 26) + 4;  // CUDA 12 writes PTX 8, CUDA 13 PTX 9
  return 0;
}

CUresult load(const Call& call, CUmodule* out, const void* image) {
  if (call.refused()) return call.code();
  if (!out || !image) return kInvalidValue;
  const uint32_t word = first_word(image);
  const bool binary = word == kFatbin || word == kWrapper || word == kElf;
  const std::string text = binary ? "" : static_cast<const char*>(image);
  if (!binary && text.find(".version") == std::string::npos)
    return call.misuse(kInvalidImage, "the image is neither a fatbin, nor a cubin, nor PTX");
  if (word == kFatbin && toolkit_of(image) > options().driver_version / 1000) return kUnsupportedPtx;
  *out = context::new_module(context::current());
  (*out)->ptx = text;
  return CUDA_SUCCESS;
}

bool has_entry(const CUmod_st& module, const std::string& name) {
  return module.ptx.empty() || module.ptx.find(".entry " + name + "(") != std::string::npos ||
         module.ptx.find(".entry " + name + "\n") != std::string::npos;
}

/// Null when a device would run this launch.
const char* wrong(const CUfunc_st& f, const unsigned grid[3], const unsigned block[3], unsigned shared) {
  for (int i = 0; i < 3; ++i)
    if (grid[i] == 0 || block[i] == 0) return "an empty grid or block";
  if (grid[0] > 0x7FFFFFFF || grid[1] > kMaxGridYZ || grid[2] > kMaxGridYZ)
    return "the grid is larger than a device allows";
  if (block[2] > kMaxBlockZ || uint64_t{block[0]} * block[1] * block[2] > kMaxThreads)
    return "more threads than a block may have";
  if (shared > kMaxSharedBytes) return "more shared memory than a block may have";
  if (!f.module->alive) return "the kernel's module was unloaded";
  if (f.module->context != context::current()) return "the kernel's module belongs to another context than the current";
  return nullptr;
}

/// The arguments' values, taken when the kernel is launched, as the driver does. Eight bytes are read of each parameter
/// whose size the kernel library does not say; nothing uses those past the parameter's own.
std::vector<uint64_t> values_of(const CUfunc_st& f, void** parameters) {
  std::vector<uint64_t> out;
  for (size_t i = 0; i < f.sizes.size(); ++i) {
    uint64_t value[16] = {};
    auto* to = reinterpret_cast<unsigned char*>(value);
    const auto* from = static_cast<const volatile unsigned char*>(parameters[i]);
    for (unsigned n = 0; n < f.sizes[i] && n < sizeof value; ++n) to[n] = from[n];
    out.insert(out.end(), value, value + 16);
  }
  return out;
}

}  // namespace

SIMGPU_EXPORT CUresult cuModuleLoadData(CUmodule* out, const void* image) {
  return load(Call(__func__, Needs::kContext), out, image);
}

SIMGPU_EXPORT CUresult cuModuleLoadFatBinary(CUmodule* out, const void* image) {
  return load(Call(__func__, Needs::kContext), out, image);
}

SIMGPU_EXPORT CUresult cuModuleLoadDataEx(CUmodule* out, const void* image, unsigned, CUjit_option*, void**) {
  return load(Call(__func__, Needs::kContext), out, image);
}

SIMGPU_EXPORT CUresult cuModuleUnload(CUmodule module) {
  const Call call(__func__, Needs::kContext);
  if (call.mistaken()) return call.code();
  module = context::check(call, module);
  if (!module) return kInvalidHandle;
  executor::wait(module->context);
  context::end(module);
  return call.code();
}

SIMGPU_EXPORT CUresult cuModuleGetFunction(CUfunction* out, CUmodule module, const char* name) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  module = context::check(call, module);
  if (!module) return kInvalidHandle;
  if (!out || !name) return kInvalidValue;
  auto* function = new CUfunc_st;
  function->name = name;
  function->module = module;
  if (!has_entry(*module, name) || !kernels::find(name, *function)) {
    delete function;
    return kNotFound;
  }
  const std::lock_guard lock(functions().mutex);
  functions().all.insert(*out = function);
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuModuleGetGlobal_v2(CUdeviceptr*, size_t*, CUmodule, const char*) {
  const Call call(__func__, Needs::kContext);
  return call.refused() ? call.code() : kNotFound;
}

SIMGPU_EXPORT CUresult cuModuleGetGlobal(CUdeviceptr*, size_t*, CUmodule, const char*) {
  const Call call(__func__, Needs::kContext);
  return call.refused() ? call.code() : kNotFound;
}

SIMGPU_EXPORT CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction function) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  if (!known(function)) return call.misuse(kInvalidHandle, "not a function");
  if (!value) return kInvalidValue;
  switch (attribute) {
    case kMaxThreadsPerBlock:
      *value = kMaxThreads;
      return CUDA_SUCCESS;
    case kSharedSizeBytes:
    case kConstSizeBytes:
    case kLocalSizeBytes:
      *value = 0;
      return CUDA_SUCCESS;
    case kNumRegs:
      *value = 32;
      return CUDA_SUCCESS;
    case kPtxVersion:
    case kBinaryVersion:
      *value = 89;
      return CUDA_SUCCESS;
    default:
      return kInvalidValue;
  }
}

SIMGPU_EXPORT CUresult cuFuncSetAttribute(CUfunction function, int, int) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  return known(function) ? CUDA_SUCCESS : call.misuse(kInvalidHandle, "not a function");
}

SIMGPU_EXPORT CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                      unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared,
                                      CUstream stream, void** parameters, void** extra) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  if (!known(function)) return call.misuse(kInvalidHandle, "not a function");
  stream = context::check(call, stream, true);
  if (!stream) return kInvalidHandle;
  struct Shape {
    unsigned grid[3], block[3];
  };
  const Shape shape{{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}};
  if (const char* why = wrong(*function, shape.grid, shape.block, shared))
    return call.misuse(kInvalidValue, function->name + ": " + why);
  if (extra || (!parameters && !function->sizes.empty()))
    return call.misuse(kInvalidValue, function->name + ": its parameters are not in kernelParams");
  simgpu_count("launches", 1);
  simgpu_count(("kernels." + function->name).c_str(), 1);
  executor::submit(stream, [function, shape, values = values_of(*function, parameters)]() mutable {
    std::vector<void*> arguments;
    for (size_t i = 0; i < function->sizes.size(); ++i) arguments.push_back(&values[i * 16]);
    set_running_kernel(function->name.c_str());
    function->run(shape.grid, shape.block, arguments.data());
    set_running_kernel(nullptr);
  });
  return CUDA_SUCCESS;
}
