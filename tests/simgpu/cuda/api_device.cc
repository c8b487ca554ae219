// The driver's calls about devices.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>

#include "tests/simgpu/cuda/context.h"
#include "tests/simgpu/cuda/memory.h"
#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/cuda/report.h"
#include "tests/simgpu/simgpu.h"

using namespace tessera::simgpu;

namespace {

bool valid(CUdevice device) { return device >= 0 && device < options().devices; }

/// By the driver's numbers; what an Ada card with 60 multiprocessors says, and NVDEC and NVENC clients ask for.
const std::map<int, int>& attributes() {
  static const auto& table = *new std::map<int, int>{{1, kMaxThreads},
                                                     {2, kMaxThreads},
                                                     {3, kMaxThreads},
                                                     {4, kMaxBlockZ},
                                                     {5, 2147483647},
                                                     {6, kMaxGridYZ},
                                                     {7, kMaxGridYZ},
                                                     {8, kMaxSharedBytes},
                                                     {9, 65536},
                                                     {10, 32},
                                                     {11, 2147483647},
                                                     {12, 65536},
                                                     {13, 2040000},
                                                     {14, 512},
                                                     {15, 1},
                                                     {16, 60},
                                                     {17, 0},
                                                     {18, 0},
                                                     {19, 0},
                                                     {20, 0},
                                                     {31, 1},
                                                     {32, 0},
                                                     {33, 1},
                                                     {34, 0},
                                                     {35, 0},
                                                     {36, 6251000},
                                                     {37, 192},
                                                     {38, 48 << 20},
                                                     {39, 1536},
                                                     {40, 2},
                                                     {41, 1},
                                                     {50, 0},
                                                     {51, 32},
                                                     {75, options().capability / 10},
                                                     {76, options().capability % 10},
                                                     {78, 1},
                                                     {81, 100 << 10},
                                                     {82, 65536},
                                                     {83, 0},
                                                     {84, 0},
                                                     {85, 0},
                                                     {89, 0},
                                                     {97, kMaxSharedBytes},
                                                     {115, 0}};
  return table;
}

CUresult name_of(char* name, int length) {
  if (!name || length < 1) return kInvalidValue;
  std::snprintf(name, static_cast<size_t>(length), "%s", options().device_name.c_str());
  return CUDA_SUCCESS;
}

CUresult uuid_of(const Call& call, CUuuid* uuid, CUdevice device) {
  if (call.refused()) return call.code();
  if (!uuid) return kInvalidValue;
  if (!valid(device)) return kInvalidDevice;
  std::memcpy(uuid->bytes, "simulated-gpu-00", sizeof uuid->bytes);
  uuid->bytes[15] = static_cast<char>('0' + device);
  return CUDA_SUCCESS;
}

}  // namespace

SIMGPU_EXPORT CUresult cuInit(unsigned flags) {
  const Call call(__func__, Needs::kNothing, false);
  if (call.refused()) return call.code();
  if (flags != 0) return call.misuse(kInvalidValue, "flags must be 0");
  if (forked() && context::initialized())
    return call.misuse(kNotInitialized, "called in a process forked after cuInit");
  if (options().devices < 1) return error(100);
  if (!context::initialized()) install_fault_handler();
  context::initialize();
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDriverGetVersion(int* version) {
  const Call call(__func__, Needs::kNothing, false);
  if (call.refused()) return call.code();
  if (!version) return kInvalidValue;
  *version = options().driver_version;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDeviceGetCount(int* count) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  if (!count) return kInvalidValue;
  *count = options().devices;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  if (!device) return kInvalidValue;
  if (!valid(ordinal)) return kInvalidDevice;
  *device = ordinal;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice device) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  if (!valid(device)) return kInvalidDevice;
  const auto found = attributes().find(attribute);
  if (!value || found == attributes().end()) return kInvalidValue;
  *value = found->second;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  return valid(device) ? name_of(name, length) : kInvalidDevice;
}

SIMGPU_EXPORT CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
  return uuid_of(Call(__func__, Needs::kInit, false), uuid, device);
}

SIMGPU_EXPORT CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) {
  return uuid_of(Call(__func__, Needs::kInit, false), uuid, device);
}

SIMGPU_EXPORT CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  if (!major || !minor) return kInvalidValue;
  if (!valid(device)) return kInvalidDevice;
  *major = options().capability / 10;
  *minor = options().capability % 10;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  if (!bytes) return kInvalidValue;
  if (!valid(device)) return kInvalidDevice;
  *bytes = static_cast<size_t>(options().memory_bytes);
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDeviceGetPCIBusId(char* text, int length, CUdevice device) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  if (!text || length < 13) return kInvalidValue;
  if (!valid(device)) return kInvalidDevice;
  std::snprintf(text, static_cast<size_t>(length), "0000:%02X:00.0", static_cast<unsigned>(device + 1));
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuDeviceGetByPCIBusId(CUdevice* device, const char* text) {
  const Call call(__func__, Needs::kInit, false);
  if (call.refused()) return call.code();
  unsigned bus = 0;
  if (!device || !text || std::sscanf(text, "%*x:%x:%*x.%*x", &bus) != 1) return kInvalidValue;
  if (!valid(static_cast<int>(bus) - 1)) return kInvalidDevice;
  *device = static_cast<int>(bus) - 1;
  return CUDA_SUCCESS;
}
