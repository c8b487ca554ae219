#include "engine/device/video_engines.h"

#include "engine/device/cuda/cuda.h"
#include "engine/device/cuda/nvdec_probe.h"
#include "engine/device/cuda/nvenc_probe.h"

namespace tessera::device::cuda {

Result<VideoEngines> video_engines() {
  TESSERA_TRY_ASSIGN(const std::shared_ptr<Context> context, Context::create());
  TESSERA_TRY_ASSIGN(
      const auto hardware,
      media::HwDevice::from_cuda({context->handle(), context->stream(), context->description(),
                                  [own = context.get()] { return own->finish_default_stream(); }, context}));
  VideoEngines found;
  found.gpu = context->description();
  probe_nvdec(*context, found);
  probe_nvenc(*context, hardware, found);
  return found;
}

}  // namespace tessera::device::cuda
