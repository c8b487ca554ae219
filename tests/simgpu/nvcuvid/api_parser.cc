// The exported calls of the parser, of context locks, and of NVIDIA's demultiplexer, which is not simulated.
#include <mutex>
#include <set>

#include "tests/simgpu/nvcuvid/parser.h"
#include "tests/simgpu/simgpu.h"

using namespace tessera::simgpu;

struct _CUcontextlock_st {
  CUcontext context;
  std::recursive_mutex mutex;
};

namespace {

struct Parsers {
  std::mutex mutex;
  std::set<void*> live;
};

Parsers& parsers() {
  static auto* all = new Parsers;
  return *all;
}

bool is_live(void* parser, const char* call) {
  const std::lock_guard lock(parsers().mutex);
  if (parsers().live.count(parser)) return true;
  simgpu_misuse("%s: not a live parser", call);
  return false;
}

CUresult not_simulated(const char* call) {
  if (const int code = simgpu_enter(call)) return error(code);
  return kNotSupported;
}

}  // namespace

SIMGPU_EXPORT CUresult cuvidCreateVideoParser(CUvideoparser* out, CUVIDPARSERPARAMS* params) {
  if (const int code = simgpu_enter(__func__)) return error(code);
  if (!out || !params || params->ulMaxNumDecodeSurfaces > 64) return kInvalidValue;
  auto parser = Parser::create(*params);
  if (!parser) return kNotSupported;
  const std::lock_guard lock(parsers().mutex);
  parsers().live.insert(parser.get());
  *out = parser.release();
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuvidParseVideoData(CUvideoparser handle, CUVIDSOURCEDATAPACKET* packet) {
  if (const int code = simgpu_enter(__func__)) return error(code);
  if (!is_live(handle, __func__)) return kInvalidHandle;
  return packet ? static_cast<Parser*>(handle)->parse(*packet) : kInvalidValue;
}

SIMGPU_EXPORT CUresult cuvidDestroyVideoParser(CUvideoparser handle) {
  const int code = simgpu_enter(__func__);
  if (!is_live(handle, __func__)) return kInvalidHandle;
  {
    const std::lock_guard lock(parsers().mutex);
    parsers().live.erase(handle);
  }
  delete static_cast<Parser*>(handle);
  return error(code);
}

SIMGPU_EXPORT CUresult cuvidCtxLockCreate(CUvideoctxlock* out, CUcontext context) {
  if (const int code = simgpu_enter(__func__)) return error(code);
  if (!out) return kInvalidValue;
  *out = new _CUcontextlock_st{context, {}};
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuvidCtxLockDestroy(CUvideoctxlock lock) {
  const int code = simgpu_enter(__func__);
  delete lock;
  return error(code);
}

SIMGPU_EXPORT CUresult cuvidCtxLock(CUvideoctxlock lock, unsigned) {
  if (const int code = simgpu_enter(__func__)) return error(code);
  lock->mutex.lock();
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuvidCtxUnlock(CUvideoctxlock lock, unsigned) {
  const int code = simgpu_enter(__func__);
  lock->mutex.unlock();
  return error(code);
}

SIMGPU_EXPORT CUresult cuvidCreateVideoSource(CUvideosource*, const char*, CUVIDSOURCEPARAMS*) {
  return not_simulated(__func__);
}
SIMGPU_EXPORT CUresult cuvidCreateVideoSourceW(CUvideosource*, const wchar_t*, CUVIDSOURCEPARAMS*) {
  return not_simulated(__func__);
}
SIMGPU_EXPORT CUresult cuvidDestroyVideoSource(CUvideosource) { return not_simulated(__func__); }
SIMGPU_EXPORT CUresult cuvidSetVideoSourceState(CUvideosource, cudaVideoState) { return not_simulated(__func__); }
SIMGPU_EXPORT cudaVideoState cuvidGetVideoSourceState(CUvideosource) {
  not_simulated(__func__);
  return cudaVideoState_Error;
}
SIMGPU_EXPORT CUresult cuvidGetSourceVideoFormat(CUvideosource, CUVIDEOFORMAT*, unsigned) {
  return not_simulated(__func__);
}
SIMGPU_EXPORT CUresult cuvidGetSourceAudioFormat(CUvideosource, CUAUDIOFORMAT*, unsigned) {
  return not_simulated(__func__);
}
