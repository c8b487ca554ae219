#pragma once
// The software encoders behind the simulated NVENC. Their output is the same for the same input on every run.
#include <cstdint>
#include <memory>
#include <vector>

#include <ffnvcodec/nvEncodeAPI.h>

namespace tessera::simgpu {

struct EncoderSettings {
  bool hevc = false;
  unsigned width = 0, height = 0, bit_depth = 8;
  unsigned rate_num = 30, rate_den = 1, sar_num = 0, sar_den = 0;
  unsigned gop = 0;  ///< pictures from one IDR picture to the next; 0: only the first and where asked for
  unsigned b_pictures = 0;
  bool b_reference = false;
  NV_ENC_PARAMS_RC_MODE rate_mode = NV_ENC_PARAMS_RC_VBR;
  NV_ENC_QP qp = {};
  unsigned bit_rate = 0, max_bit_rate = 0, vbv_size = 0;  ///< bits; 0: not given
  double quality = 0;                                     ///< of constant quality; 0: by bit rate
  bool baseline = false, main_profile = false, aud = false;
  bool headers_apart = false, headers_at_each_idr = false;
  unsigned slices = 0;
  unsigned look_ahead = 0;  ///< pictures; taken and told, no more
  bool spatial_aq = false, temporal_aq = false;
  NV_ENC_CONFIG_H264_VUI_PARAMETERS vui = {};
};

/// Planar samples without padding; 8 bit, or 10 bit in the low bits of 16.
struct RawPicture {
  std::vector<uint8_t> planes[3];
};

struct CodedPicture {
  std::vector<uint8_t> bytes;  ///< without parameter sets
  int64_t number = 0;          ///< as given to encode()
  NV_ENC_PIC_TYPE type = NV_ENC_PIC_TYPE_UNKNOWN;
  unsigned qp = 0;
};

class Codec {
 public:
  virtual ~Codec() = default;
  /// Parameter sets with start codes.
  virtual std::vector<uint8_t> headers() = 0;
  /// Coded pictures that are ready, in coding order.
  virtual std::vector<CodedPicture> encode(const RawPicture& picture, int64_t number, bool idr) = 0;
  /// All that are left; nothing may be encoded afterwards.
  virtual std::vector<CodedPicture> flush() = 0;
  /// Takes new bit rates from the next picture on; false: needs a new codec.
  virtual bool change_rates(const EncoderSettings& settings) = 0;
  /// How many pictures are held back in the steady state.
  virtual unsigned delay() const = 0;
};

/// Null where the encoder refuses the settings.
std::unique_ptr<Codec> make_h264(const EncoderSettings& settings);
std::unique_ptr<Codec> make_hevc(const EncoderSettings& settings);

}  // namespace tessera::simgpu
