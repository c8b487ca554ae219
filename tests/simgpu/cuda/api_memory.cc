// The driver's calls about device memory and page-locked host memory.
#include "tests/simgpu/cuda/context.h"
#include "tests/simgpu/cuda/executor.h"
#include "tests/simgpu/cuda/host_memory.h"
#include "tests/simgpu/cuda/memory.h"
#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/simgpu.h"

using namespace tessera::simgpu;

namespace {

constexpr size_t kAlignment = 256;  // what the driver promises; real ones give more

CUresult allocate(CUdeviceptr* out, size_t bytes) {
  CUcontext current = context::current();
  return memory::allocate(bytes, kAlignment, current, current->device, Kind::kClient, out);
}

/// Giving memory back waits for queued work, as real drivers do; counted, because it stalls the device.
void implicit_wait() {
  CUcontext current = context::current();
  if (!executor::pending(current)) return;
  simgpu_count("implicit_waits", 1);
  executor::wait(current);
}

CUresult host_allocate(const Call& call, void** out, size_t bytes) {
  if (call.refused()) return call.code();
  if (!out || bytes == 0) return kInvalidValue;
  *out = host_memory::allocate(bytes);
  if (!*out) return kOutOfMemory;
  simgpu_count("host_allocations", 1);
  simgpu_live("host_allocations", 1);
  return CUDA_SUCCESS;
}

}  // namespace

SIMGPU_EXPORT CUresult cuMemAlloc_v2(CUdeviceptr* out, size_t bytes) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  if (!out || bytes == 0) return call.misuse(kInvalidValue, "no bytes, or nowhere to put the address");
  return allocate(out, bytes);
}

SIMGPU_EXPORT CUresult cuMemAllocPitch_v2(CUdeviceptr* out, size_t* pitch, size_t width, size_t height,
                                          unsigned element) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  if (!out || !pitch || width == 0 || height == 0)
    return call.misuse(kInvalidValue, "an empty size, or a null pointer");
  if (element != 4 && element != 8 && element != 16) return call.misuse(kInvalidValue, "element size not 4, 8 or 16");
  *pitch = (width + kPitchAlignment - 1) / kPitchAlignment * kPitchAlignment;
  return allocate(out, *pitch * height);
}

SIMGPU_EXPORT CUresult cuMemFree_v2(CUdeviceptr address) {
  const Call call(__func__, Needs::kContext);
  if (call.mistaken()) return call.code();
  if (address == 0) return call.code();
  implicit_wait();
  const auto allocation = memory::peek(address, 0);
  if (allocation && allocation->context != context::current())
    call.misuse(kInvalidContext, "memory of another context than the current");
  const CUresult result = memory::release(address, Kind::kClient, call.name());
  return result ? result : call.code();
}

SIMGPU_EXPORT CUresult cuMemGetInfo_v2(size_t* available, size_t* total) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  const int64_t in_use = memory::bytes_in_use(context::current()->device);
  if (available) *available = static_cast<size_t>(options().memory_bytes - in_use);
  if (total) *total = static_cast<size_t>(options().memory_bytes);
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuMemGetAddressRange_v2(CUdeviceptr* start, size_t* bytes, CUdeviceptr address) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  const auto allocation = memory::peek(address, 1);
  if (!allocation) return kInvalidValue;
  if (start) *start = allocation->address;
  if (bytes) *bytes = allocation->bytes;
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuPointerGetAttribute(void* data, int attribute, CUdeviceptr address) {
  const Call call(__func__, Needs::kInit);
  if (call.refused()) return call.code();
  const auto allocation = memory::peek(address, 1);
  if (!data || !allocation) return kInvalidValue;
  switch (attribute) {
    case 1:
      *static_cast<CUcontext*>(data) = allocation->context;
      return CUDA_SUCCESS;
    case 2:
      *static_cast<unsigned*>(data) = CU_MEMORYTYPE_DEVICE;
      return CUDA_SUCCESS;
    case 3:
      *static_cast<CUdeviceptr*>(data) = address;
      return CUDA_SUCCESS;
    case 9:
      *static_cast<int*>(data) = allocation->device;
      return CUDA_SUCCESS;
    default:
      return kNotSupported;
  }
}

SIMGPU_EXPORT CUresult cuMemHostAlloc(void** out, size_t bytes, unsigned) {
  return host_allocate(Call(__func__, Needs::kContext), out, bytes);
}

SIMGPU_EXPORT CUresult cuMemAllocHost_v2(void** out, size_t bytes) {
  return host_allocate(Call(__func__, Needs::kContext), out, bytes);
}

SIMGPU_EXPORT CUresult cuMemFreeHost(void* address) {
  const Call call(__func__, Needs::kContext);
  if (call.mistaken()) return call.code();
  implicit_wait();
  if (!host_memory::release(address)) return call.misuse(kInvalidValue, "not page-locked memory, or freed before");
  simgpu_live("host_allocations", -1);
  return call.code();
}

SIMGPU_EXPORT CUresult cuMemHostRegister_v2(void* address, size_t bytes, unsigned) {
  const Call call(__func__, Needs::kContext);
  if (call.refused()) return call.code();
  if (!address || bytes == 0 || memory::is_device(reinterpret_cast<uint64_t>(address)))
    return call.misuse(kInvalidValue, "not host memory");
  const CUresult result = host_memory::add(address, bytes);
  if (result == CUDA_SUCCESS) simgpu_live("host_registrations", 1);
  return result;
}

SIMGPU_EXPORT CUresult cuMemHostUnregister(void* address) {
  const Call call(__func__, Needs::kContext);
  if (call.mistaken()) return call.code();
  implicit_wait();
  const CUresult result = host_memory::remove(address);
  if (result != CUDA_SUCCESS) return call.misuse(result, "memory that was not registered");
  simgpu_live("host_registrations", -1);
  return call.code();
}
