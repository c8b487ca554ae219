#include "engine/media/hw.h"

#include "engine/media/av.h"

#if __has_include(<ffnvcodec/dynlink_loader.h>)

#include <ffnvcodec/dynlink_cuda.h>

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
  CudaDevice(DeviceRef device, DeviceRef on_default, CudaHandles handles)
      : device_(std::move(device)), on_default_(std::move(on_default)), handles_(std::move(handles)) {}
  const std::string& description() const override { return handles_.description; }
  void* av_device() const override { return device_.get(); }
  void* av_device_on_default_stream() const override { return on_default_.get(); }
  Result<void> finish_default_stream() const override { return handles_.finish_default_stream(); }

 private:
  DeviceRef device_, on_default_;
  CudaHandles handles_;
};

}  // namespace

Result<std::shared_ptr<HwDevice>> HwDevice::from_cuda(CudaHandles handles) {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(keep_errors); });
  auto* const context = static_cast<CUcontext>(handles.context);
  TESSERA_TRY_ASSIGN(DeviceRef on_default, make_device(context, nullptr, handles.owner));
  TESSERA_TRY_ASSIGN(DeviceRef device, make_device(context, static_cast<CUstream>(handles.stream), handles.owner));
  return std::make_shared<CudaDevice>(std::move(device), std::move(on_default), std::move(handles));
}

}  // namespace tessera::media

#else

namespace tessera::media {

Result<std::shared_ptr<HwDevice>> HwDevice::from_cuda(CudaHandles) {
  return fail(Errc::kDevice, "device.cuda.media", "this build has no CUDA: FFmpeg's codec headers were not there");
}

}  // namespace tessera::media

#endif
