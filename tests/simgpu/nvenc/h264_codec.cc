// H.264 by libx264: the GOP is NVENC's (fixed distances, closed, IDR where asked for), nothing is decided by lookahead.
#include <algorithm>
#include <cmath>

#include "tests/simgpu/nvenc/codec.h"
#include "tests/simgpu/simgpu.h"

extern "C" {
#include <x264.h>
}

namespace tessera::simgpu {
namespace {

void set_rates(x264_param_t& p, const EncoderSettings& s) {
  p.rc.i_vbv_max_bitrate = p.rc.i_vbv_buffer_size = 0;
  if (s.rate_mode == NV_ENC_PARAMS_RC_CONSTQP) {
    p.rc.i_rc_method = X264_RC_CQP;
    const auto ratio = [&](unsigned from, unsigned to) { return std::exp2((int(from) - int(to)) / 6.0); };
    p.rc.i_qp_constant = static_cast<int>(std::min(s.qp.qpInterP, 51u));
    p.rc.f_ip_factor = static_cast<float>(ratio(s.qp.qpInterP, s.qp.qpIntra));
    p.rc.f_pb_factor = static_cast<float>(ratio(s.qp.qpInterB, s.qp.qpInterP));
    return;
  }
  if (s.quality > 0 || s.bit_rate == 0) {
    p.rc.i_rc_method = X264_RC_CRF;
    p.rc.f_rf_constant = static_cast<float>(s.quality > 0 ? s.quality : 25);
  } else {
    p.rc.i_rc_method = X264_RC_ABR;
    p.rc.i_bitrate = static_cast<int>(std::max(s.bit_rate / 1000, 1u));
  }
  const unsigned most = s.rate_mode == NV_ENC_PARAMS_RC_CBR ? s.bit_rate : s.max_bit_rate;
  if (most == 0) return;
  p.rc.i_vbv_max_bitrate = static_cast<int>(std::max(most / 1000, 1u));
  p.rc.i_vbv_buffer_size = static_cast<int>(std::max((s.vbv_size ? s.vbv_size : most) / 1000, 1u));
}

void set_vui(x264_param_t& p, const EncoderSettings& s) {
  p.vui.i_sar_width = static_cast<int>(s.sar_num);
  p.vui.i_sar_height = static_cast<int>(s.sar_den);
  if (s.vui.videoSignalTypePresentFlag) {
    p.vui.i_vidformat = static_cast<int>(s.vui.videoFormat);
    p.vui.b_fullrange = s.vui.videoFullRangeFlag != 0;
  }
  if (s.vui.colourDescriptionPresentFlag) {
    p.vui.i_colorprim = static_cast<int>(s.vui.colourPrimaries);
    p.vui.i_transfer = static_cast<int>(s.vui.transferCharacteristics);
    p.vui.i_colmatrix = static_cast<int>(s.vui.colourMatrix);
  }
  if (s.vui.chromaSampleLocationFlag) p.vui.i_chroma_loc = static_cast<int>(s.vui.chromaSampleLocationTop);
}

x264_param_t parameters(const EncoderSettings& s) {
  x264_param_t p;
  x264_param_default_preset(&p, simgpu_option_string("x264_preset", "superfast"), nullptr);
  p.i_log_level = X264_LOG_NONE;
  p.b_cpu_independent = 1;
  p.i_threads = p.i_lookahead_threads = 1;
  p.i_sync_lookahead = p.rc.i_lookahead = p.rc.b_mb_tree = 0;
  p.i_csp = X264_CSP_I420;
  p.i_width = static_cast<int>(s.width);
  p.i_height = static_cast<int>(s.height);
  p.i_fps_num = p.i_timebase_den = s.rate_num;
  p.i_fps_den = p.i_timebase_num = s.rate_den;
  p.b_vfr_input = 0;
  p.i_keyint_max = s.gop ? static_cast<int>(s.gop) : X264_KEYINT_MAX_INFINITE;
  p.i_keyint_min = 1;
  p.i_scenecut_threshold = 0;
  p.b_open_gop = 0;
  p.i_bframe = static_cast<int>(s.b_pictures);
  p.i_bframe_adaptive = X264_B_ADAPT_NONE;
  p.i_bframe_pyramid = s.b_reference && s.b_pictures > 1 ? X264_B_PYRAMID_NORMAL : X264_B_PYRAMID_NONE;
  p.i_slice_count = static_cast<int>(s.slices);
  p.b_repeat_headers = 0;
  p.b_annexb = 1;
  p.b_aud = s.aud;
  set_vui(p, s);
  set_rates(p, s);
  x264_param_apply_profile(&p, s.baseline ? "baseline" : s.main_profile ? "main" : "high");
  return p;
}

NV_ENC_PIC_TYPE type_of(int type) {
  switch (type) {
    case X264_TYPE_IDR:
      return NV_ENC_PIC_TYPE_IDR;
    case X264_TYPE_I:
      return NV_ENC_PIC_TYPE_I;
    case X264_TYPE_P:
      return NV_ENC_PIC_TYPE_P;
    default:
      return NV_ENC_PIC_TYPE_B;
  }
}

class H264Codec : public Codec {
 public:
  explicit H264Codec(const EncoderSettings& settings) : settings_(settings) {
    x264_param_t p = parameters(settings);
    encoder_ = x264_encoder_open(&p);
  }
  ~H264Codec() override {
    if (encoder_) x264_encoder_close(encoder_);
  }
  bool good() const { return encoder_ != nullptr; }

  std::vector<uint8_t> headers() override {
    x264_nal_t* units = nullptr;
    int count = 0;
    std::vector<uint8_t> out;
    if (x264_encoder_headers(encoder_, &units, &count) < 0) return out;
    for (int i = 0; i < count; ++i)
      if (units[i].i_type != NAL_SEI)
        out.insert(out.end(), units[i].p_payload, units[i].p_payload + units[i].i_payload);
    return out;
  }

  std::vector<CodedPicture> encode(const RawPicture& picture, int64_t number, bool idr) override {
    x264_picture_t in;
    x264_picture_init(&in);
    in.i_pts = number;
    in.i_type = idr ? X264_TYPE_IDR : X264_TYPE_AUTO;
    in.img.i_csp = X264_CSP_I420;
    in.img.i_plane = 3;
    const int half = static_cast<int>((settings_.width + 1) / 2);
    const int strides[3] = {static_cast<int>(settings_.width), half, half};
    for (int i = 0; i < 3; ++i) {
      in.img.plane[i] = const_cast<uint8_t*>(picture.planes[i].data());
      in.img.i_stride[i] = strides[i];
    }
    std::vector<CodedPicture> out;
    take(&in, out);
    return out;
  }

  std::vector<CodedPicture> flush() override {
    std::vector<CodedPicture> out;
    while (x264_encoder_delayed_frames(encoder_) > 0 && take(nullptr, out)) {
    }
    return out;
  }

  bool change_rates(const EncoderSettings& settings) override {
    x264_param_t p;
    x264_encoder_parameters(encoder_, &p);
    set_rates(p, settings);
    return x264_encoder_reconfig(encoder_, &p) >= 0;
  }

  unsigned delay() const override { return settings_.b_pictures; }

 private:
  bool take(x264_picture_t* in, std::vector<CodedPicture>& out) {
    x264_nal_t* units = nullptr;
    int count = 0;
    x264_picture_t coded;
    const int size = x264_encoder_encode(encoder_, &units, &count, in, &coded);
    if (size < 0) return false;
    if (size == 0) return true;
    CodedPicture picture;
    for (int i = 0; i < count; ++i) {
      if (units[i].i_type == NAL_SEI) continue;
      picture.bytes.insert(picture.bytes.end(), units[i].p_payload, units[i].p_payload + units[i].i_payload);
    }
    picture.number = coded.i_pts;
    picture.type = type_of(coded.i_type);
    picture.qp = static_cast<unsigned>(std::max(coded.i_qpplus1 - 1, 0));
    out.push_back(std::move(picture));
    return true;
  }

  EncoderSettings settings_;
  x264_t* encoder_ = nullptr;
};

}  // namespace

std::unique_ptr<Codec> make_h264(const EncoderSettings& settings) {
  auto codec = std::make_unique<H264Codec>(settings);
  if (!codec->good()) return nullptr;
  return codec;
}

}  // namespace tessera::simgpu
