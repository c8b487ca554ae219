#include "tests/simgpu/nvcuvid/h264_headers.h"

#include <array>
#include <bit>

namespace tessera::simgpu {
namespace {

constexpr std::array<uint8_t, 16> kZigzag4x4 = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
constexpr std::array<uint8_t, 64> kZigzag8x8 = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                                12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                                35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                                58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};
constexpr unsigned kProfileHigh = 100, kLevel = 62, kTypeSequence = 7, kTypePicture = 8;

class BitWriter {
 public:
  void bits(unsigned value, unsigned count) {
    for (unsigned i = count; i-- > 0;) bit((value >> i) & 1);
  }
  void flag(int value) { bit(value != 0); }
  void unsigned_golomb(unsigned value) {
    const unsigned length = static_cast<unsigned>(std::bit_width(value + 1));
    bits(0, length - 1);
    bits(value + 1, length);
  }
  void signed_golomb(int value) {
    unsigned_golomb(value > 0 ? static_cast<unsigned>(2 * value - 1) : static_cast<unsigned>(-2 * value));
  }

  /// The unit with start code and the bytes that keep start codes out of it.
  std::vector<uint8_t> unit(unsigned type) {
    bit(true);
    while (used_ != 0) bit(false);
    std::vector<uint8_t> out = {0, 0, 0, 1, static_cast<uint8_t>(0x60 | type)};
    unsigned zeros = 0;
    for (const uint8_t byte : bytes_) {
      if (zeros == 2 && byte <= 3) {
        out.push_back(3);
        zeros = 0;
      }
      out.push_back(byte);
      zeros = byte == 0 ? zeros + 1 : 0;
    }
    return out;
  }

 private:
  void bit(bool value) {
    if (used_ == 0) bytes_.push_back(0);
    if (value) bytes_.back() |= static_cast<uint8_t>(0x80u >> used_);
    used_ = (used_ + 1) % 8;
  }

  std::vector<uint8_t> bytes_;
  unsigned used_ = 0;
};

template <size_t kSize>
void write_scaling_list(BitWriter& out, const uint8_t* raster, const std::array<uint8_t, kSize>& zigzag) {
  out.flag(1);  // the list is present
  int last = 8;
  for (const uint8_t at : zigzag) {
    int delta = raster[at] - last;
    if (delta > 127) delta -= 256;
    if (delta < -128) delta += 256;
    out.signed_golomb(delta);
    last = raster[at];
  }
}

}  // namespace

const char* h264_obstacle(const CUVIDPICPARAMS& picture) {
  const CUVIDH264PICPARAMS& h = picture.CodecSpecific.h264;
  if (h.pic_order_cnt_type == 1) return "picture order count type 1";
  if (h.num_slice_groups_minus1 || h.fmo_aso_enable) return "slice groups";
  if (h.bit_depth_luma_minus8 || h.bit_depth_chroma_minus8) return "more than 8 bits";
  if (h.residual_colour_transform_flag) return "separate colour planes";
  return nullptr;
}

std::vector<uint8_t> h264_sequence(const CUVIDPICPARAMS& picture, bool interlaced_frames) {
  const CUVIDH264PICPARAMS& h = picture.CodecSpecific.h264;
  const bool frames_only = h.frame_mbs_only_flag != 0;
  BitWriter out;
  out.bits(kProfileHigh, 8);
  out.bits(0, 8);
  out.bits(kLevel, 8);
  out.unsigned_golomb(0);  // its number
  out.unsigned_golomb(1);  // 4:2:0
  out.unsigned_golomb(0);
  out.unsigned_golomb(0);
  out.flag(h.qpprime_y_zero_transform_bypass_flag);
  out.flag(0);  // the scaling lists are in the picture parameter set
  out.unsigned_golomb(static_cast<unsigned>(h.log2_max_frame_num_minus4));
  out.unsigned_golomb(static_cast<unsigned>(h.pic_order_cnt_type));
  if (h.pic_order_cnt_type == 0) out.unsigned_golomb(static_cast<unsigned>(h.log2_max_pic_order_cnt_lsb_minus4));
  out.unsigned_golomb(static_cast<unsigned>(h.num_ref_frames));
  out.flag(0);  // no gaps in frame_num
  out.unsigned_golomb(static_cast<unsigned>(picture.PicWidthInMbs) - 1);
  out.unsigned_golomb(static_cast<unsigned>(picture.FrameHeightInMbs) / (frames_only ? 1 : 2) - 1);
  out.flag(frames_only);
  if (!frames_only) out.flag(interlaced_frames);
  out.flag(h.direct_8x8_inference_flag);
  out.flag(0);  // no cropping
  out.flag(0);  // no VUI
  return out.unit(kTypeSequence);
}

std::vector<uint8_t> h264_picture(const CUVIDPICPARAMS& picture, unsigned id) {
  const CUVIDH264PICPARAMS& h = picture.CodecSpecific.h264;
  BitWriter out;
  out.unsigned_golomb(id);
  out.unsigned_golomb(0);
  out.flag(h.entropy_coding_mode_flag);
  out.flag(h.pic_order_present_flag);
  out.unsigned_golomb(0);  // one slice group
  out.unsigned_golomb(static_cast<unsigned>(h.num_ref_idx_l0_active_minus1));
  out.unsigned_golomb(static_cast<unsigned>(h.num_ref_idx_l1_active_minus1));
  out.flag(h.weighted_pred_flag);
  out.bits(static_cast<unsigned>(h.weighted_bipred_idc), 2);
  out.signed_golomb(h.pic_init_qp_minus26);
  out.signed_golomb(h.pic_init_qs_minus26);
  out.signed_golomb(h.chroma_qp_index_offset);
  out.flag(h.deblocking_filter_control_present_flag);
  out.flag(h.constrained_intra_pred_flag);
  out.flag(h.redundant_pic_cnt_present_flag);
  out.flag(h.transform_8x8_mode_flag);
  out.flag(1);  // scaling lists follow
  for (const auto& list : h.WeightScale4x4) write_scaling_list(out, list, kZigzag4x4);
  if (h.transform_8x8_mode_flag)
    for (const auto& list : h.WeightScale8x8) write_scaling_list(out, list, kZigzag8x8);
  out.signed_golomb(h.second_chroma_qp_index_offset);
  return out.unit(kTypePicture);
}

std::optional<unsigned> h264_parameter_set_of(std::span<const uint8_t> slice) {
  size_t at = 0;
  while (at < slice.size() && slice[at] == 0) ++at;
  if (at < 2 || at + 2 >= slice.size() || slice[at] != 1) return std::nullopt;
  // Three Golomb codes: the first macroblock, the slice's type, the number. They are short: 16 bytes are plenty.
  std::vector<uint8_t> bytes;
  for (at += 2; at < slice.size() && bytes.size() < 16; ++at) {
    const bool escape = bytes.size() >= 2 && slice[at] == 3 && bytes.back() == 0 && bytes[bytes.size() - 2] == 0;
    if (!escape) bytes.push_back(slice[at]);
  }
  size_t position = 0;
  const auto bit = [&]() -> unsigned {
    const unsigned value = position / 8 < bytes.size() ? (bytes[position / 8] >> (7 - position % 8)) & 1u : 1u;
    ++position;
    return value;
  };
  unsigned value = 0;
  for (int field = 0; field < 3; ++field) {
    unsigned zeros = 0;
    while (zeros < 24 && bit() == 0) ++zeros;
    value = 1;
    for (unsigned i = 0; i < zeros; ++i) value = value << 1 | bit();
    --value;
  }
  return value < 256 ? std::optional(value) : std::nullopt;
}

}  // namespace tessera::simgpu
