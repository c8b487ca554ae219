#include "tests/simgpu/nvcuvid/caps.h"

#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {

void fill_caps(CUVIDDECODECAPS& caps) {
  const CUVIDDECODECAPS asked = caps;
  caps = {};
  caps.eCodecType = asked.eCodecType;
  caps.eChromaFormat = asked.eChromaFormat;
  caps.nBitDepthMinus8 = asked.nBitDepthMinus8;
  const bool h264 = asked.eCodecType == cudaVideoCodec_H264 && asked.nBitDepthMinus8 == 0;
  const bool hevc =
      asked.eCodecType == cudaVideoCodec_HEVC && (asked.nBitDepthMinus8 == 0 || asked.nBitDepthMinus8 == 2);
  if (!(h264 || hevc) || asked.eChromaFormat != cudaVideoChromaFormat_420 || !simgpu_option_bool("has_nvdec", true))
    return;
  const unsigned side = h264 ? 4096 : 8192;
  caps.bIsSupported = 1;
  caps.nNumNVDECs = 1;
  caps.nOutputFormatMask = static_cast<unsigned short>(1u << cudaVideoSurfaceFormat_NV12);
  if (asked.nBitDepthMinus8) caps.nOutputFormatMask |= static_cast<unsigned short>(1u << cudaVideoSurfaceFormat_P016);
  caps.nMaxWidth = caps.nMaxHeight = side;
  caps.nMaxMBCount = side * side / 256;
  caps.nMinWidth = h264 ? 48 : 144;
  caps.nMinHeight = h264 ? 16 : 144;
}

}  // namespace tessera::simgpu
