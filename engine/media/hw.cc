#include "engine/media/hw.h"

#include "engine/media/av.h"

#if __has_include(<ffnvcodec/dynlink_loader.h>)

#include <dlfcn.h>
#include <ffnvcodec/dynlink_loader.h>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_cuda.h>
}

#include <cstdarg>
#include <mutex>
#include <utility>

#include "engine/base/activity.h"

namespace tessera::media {
namespace {

constexpr const char* kWhere = "device.cuda.media";

/// libavcodec names the driver's call that failed in its log alone, and writes that line in pieces.
void keep_errors(void* object, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  thread_local int at_start = 1;
  thread_local std::string line;
  if (at_start != 0) line.clear();
  char piece[400];
  int no_prefix = 0;  // it would have an address, another in each run
  av_log_format_line2(object, level, format, arguments, piece, sizeof piece, &no_prefix);
  line += piece;
  at_start = line.empty() || line.back() == '\n' ? 1 : 0;
  note_last_words(line);
}

/// What the loader of FFmpeg's headers finds, and closes again.
struct Driver {
  CudaFunctions* cuda = nullptr;
  Driver() { cuda_load_functions(&cuda, nullptr); }
  ~Driver() { cuda_free_functions(&cuda); }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
};

std::string driver_version() {
  void* const library = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return "?";
  using Get = int (*)(int*);
  const auto get = reinterpret_cast<Get>(::dlsym(library, "cuDriverGetVersion"));
  int version = 0;
  const bool known = get != nullptr && get(&version) == 0;
  ::dlclose(library);
  return known ? std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10) : "?";
}

std::string describe_gpu(const Driver& driver, CUcontext context) {
  char name[256] = "?";
  if (driver.cuda != nullptr && driver.cuda->cuCtxPushCurrent(context) == CUDA_SUCCESS) {
    CUdevice device = 0;
    CUcontext popped = nullptr;
    if (driver.cuda->cuCtxGetDevice(&device) == CUDA_SUCCESS) {
      driver.cuda->cuDeviceGetName(name, static_cast<int>(sizeof name) - 1, device);
    }
    driver.cuda->cuCtxPopCurrent(&popped);
  }
  return std::string(name) + ", CUDA driver " + driver_version();
}

struct Unref {
  void operator()(AVBufferRef* reference) const { av_buffer_unref(&reference); }
};
using DeviceRef = std::unique_ptr<AVBufferRef, Unref>;

Result<DeviceRef> make_device(CUcontext context, CUstream stream, std::shared_ptr<void> owner) {
  DeviceRef reference(av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_CUDA));
  if (!reference) return fail(Errc::kDevice, kWhere, "this libavutil was built without CUDA");
  auto* const device = reinterpret_cast<AVHWDeviceContext*>(reference->data);
  auto* const cuda = static_cast<AVCUDADeviceContext*>(device->hwctx);
  cuda->cuda_ctx = context;
  cuda->stream = stream;
  device->user_opaque = new std::shared_ptr<void>(std::move(owner));
  device->free = [](AVHWDeviceContext* done) { delete static_cast<std::shared_ptr<void>*>(done->user_opaque); };
  const int status = av_hwdevice_ctx_init(reference.get());
  if (status >= 0) return reference;
  return fail(Errc::kDevice, kWhere, "libavutil can't use the device: " + av_text(status) + "; " + last_words());
}

class CudaDevice final : public HwDevice {
 public:
  CudaDevice(DeviceRef device, DeviceRef on_default, CUcontext context)
      : context_(context),
        device_(std::move(device)),
        on_default_(std::move(on_default)),
        description_(describe_gpu(driver_, context)) {}
  const std::string& description() const override { return description_; }
  void* av_device() const override { return device_.get(); }
  void* av_device_on_default_stream() const override { return on_default_.get(); }

  Result<void> finish_default_stream() const override {
    const Activity activity("cuStreamSynchronize(0)");
    CUcontext popped = nullptr;
    if (driver_.cuda == nullptr || driver_.cuda->cuCtxPushCurrent(context_) != CUDA_SUCCESS) {
      return fail(Errc::kDevice, kWhere, "cuCtxPushCurrent failed");
    }
    const CUresult status = driver_.cuda->cuStreamSynchronize(nullptr);
    driver_.cuda->cuCtxPopCurrent(&popped);
    if (status == CUDA_SUCCESS) return {};
    return fail(Errc::kDevice, kWhere, "cuStreamSynchronize failed with " + std::to_string(status));
  }

 private:
  Driver driver_;
  CUcontext context_;
  DeviceRef device_, on_default_;
  std::string description_;
};

}  // namespace

Result<std::shared_ptr<HwDevice>> HwDevice::from_cuda(void* context, void* stream, std::shared_ptr<void> owner) {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(keep_errors); });
  auto* const cuda = static_cast<CUcontext>(context);
  TESSERA_TRY_ASSIGN(DeviceRef on_default, make_device(cuda, nullptr, owner));
  TESSERA_TRY_ASSIGN(DeviceRef device, make_device(cuda, static_cast<CUstream>(stream), std::move(owner)));
  return std::make_shared<CudaDevice>(std::move(device), std::move(on_default), cuda);
}

}  // namespace tessera::media

#else

namespace tessera::media {

Result<std::shared_ptr<HwDevice>> HwDevice::from_cuda(void*, void*, std::shared_ptr<void>) {
  return fail(Errc::kDevice, "device.cuda.media", "this build has no CUDA: FFmpeg's codec headers were not there");
}

}  // namespace tessera::media

#endif
