#include "engine/device/cuda/nvdec_probe.h"

#include <algorithm>
#include <memory>

#include "engine/device/cuda/wanted_driver.h"

namespace tessera::device::cuda {
namespace {

struct Asked {
  const char* name;
  cudaVideoCodec codec;
  int depth;
  bool used;
};
constexpr Asked kAsked[] = {{"h264", cudaVideoCodec_H264, 8, true},
                            {"hevc", cudaVideoCodec_HEVC, 8, true},
                            {"hevc", cudaVideoCodec_HEVC, 10, true},
                            {"vp9", cudaVideoCodec_VP9, 8, false},
                            {"av1", cudaVideoCodec_AV1, 8, false}};

struct Unload {
  void operator()(CuvidFunctions* functions) const { cuvid_free_functions(&functions); }
};

NvdecCodec ask(const Context& context, const CuvidFunctions& cuvid, const Asked& asked) {
  NvdecCodec row;
  row.codec = asked.name, row.depth = asked.depth, row.used = asked.used;
  const auto current = context.enter();
  if (!current) {
    row.missing = current.error().detail;
    return row;
  }
  CUVIDDECODECAPS caps = {};
  caps.eCodecType = asked.codec;
  caps.eChromaFormat = cudaVideoChromaFormat_420;
  caps.nBitDepthMinus8 = static_cast<unsigned>(asked.depth - 8);
  const Activity doing("cuvidGetDecoderCaps");
  const auto answered = context.api().check(cuvid.cuvidGetDecoderCaps(&caps), "cuvidGetDecoderCaps");
  if (!answered) {
    row.missing = answered.error().detail;
  } else if (caps.bIsSupported == 0) {
    row.missing = "not on this GPU";
  } else {
    row.min_width = caps.nMinWidth, row.min_height = caps.nMinHeight;
    row.max_width = static_cast<int>(caps.nMaxWidth), row.max_height = static_cast<int>(caps.nMaxHeight);
    row.max_macroblocks = caps.nMaxMBCount;
    row.engines = caps.nNumNVDECs;
  }
  return row;
}

}  // namespace

void probe_nvdec(const Context& context, VideoEngines& found) {
  std::string said;
  CuvidFunctions* loaded = nullptr;
  const bool is_loaded = cuvid_load_functions(&loaded, &said) == 0;
  const std::unique_ptr<CuvidFunctions, Unload> cuvid(loaded);
  if (!is_loaded) {
    found.nvdec_missing = said + ": " + kNoVideoAdvice;
    return;
  }
  if (cuvid->cuvidGetDecoderCaps == nullptr) {
    found.nvdec_missing = std::string("Cannot load cuvidGetDecoderCaps: ") + old_driver_advice();
    return;
  }
  for (const Asked& asked : kAsked) found.nvdec.push_back(ask(context, *cuvid, asked));
  const bool none = std::none_of(found.nvdec.begin(), found.nvdec.end(),
                                 [](const NvdecCodec& row) { return row.used && row.missing.empty(); });
  if (none) found.nvdec_missing = "no codec: takes are decoded by software (some MIG profiles have no NVDEC)";
}

}  // namespace tessera::device::cuda
