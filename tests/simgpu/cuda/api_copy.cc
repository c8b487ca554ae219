// The driver's copies and fills.
#include "tests/simgpu/cuda/copy.h"
#include "tests/simgpu/simgpu.h"

using namespace tessera::simgpu;

namespace {

Side device(CUdeviceptr address) { return {true, address, 0}; }
Side host(const void* address) { return {false, reinterpret_cast<uint64_t>(address), 0}; }
Rows one(size_t bytes) { return {bytes, 1, false}; }

CUresult side_of(const Call& call, CUmemorytype type, const void* host_address, CUdeviceptr device_address,
                 size_t pitch, size_t x, size_t y, size_t height, Side* out) {
  constexpr int kUnified = 4;
  switch (static_cast<int>(type)) {
    case CU_MEMORYTYPE_HOST:
      *out = host(host_address);
      break;
    case CU_MEMORYTYPE_DEVICE:
      *out = device(device_address);
      break;
    case kUnified:
      *out = anywhere(device_address);
      break;
    default:
      return call.misuse(kNotSupported, "only host and device memory is simulated");
  }
  if (height > 1 && pitch == 0) return call.misuse(kInvalidValue, "no pitch");
  if (out->address != 0) out->address += y * pitch + x;
  out->pitch = pitch;
  return CUDA_SUCCESS;
}

CUresult copy_2d(const Call& call, const CUDA_MEMCPY2D* c, CUstream stream, bool blocking) {
  if (call.refused()) return call.code();
  if (!c) return kInvalidValue;
  if (c->WidthInBytes == 0 || c->Height == 0)
    return CUDA_SUCCESS;  // libavcodec's cuvid copies a third plane of nothing
  Side to, from;
  if (auto bad = side_of(call, c->srcMemoryType, c->srcHost, c->srcDevice, c->srcPitch, c->srcXInBytes, c->srcY,
                         c->Height, &from))
    return bad;
  if (auto bad = side_of(call, c->dstMemoryType, c->dstHost, c->dstDevice, c->dstPitch, c->dstXInBytes, c->dstY,
                         c->Height, &to))
    return bad;
  return copy(call, to, from, {c->WidthInBytes, c->Height, true}, stream, blocking);
}

}  // namespace

SIMGPU_EXPORT CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return copy(Call(__func__, Needs::kContext), anywhere(to), anywhere(from), one(bytes), nullptr, true);
}

SIMGPU_EXPORT CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return copy(Call(__func__, Needs::kContext), anywhere(to), anywhere(from), one(bytes), stream, false);
}

SIMGPU_EXPORT CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  return copy(Call(__func__, Needs::kContext), device(to), host(from), one(bytes), nullptr, true);
}

SIMGPU_EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
  return copy(Call(__func__, Needs::kContext), device(to), host(from), one(bytes), stream, false);
}

SIMGPU_EXPORT CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  return copy(Call(__func__, Needs::kContext), host(to), device(from), one(bytes), nullptr, true);
}

SIMGPU_EXPORT CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return copy(Call(__func__, Needs::kContext), host(to), device(from), one(bytes), stream, false);
}

SIMGPU_EXPORT CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return copy(Call(__func__, Needs::kContext), device(to), device(from), one(bytes), nullptr, true);
}

SIMGPU_EXPORT CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return copy(Call(__func__, Needs::kContext), device(to), device(from), one(bytes), stream, false);
}

SIMGPU_EXPORT CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D* c) {
  return copy_2d(Call(__func__, Needs::kContext), c, nullptr, true);
}

SIMGPU_EXPORT CUresult cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D* c) {
  return copy_2d(Call(__func__, Needs::kContext), c, nullptr, true);
}

SIMGPU_EXPORT CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* c, CUstream stream) {
  return copy_2d(Call(__func__, Needs::kContext), c, stream, false);
}

SIMGPU_EXPORT CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t n) {
  return fill(Call(__func__, Needs::kContext), device(to), value, 1, n, 1, nullptr);
}

SIMGPU_EXPORT CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t n, CUstream stream) {
  return fill(Call(__func__, Needs::kContext), device(to), value, 1, n, 1, stream);
}

SIMGPU_EXPORT CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t n) {
  return fill(Call(__func__, Needs::kContext), device(to), value, 2, n, 1, nullptr);
}

SIMGPU_EXPORT CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t n, CUstream stream) {
  return fill(Call(__func__, Needs::kContext), device(to), value, 2, n, 1, stream);
}

SIMGPU_EXPORT CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t n) {
  return fill(Call(__func__, Needs::kContext), device(to), value, 4, n, 1, nullptr);
}

SIMGPU_EXPORT CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t n, CUstream stream) {
  return fill(Call(__func__, Needs::kContext), device(to), value, 4, n, 1, stream);
}

SIMGPU_EXPORT CUresult cuMemsetD2D8_v2(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height) {
  return fill(Call(__func__, Needs::kContext), {true, to, pitch}, value, 1, width, height, nullptr);
}

SIMGPU_EXPORT CUresult cuMemsetD2D8Async(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height,
                                         CUstream stream) {
  return fill(Call(__func__, Needs::kContext), {true, to, pitch}, value, 1, width, height, stream);
}

SIMGPU_EXPORT CUresult cuMemsetD2D16_v2(CUdeviceptr to, size_t pitch, unsigned short value, size_t width,
                                        size_t height) {
  return fill(Call(__func__, Needs::kContext), {true, to, pitch}, value, 2, width, height, nullptr);
}

SIMGPU_EXPORT CUresult cuMemsetD2D16Async(CUdeviceptr to, size_t pitch, unsigned short value, size_t width,
                                          size_t height, CUstream stream) {
  return fill(Call(__func__, Needs::kContext), {true, to, pitch}, value, 2, width, height, stream);
}
