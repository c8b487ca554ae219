// The exported calls of a decoder session.
#include <map>
#include <mutex>

#include "tests/simgpu/nvcuvid/caps.h"
#include "tests/simgpu/nvcuvid/decoder.h"
#include "tests/simgpu/simgpu.h"

using namespace tessera::simgpu;

namespace {

struct Decoders {
  std::mutex mutex;
  std::map<void*, std::shared_ptr<Decoder>> live;
};

Decoders& decoders() {
  static auto* all = new Decoders;
  return *all;
}

/// Null, with a misuse line, where `handle` is none or its context is not current.
std::shared_ptr<Decoder> find(CUvideodecoder handle, const char* call) {
  std::shared_ptr<Decoder> found;
  {
    const std::lock_guard lock(decoders().mutex);
    const auto at = decoders().live.find(handle);
    if (at != decoders().live.end()) found = at->second;
  }
  if (!found)
    simgpu_misuse("%s: not a live decoder", call);
  else if (simgpu_current() != found->context())
    simgpu_misuse("%s: the decoder's context is not current", call);
  return found;
}

/// A decoder works in its own context, whatever is current.
class InContext {
 public:
  explicit InContext(CUcontext context) : before_(simgpu_make_current(context)) {}
  InContext(const InContext&) = delete;
  InContext& operator=(const InContext&) = delete;
  ~InContext() { simgpu_make_current(before_); }

 private:
  CUcontext before_;
};

}  // namespace

SIMGPU_EXPORT CUresult cuvidGetDecoderCaps(CUVIDDECODECAPS* caps) {
  if (const int code = simgpu_enter(__func__)) return error(code);
  if (!caps) return kInvalidValue;
  if (!simgpu_current()) {
    simgpu_misuse("%s: no current context", __func__);
    return kInvalidContext;
  }
  fill_caps(*caps);
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuvidCreateDecoder(CUvideodecoder* out, CUVIDDECODECREATEINFO* info) {
  if (const int code = simgpu_enter(__func__)) return error(code);
  if (!out || !info) return kInvalidValue;
  if (!simgpu_current()) {
    simgpu_misuse("%s: no current context", __func__);
    return kInvalidContext;
  }
  CUresult failure = CUDA_SUCCESS;
  std::shared_ptr<Decoder> made = Decoder::create(*info, &failure);
  if (!made) return failure;
  *out = made.get();
  const std::lock_guard lock(decoders().mutex);
  decoders().live[made.get()] = std::move(made);
  return CUDA_SUCCESS;
}

SIMGPU_EXPORT CUresult cuvidDestroyDecoder(CUvideodecoder handle) {
  const int code = simgpu_enter(__func__);
  if (!find(handle, __func__)) return kInvalidHandle;
  const std::lock_guard lock(decoders().mutex);
  decoders().live.erase(handle);
  return error(code);
}

SIMGPU_EXPORT CUresult cuvidDecodePicture(CUvideodecoder handle, CUVIDPICPARAMS* params) {
  const int code = simgpu_enter(__func__);
  const auto decoder = find(handle, __func__);
  if (!decoder) return kInvalidHandle;
  if (!params) return kInvalidValue;
  if (code) {
    decoder->lose(params->CurrPicIdx);
    return error(code);
  }
  const InContext current(decoder->context());
  return decoder->decode(*params);
}

SIMGPU_EXPORT CUresult cuvidMapVideoFrame64(CUvideodecoder handle, int index, unsigned long long* address,
                                            unsigned* pitch, CUVIDPROCPARAMS* params) {
  if (const int code = simgpu_enter(__func__)) return error(code);
  const auto decoder = find(handle, __func__);
  if (!decoder) return kInvalidHandle;
  if (!address || !pitch || !params) return kInvalidValue;
  const InContext current(decoder->context());
  return decoder->map(index, address, pitch, *params);
}

SIMGPU_EXPORT CUresult cuvidUnmapVideoFrame64(CUvideodecoder handle, unsigned long long address) {
  const int code = simgpu_enter(__func__);
  const auto decoder = find(handle, __func__);
  if (!decoder) return kInvalidHandle;
  const InContext current(decoder->context());
  const CUresult result = decoder->unmap(address);
  return code ? error(code) : result;
}

SIMGPU_EXPORT CUresult cuvidGetDecodeStatus(CUvideodecoder handle, int index, CUVIDGETDECODESTATUS* out) {
  if (const int code = simgpu_enter(__func__)) return error(code);
  const auto decoder = find(handle, __func__);
  return decoder ? decoder->status(index, out) : kInvalidHandle;
}

SIMGPU_EXPORT CUresult cuvidReconfigureDecoder(CUvideodecoder handle, CUVIDRECONFIGUREDECODERINFO* info) {
  if (const int code = simgpu_enter(__func__)) return error(code);
  const auto decoder = find(handle, __func__);
  if (!decoder) return kInvalidHandle;
  return info ? decoder->reconfigure(*info) : kInvalidValue;
}
