#include "tests/simgpu/nvenc/caps.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

#include "tests/simgpu/nvenc/session.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {

std::span<const GUID> codecs() {
  static const GUID all[] = {NV_ENC_CODEC_H264_GUID, NV_ENC_CODEC_HEVC_GUID};
  return all;
}

std::span<const GUID> profiles(const GUID& codec) {
  static const GUID h264[] = {NV_ENC_CODEC_PROFILE_AUTOSELECT_GUID, NV_ENC_H264_PROFILE_BASELINE_GUID,
                              NV_ENC_H264_PROFILE_MAIN_GUID, NV_ENC_H264_PROFILE_HIGH_GUID};
  static const GUID hevc[] = {NV_ENC_CODEC_PROFILE_AUTOSELECT_GUID, NV_ENC_HEVC_PROFILE_MAIN_GUID,
                              NV_ENC_HEVC_PROFILE_MAIN10_GUID};
  return same(codec, NV_ENC_CODEC_HEVC_GUID) ? std::span<const GUID>(hevc) : std::span<const GUID>(h264);
}

std::span<const GUID> presets() {
  static const GUID all[] = {NV_ENC_PRESET_P1_GUID, NV_ENC_PRESET_P2_GUID, NV_ENC_PRESET_P3_GUID, NV_ENC_PRESET_P4_GUID,
                             NV_ENC_PRESET_P5_GUID, NV_ENC_PRESET_P6_GUID, NV_ENC_PRESET_P7_GUID};
  return all;
}

std::span<const NV_ENC_BUFFER_FORMAT> input_formats() {
  static const NV_ENC_BUFFER_FORMAT all[] = {NV_ENC_BUFFER_FORMAT_NV12, NV_ENC_BUFFER_FORMAT_YV12,
                                             NV_ENC_BUFFER_FORMAT_IYUV, NV_ENC_BUFFER_FORMAT_YUV420_10BIT};
  return all;
}

/// Whether the device is to do without something, by a word of its list.
static bool lacks(std::string_view word) {
  std::istringstream words(simgpu_option_string("nvenc_lacks", ""));
  return std::find(std::istream_iterator<std::string>(words), {}, word) != std::istream_iterator<std::string>();
}

int capability(const GUID& codec, NV_ENC_CAPS which) {
  const bool hevc = same(codec, NV_ENC_CODEC_HEVC_GUID);
  if (which == NV_ENC_CAPS_NUM_MAX_BFRAMES && hevc && lacks("hevc_b_frames")) return 0;
  if (which == NV_ENC_CAPS_SUPPORT_BFRAME_REF_MODE && lacks("b_references")) return 0;
  if (which == NV_ENC_CAPS_SUPPORT_TEMPORAL_AQ && lacks("temporal_aq")) return 0;
  if (which == NV_ENC_CAPS_SUPPORT_LOOKAHEAD && lacks("look_ahead")) return 0;
  const int side = hevc ? 8192 : 4096;
  switch (which) {
    case NV_ENC_CAPS_NUM_MAX_BFRAMES:
      return 4;
    case NV_ENC_CAPS_SUPPORTED_RATECONTROL_MODES:
      return NV_ENC_PARAMS_RC_VBR | NV_ENC_PARAMS_RC_CBR;
    case NV_ENC_CAPS_WIDTH_MAX:
    case NV_ENC_CAPS_HEIGHT_MAX:
      return side;
    case NV_ENC_CAPS_WIDTH_MIN:
      return hevc ? 129 : 145;
    case NV_ENC_CAPS_HEIGHT_MIN:
      return hevc ? 33 : 49;
    case NV_ENC_CAPS_MB_NUM_MAX:
      return side / 16 * (side / 16);
    case NV_ENC_CAPS_MB_PER_SEC_MAX:
      return 983'040;
    case NV_ENC_CAPS_SUPPORT_BFRAME_REF_MODE:
      return NV_ENC_BFRAME_REF_MODE_MIDDLE;
    case NV_ENC_CAPS_LEVEL_MAX:
      return hevc ? NV_ENC_LEVEL_HEVC_62 : NV_ENC_LEVEL_H264_62;
    case NV_ENC_CAPS_LEVEL_MIN:
      return hevc ? NV_ENC_LEVEL_HEVC_1 : NV_ENC_LEVEL_H264_1;
    case NV_ENC_CAPS_NUM_ENCODER_ENGINES:
      return 1;
    case NV_ENC_CAPS_DYNAMIC_QUERY_ENCODER_CAPACITY:
      return 100;
    case NV_ENC_CAPS_SUPPORT_10BIT_ENCODE:
      return hevc;
    case NV_ENC_CAPS_SUPPORT_CABAC:
    case NV_ENC_CAPS_SUPPORT_ADAPTIVE_TRANSFORM:
      return !hevc;
    case NV_ENC_CAPS_SUPPORT_QPELMV:
    case NV_ENC_CAPS_SUPPORT_DYN_RES_CHANGE:
    case NV_ENC_CAPS_SUPPORT_DYN_BITRATE_CHANGE:
    case NV_ENC_CAPS_SUPPORT_CUSTOM_VBV_BUF_SIZE:
    case NV_ENC_CAPS_SUPPORT_LOOKAHEAD:
    case NV_ENC_CAPS_SUPPORT_TEMPORAL_AQ:
    case NV_ENC_CAPS_SUPPORT_WEIGHTED_PREDICTION:
    case NV_ENC_CAPS_SUPPORT_INTRA_REFRESH:
    case NV_ENC_CAPS_SUPPORT_MULTIPLE_REF_FRAMES:
      return 1;
    default:
      return 0;
  }
}

NV_ENC_CONFIG preset_config(const GUID& codec) {
  NV_ENC_CONFIG out = {};
  out.version = NV_ENC_CONFIG_VER;
  out.profileGUID = NV_ENC_CODEC_PROFILE_AUTOSELECT_GUID;
  out.gopLength = 250;
  out.frameIntervalP = 1;
  out.frameFieldMode = NV_ENC_PARAMS_FRAME_FIELD_MODE_FRAME;
  out.mvPrecision = NV_ENC_MV_PRECISION_QUARTER_PEL;
  out.rcParams.version = NV_ENC_RC_PARAMS_VER;
  out.rcParams.rateControlMode = NV_ENC_PARAMS_RC_VBR;
  out.rcParams.constQP = {28, 31, 25};
  out.rcParams.averageBitRate = 5'000'000;
  if (same(codec, NV_ENC_CODEC_HEVC_GUID)) {
    out.encodeCodecConfig.hevcConfig.chromaFormatIDC = 1;
    out.encodeCodecConfig.hevcConfig.idrPeriod = out.gopLength;
  } else {
    out.encodeCodecConfig.h264Config.chromaFormatIDC = 1;
    out.encodeCodecConfig.h264Config.idrPeriod = out.gopLength;
    out.encodeCodecConfig.h264Config.entropyCodingMode = NV_ENC_H264_ENTROPY_CODING_MODE_CABAC;
  }
  return out;
}

}  // namespace tessera::simgpu
