#include <cstring>
#include <numeric>

#include "tests/simgpu/nvenc/session.h"

namespace tessera::simgpu {
namespace {

constexpr unsigned kMaxBPictures = 4;

void translate_h264(const NV_ENC_CONFIG& config, EncoderSettings& out) {
  const NV_ENC_CONFIG_H264& h = config.encodeCodecConfig.h264Config;
  out.baseline = same(config.profileGUID, NV_ENC_H264_PROFILE_BASELINE_GUID);
  out.main_profile = same(config.profileGUID, NV_ENC_H264_PROFILE_MAIN_GUID);
  out.b_reference = h.useBFramesAsRef != NV_ENC_BFRAME_REF_MODE_DISABLED;
  out.aud = h.outputAUD;
  out.headers_apart = h.disableSPSPPS;
  out.headers_at_each_idr = h.repeatSPSPPS;
  if (h.sliceMode == 3) out.slices = h.sliceModeData;
  out.vui = h.h264VUIParameters;
}

void translate_hevc(const NV_ENC_CONFIG& config, EncoderSettings& out) {
  const NV_ENC_CONFIG_HEVC& h = config.encodeCodecConfig.hevcConfig;
  out.bit_depth = 8 + h.pixelBitDepthMinus8;
  out.b_reference = h.useBFramesAsRef != NV_ENC_BFRAME_REF_MODE_DISABLED;
  out.aud = h.outputAUD;
  out.headers_apart = h.disableSPSPPS;
  out.headers_at_each_idr = h.repeatSPSPPS;
  out.vui = h.hevcVUIParameters;
}

void translate_rates(const NV_ENC_RC_PARAMS& rc, EncoderSettings& out) {
  out.rate_mode = rc.rateControlMode;
  out.qp = rc.constQP;
  out.bit_rate = rc.averageBitRate;
  out.max_bit_rate = rc.maxBitRate;
  out.vbv_size = rc.vbvBufferSize;
  out.quality = rc.targetQuality + rc.targetQualityLSB / 256.0;
  out.look_ahead = rc.enableLookahead ? rc.lookaheadDepth : 0;
  out.spatial_aq = rc.enableAQ;
  out.temporal_aq = rc.enableTemporalAQ;
}

const char* obstacle(const NV_ENC_INITIALIZE_PARAMS& params, const EncoderSettings& s) {
  const unsigned most = s.hevc ? 8192 : 4096;
  if (s.width < (s.hevc ? 129u : 145u) || s.height < (s.hevc ? 33u : 49u) || s.width > most || s.height > most)
    return "the picture's size";
  if (s.width % 2 || s.height % 2) return "an odd size";
  if (!params.enablePTD) return "picture types chosen by the client";
  if (params.enableEncodeAsync) return "asynchronous mode, which is for Windows";
  if (s.b_pictures > kMaxBPictures) return "more than 4 B pictures in a row";
  if (s.bit_depth != 8 && !(s.hevc && s.bit_depth == 10)) return "the bit depth";
  if (s.rate_num == 0 || s.rate_den == 0) return "the frame rate";
  if (params.encodeConfig->frameFieldMode > NV_ENC_PARAMS_FRAME_FIELD_MODE_FRAME) return "fields";
  if (params.enableMEOnlyMode || params.enableOutputInVidmem) return "output in device memory";
  return nullptr;
}

}  // namespace

bool same(const GUID& a, const GUID& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

bool translate(const NV_ENC_INITIALIZE_PARAMS& params, EncoderSettings& out, std::string& why) {
  if (!params.encodeConfig) {
    why = "no encodeConfig: the simulated device knows no defaults";
    return false;
  }
  const NV_ENC_CONFIG& config = *params.encodeConfig;
  out = {};
  out.hevc = same(params.encodeGUID, NV_ENC_CODEC_HEVC_GUID);
  if (!out.hevc && !same(params.encodeGUID, NV_ENC_CODEC_H264_GUID)) {
    why = "neither H.264 nor HEVC";
    return false;
  }
  out.width = params.encodeWidth;
  out.height = params.encodeHeight;
  out.rate_num = params.frameRateNum;
  out.rate_den = params.frameRateDen;
  if (params.darWidth && params.darHeight) {
    const uint64_t num = uint64_t{params.darWidth} * out.height, den = uint64_t{params.darHeight} * out.width,
                   common = std::gcd(num, den);
    if (num / common < 65536 && den / common < 65536) {
      out.sar_num = static_cast<unsigned>(num / common);
      out.sar_den = static_cast<unsigned>(den / common);
    }
  }
  out.gop = config.gopLength == NVENC_INFINITE_GOPLENGTH ? 0 : config.gopLength;
  out.b_pictures = config.frameIntervalP > 1 ? static_cast<unsigned>(config.frameIntervalP - 1) : 0;
  if (config.frameIntervalP == 0) out.gop = 1;  // intra pictures only
  out.hevc ? translate_hevc(config, out) : translate_h264(config, out);
  translate_rates(config.rcParams, out);
  if (const char* what = obstacle(params, out)) {
    why = std::string("the simulated device cannot encode ") + what;
    return false;
  }
  return true;
}

}  // namespace tessera::simgpu
