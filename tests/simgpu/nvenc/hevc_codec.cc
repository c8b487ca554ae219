// HEVC by libx265: the GOP is NVENC's (fixed distances, closed, IDR where asked for), nothing is decided by lookahead.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "tests/simgpu/nvenc/codec.h"
#include "tests/simgpu/simgpu.h"

extern "C" {
#include <x265.h>
}

namespace tessera::simgpu {
namespace {

void set_rates(x265_param& p, const EncoderSettings& s) {
  if (s.rate_mode == NV_ENC_PARAMS_RC_CONSTQP) {
    p.rc.rateControlMode = X265_RC_CQP;
    p.rc.qp = static_cast<int>(std::min(s.qp.qpInterP, 51u));
    const auto ratio = [](unsigned from, unsigned to) { return std::exp2((int(from) - int(to)) / 6.0); };
    p.rc.ipFactor = ratio(s.qp.qpInterP, s.qp.qpIntra);
    p.rc.pbFactor = ratio(s.qp.qpInterB, s.qp.qpInterP);
    return;
  }
  if (s.quality > 0 || s.bit_rate == 0) {
    p.rc.rateControlMode = X265_RC_CRF;
    p.rc.rfConstant = s.quality > 0 ? s.quality : 25;
  } else {
    p.rc.rateControlMode = X265_RC_ABR;
    p.rc.bitrate = static_cast<int>(std::max(s.bit_rate / 1000, 1u));
  }
  const unsigned most = s.rate_mode == NV_ENC_PARAMS_RC_CBR ? s.bit_rate : s.max_bit_rate;
  if (most == 0) return;
  p.rc.vbvMaxBitrate = static_cast<int>(std::max(most / 1000, 1u));
  p.rc.vbvBufferSize = static_cast<int>(std::max((s.vbv_size ? s.vbv_size : most) / 1000, 1u));
}

void set_vui(x265_param& p, const EncoderSettings& s) {
  if (s.sar_num && s.sar_den) {
    p.vui.aspectRatioIdc = X265_EXTENDED_SAR;
    p.vui.sarWidth = static_cast<int>(s.sar_num);
    p.vui.sarHeight = static_cast<int>(s.sar_den);
  }
  p.vui.bEnableVideoSignalTypePresentFlag = s.vui.videoSignalTypePresentFlag != 0;
  p.vui.videoFormat = static_cast<int>(s.vui.videoFormat);
  p.vui.bEnableVideoFullRangeFlag = s.vui.videoFullRangeFlag != 0;
  p.vui.bEnableColorDescriptionPresentFlag = s.vui.colourDescriptionPresentFlag != 0;
  p.vui.colorPrimaries = static_cast<int>(s.vui.colourPrimaries);
  p.vui.transferCharacteristics = static_cast<int>(s.vui.transferCharacteristics);
  p.vui.matrixCoeffs = static_cast<int>(s.vui.colourMatrix);
}

void set_parameters(const x265_api& api, x265_param& p, const EncoderSettings& s) {
  api.param_default_preset(&p, simgpu_option_string("x265_preset", "ultrafast"), nullptr);
  p.logLevel = X265_LOG_NONE;
  p.frameNumThreads = 1;
  p.bEnableWavefront = 0;
  api.param_parse(&p, "pools", "none");
  p.lookaheadSlices = 0;
  p.sourceWidth = static_cast<int>(s.width);
  p.sourceHeight = static_cast<int>(s.height);
  p.internalCsp = X265_CSP_I420;
  p.fpsNum = s.rate_num;
  p.fpsDenom = s.rate_den;
  p.keyframeMax = s.gop ? static_cast<int>(s.gop) : -1;
  p.keyframeMin = 1;
  p.bOpenGOP = 0;
  p.scenecutThreshold = 0;
  p.bframes = static_cast<int>(s.b_pictures);
  p.bFrameAdaptive = X265_B_ADAPT_NONE;
  p.bBPyramid = s.b_reference && s.b_pictures > 1;
  p.lookaheadDepth = s.b_pictures ? static_cast<int>(s.b_pictures) + 1 : 0;
  p.rc.cuTree = 0;
  p.bRepeatHeaders = 0;
  p.bAnnexB = 1;
  p.bEmitInfoSEI = 0;
  p.bEnableAccessUnitDelimiters = s.aud;
  set_vui(p, s);
  set_rates(p, s);
}

NV_ENC_PIC_TYPE type_of(int type) {
  switch (type) {
    case X265_TYPE_IDR:
      return NV_ENC_PIC_TYPE_IDR;
    case X265_TYPE_I:
      return NV_ENC_PIC_TYPE_I;
    case X265_TYPE_P:
      return NV_ENC_PIC_TYPE_P;
    default:
      return NV_ENC_PIC_TYPE_B;
  }
}

bool is_sei(const x265_nal& unit) { return unit.type == NAL_UNIT_PREFIX_SEI || unit.type == NAL_UNIT_SUFFIX_SEI; }

class HevcCodec : public Codec {
 public:
  explicit HevcCodec(const EncoderSettings& settings)
      : settings_(settings), api_(x265_api_get(static_cast<int>(settings.bit_depth))) {
    if (!api_) return;
    param_ = api_->param_alloc();
    set_parameters(*api_, *param_, settings);
    encoder_ = api_->encoder_open(param_);
  }
  ~HevcCodec() override {
    if (encoder_) api_->encoder_close(encoder_);
    if (param_) api_->param_free(param_);
  }
  bool good() const { return encoder_ != nullptr; }

  std::vector<uint8_t> headers() override {
    x265_nal* units = nullptr;
    uint32_t count = 0;
    std::vector<uint8_t> out;
    if (api_->encoder_headers(encoder_, &units, &count) < 0) return out;
    for (uint32_t i = 0; i < count; ++i)
      if (!is_sei(units[i])) out.insert(out.end(), units[i].payload, units[i].payload + units[i].sizeBytes);
    return out;
  }

  std::vector<CodedPicture> encode(const RawPicture& picture, int64_t number, bool idr) override {
    x265_picture in;
    api_->picture_init(param_, &in);
    in.pts = number;
    in.sliceType = idr ? X265_TYPE_IDR : X265_TYPE_AUTO;
    in.bitDepth = static_cast<int>(settings_.bit_depth);
    in.colorSpace = X265_CSP_I420;
    const int sample = settings_.bit_depth > 8 ? 2 : 1, half = static_cast<int>((settings_.width + 1) / 2);
    const int strides[3] = {static_cast<int>(settings_.width) * sample, half * sample, half * sample};
    for (int i = 0; i < 3; ++i) {
      in.planes[i] = const_cast<uint8_t*>(picture.planes[i].data());
      in.stride[i] = strides[i];
    }
    std::vector<CodedPicture> out;
    take(&in, out);
    return out;
  }

  std::vector<CodedPicture> flush() override {
    std::vector<CodedPicture> out;
    while (take(nullptr, out)) {
    }
    return out;
  }

  bool change_rates(const EncoderSettings&) override { return false; }

  // As measured: with B pictures libx265 wants more than its lookahead.
  unsigned delay() const override { return settings_.b_pictures ? 2 * settings_.b_pictures + 4 : 0; }

 private:
  /// Whether a picture came.
  bool take(x265_picture* in, std::vector<CodedPicture>& out) {
    x265_nal* units = nullptr;
    uint32_t count = 0;
    x265_picture coded;
    api_->picture_init(param_, &coded);
    if (api_->encoder_encode(encoder_, &units, &count, in, &coded) <= 0) return false;
    CodedPicture picture;
    for (uint32_t i = 0; i < count; ++i) {
      if (is_sei(units[i])) continue;
      picture.bytes.insert(picture.bytes.end(), units[i].payload, units[i].payload + units[i].sizeBytes);
    }
    picture.number = coded.pts;
    picture.type = type_of(coded.sliceType);
    picture.qp = static_cast<unsigned>(std::max(coded.frameData.qp, 0.0));
    out.push_back(std::move(picture));
    return true;
  }

  EncoderSettings settings_;
  const x265_api* api_;
  x265_param* param_ = nullptr;
  x265_encoder* encoder_ = nullptr;
};

}  // namespace

std::unique_ptr<Codec> make_hevc(const EncoderSettings& settings) {
  auto codec = std::make_unique<HevcCodec>(settings);
  if (!codec->good()) return nullptr;
  return codec;
}

}  // namespace tessera::simgpu
