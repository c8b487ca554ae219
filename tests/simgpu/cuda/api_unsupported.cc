// Entry points that a client's loader wants to find and that nothing here needs: each counts itself and says no.
#include "tests/simgpu/cuda/context.h"
#include "tests/simgpu/simgpu.h"

using namespace tessera::simgpu;

namespace {
CUresult no(const char* name) {
  const Call call(name, Needs::kInit);
  return call.refused() ? call.code() : kNotSupported;
}
}  // namespace

// The arguments are not looked at, so the functions take none: the C calling convention allows that on the platforms
// with CUDA drivers, and no client includes this file.
#define SIMGPU_UNSUPPORTED(name) \
  SIMGPU_EXPORT CUresult name() { return no(__func__); }

SIMGPU_UNSUPPORTED(cuMemAllocManaged)
SIMGPU_UNSUPPORTED(cuMemAllocAsync)
SIMGPU_UNSUPPORTED(cuMemFreeAsync)
SIMGPU_UNSUPPORTED(cuMemHostGetDevicePointer_v2)
SIMGPU_UNSUPPORTED(cuLinkCreate)
SIMGPU_UNSUPPORTED(cuLinkCreate_v2)
SIMGPU_UNSUPPORTED(cuLinkAddData)
SIMGPU_UNSUPPORTED(cuLinkAddData_v2)
SIMGPU_UNSUPPORTED(cuLinkComplete)
SIMGPU_UNSUPPORTED(cuLinkDestroy)
SIMGPU_UNSUPPORTED(cuTexObjectCreate)
SIMGPU_UNSUPPORTED(cuTexObjectDestroy)
SIMGPU_UNSUPPORTED(cuGLGetDevices_v2)
SIMGPU_UNSUPPORTED(cuGraphicsGLRegisterImage)
SIMGPU_UNSUPPORTED(cuGraphicsUnregisterResource)
SIMGPU_UNSUPPORTED(cuGraphicsMapResources)
SIMGPU_UNSUPPORTED(cuGraphicsUnmapResources)
SIMGPU_UNSUPPORTED(cuGraphicsSubResourceGetMappedArray)
SIMGPU_UNSUPPORTED(cuGraphicsResourceGetMappedPointer_v2)
SIMGPU_UNSUPPORTED(cuArray3DCreate_v2)
SIMGPU_UNSUPPORTED(cuArrayDestroy)
SIMGPU_UNSUPPORTED(cuMipmappedArrayGetLevel)
SIMGPU_UNSUPPORTED(cuMipmappedArrayDestroy)
SIMGPU_UNSUPPORTED(cuImportExternalMemory)
SIMGPU_UNSUPPORTED(cuDestroyExternalMemory)
SIMGPU_UNSUPPORTED(cuExternalMemoryGetMappedBuffer)
SIMGPU_UNSUPPORTED(cuExternalMemoryGetMappedMipmappedArray)
SIMGPU_UNSUPPORTED(cuImportExternalSemaphore)
SIMGPU_UNSUPPORTED(cuDestroyExternalSemaphore)
SIMGPU_UNSUPPORTED(cuSignalExternalSemaphoresAsync)
SIMGPU_UNSUPPORTED(cuWaitExternalSemaphoresAsync)
SIMGPU_UNSUPPORTED(cuEGLStreamProducerConnect)
SIMGPU_UNSUPPORTED(cuEGLStreamProducerDisconnect)
SIMGPU_UNSUPPORTED(cuEGLStreamConsumerDisconnect)
SIMGPU_UNSUPPORTED(cuEGLStreamProducerPresentFrame)
SIMGPU_UNSUPPORTED(cuEGLStreamProducerReturnFrame)
