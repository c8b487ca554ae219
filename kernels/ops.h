#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// The operations of DESIGN.md section 4: their parameters, and the table by which each implementation offers them.
/// kernels/README.md is the specification; kernels/ref/ is the specification as code. Plain data only, so that the same
/// structs can be handed to any device.
///
/// Every function computes rows [row0, row1) of its rect (rows counted from the rect's top) and nothing else. Rows may
/// be shared out over threads in any way; the bytes are the same. Preconditions (rects inside their planes, tap tables
/// inside the source, depths as stated) are the caller's: they are asserted, not reported.
namespace tessera::kernels {

/// Samples of one plane, from (x, y).
struct Rect {
  int x = 0, y = 0, w = 0, h = 0;
  bool operator==(const Rect&) const = default;
};

/// A plane to read. Sample x of row y is at data + y * stride + x * step * bytes, bytes being 1 for depth 8, else 2;
/// its value is the word shifted right by msb_shift.
struct ConstPlane {
  const uint8_t* data = nullptr;
  ptrdiff_t stride = 0;  ///< bytes from row to row
  int width = 0;         ///< samples
  int height = 0;        ///< rows
  int step = 1;          ///< samples from one to the next
  int depth = 8;         ///< 8 or 10
  int msb_shift = 0;     ///< 0, or 6 for P010
};

/// A plane to write (and, in blends, to read): step 1, not shifted, unless a copy writes it.
struct Plane {
  uint8_t* data = nullptr;
  ptrdiff_t stride = 0;  ///< bytes from row to row
  int width = 0;         ///< samples
  int height = 0;        ///< rows
  int depth = 8;         ///< 8 or 10
  int step = 1;          ///< of copies: samples from one to the next
  int msb_shift = 0;     ///< of copies: 0, or 6 for P010
};

struct TapLayout;

/// One axis of a resample: output i is the sum over k < size of taps[i * stride + k] * source[first[i] + k].
struct TapTable {
  const int32_t* first = nullptr;  ///< one an output, never falling
  const int16_t* taps = nullptr;   ///< each output's sum to 1 << 14; taps from size to stride are 0
  int outputs = 0;
  int size = 0;                       ///< taps an output
  int stride = 0;                     ///< taps from one output to the next: size rounded up to a multiple of 8
  const TapLayout* layout = nullptr;  ///< the same taps arranged for kernels/simd; null: arranged anew by every call
};

struct FillParams {
  Plane dst;
  Rect rect;
  uint16_t value = 0;
};

/// dst(rect.x + x, rect.y + y) = src(src_x + x, src_y + y). Both planes have one depth; dst may be interleaved with
/// another and shifted.
struct CopyParams {
  ConstPlane src;
  Plane dst;
  Rect rect;
  int src_x = 0;
  int src_y = 0;
};

/// Turns a whole plane (bit 2 of `orientation`: mirror horizontally first; bits 0-1: then clockwise by 0, 90, 180, 270
/// degrees) and writes the rect of the result. dst has the turned plane's size and the source's depth.
struct RotateParams {
  ConstPlane src;
  Plane dst;
  Rect rect;
  int orientation = 0;
};

/// Writes rect from src: x has rect.w outputs, y has rect.h.
struct ResampleParams {
  ConstPlane src;
  Plane dst;
  Rect rect;
  TapTable x, y;
  bool full_scale = false;  ///< alpha: going from 8 to 10 bits, 255 becomes 1023 and not 1020
};

/// The coefficients of a colour conversion in 1 << 14, each within +-2, all at the destination's depth; made by
/// convert_matrix().
struct ConvertMatrix {
  int32_t y_y = 1 << 14, y_u = 0, y_v = 0;
  int32_t u_u = 1 << 14, u_v = 0;
  int32_t v_u = 0, v_v = 1 << 14;
  int32_t src_black = 0, dst_black = 0;  ///< luma offsets
  int32_t grey = 128;                    ///< chroma's zero, of both
  bool operator==(const ConvertMatrix&) const = default;
};

/// Converts one plane of a 4:2:0 picture (chroma left-sited) to another matrix or range. All planes have one depth;
/// src and dst must not overlap. The rect is in the samples of the plane written.
struct ConvertParams {
  ConstPlane y, u, v;
  Plane dst;
  Rect rect;
  int plane = 0;  ///< which one dst is: 0 Y, 1 U, 2 V
  ConvertMatrix matrix;
};

/// A rect with rounded corners, in 1/64 samples.
struct Shape {
  int32_t x = 0, y = 0, w = 0, h = 0;
  int32_t radius = 0;  ///< 0..min(w, h) / 2
  auto operator<=>(const Shape&) const = default;
};

/// Writes the coverage of a shape (0 none .. 255 all), 8 bit.
struct MaskParams {
  Plane dst;
  Rect rect;
  Shape shape;
  int width = 0, height = 0;  ///< size of the luma plane
  bool chroma = false;        ///< dst is the 4:2:0 companion: rounded means of 2x2 luma coverages
};

/// Premultiplied over with opacity and coverage. All planes share dst's coordinates.
struct BlendParams {
  ConstPlane src;  ///< at dst's depth
  Plane dst;
  ConstPlane alpha;  ///< luma-sized, at dst's depth; data null: opaque
  ConstPlane mask;   ///< dst-sized, 8 bit; data null: covered everywhere
  Rect rect;
  int opacity = 1024;   ///< 0..1024
  int offset = 0;       ///< the plane's value for "nothing": the format's black or chroma zero
  bool chroma = false;  ///< the plane is 2x2 subsampled: alpha is the rounded mean of four
};

inline constexpr int kMaxBlock = 1024;  ///< samples of a side of a block of `pixelate`
inline constexpr int kMaxRadius = 255;  ///< samples of a radius of `blur`

/// Writes every block of the rect as its mean. Blocks are counted from the rect's top left corner; those that cross its
/// right or lower edge end there. src and dst have one size and depth and must not overlap.
struct PixelateParams {
  ConstPlane src;
  Plane dst;
  Rect rect;
  int block_w = 1;  ///< 1..kMaxBlock, samples of this plane: a subsampled plane has half of what its luma has
  int block_h = 1;  ///< likewise
};

/// Writes the rect blurred by three box blurs of 2 * radius + 1 samples each way. Samples outside the rect count as
/// those on its edge. src and dst have one size and depth and must not overlap.
struct BlurParams {
  ConstPlane src;
  Plane dst;
  Rect rect;
  int radius = 1;  ///< 1..kMaxRadius, samples of this plane; ref::chroma_radius() is that of subsampled chroma
};

/// Where samples come from: luma sample (x, y) of the destination shows what is at (xx x + xy y + x0, yx x + yy y + y0)
/// of the source, in 1/65536 samples, sample i of the source being at 65536 i.
struct Affine {
  int32_t xx = 1 << 16, xy = 0;
  int32_t yx = 0, yy = 1 << 16;
  int64_t x0 = 0, y0 = 0;  ///< within +-2^46
  bool operator==(const Affine&) const = default;
};

/// Writes rect from a source turned, scaled and sheared: bilinear, and `nothing` where there is no source. src is a
/// plane of a picture with alpha, premultiplied, not subsampled, of at most 32767 x 32767 samples and 2^31 bytes.
struct WarpParams {
  ConstPlane src;  ///< at dst's depth
  Plane dst;
  Rect rect;
  Affine from;
  int nothing = 0;      ///< the plane's value for "nothing": the format's black or chroma zero; for alpha 0
  bool chroma = false;  ///< dst is 2x2 subsampled: each sample is the rounded mean of the four that luma would have
  int width = 0, height = 0;  ///< with `chroma`: size of the luma plane
};

/// The tables of a tone mapping, made by make_tone_tables(); ref/tone.h has their sizes and scales.
struct ToneTable {
  const int32_t* light = nullptr;    ///< by a component of the source's signal
  const int16_t* display = nullptr;  ///< by ref::tone_index() of light: a component of the result's signal
  bool operator==(const ToneTable&) const = default;
};

/// Brings one plane of a 4:2:0 picture (chroma left-sited) from HDR to SDR. src and dst must not overlap. The rect is
/// in the samples of the plane written.
struct ToneMapParams {
  ConstPlane y, u, v;  ///< 10 bit
  Plane dst;           ///< 8 or 10 bit
  Rect rect;
  int plane = 0;  ///< which one dst is: 0 Y, 1 U, 2 V
  ToneTable table;
};

/// One implementation of all operations. Functions are pure but for the planes they write and the scratch they are
/// given; any thread may call them. Those that are null by default are never so in implementations(); a device that
/// draws frame plans, which do not know them yet, may leave them out.
struct Ops {
  const char* name;  ///< "ref"
  void (*fill)(const FillParams&, int row0, int row1);
  void (*copy)(const CopyParams&, int row0, int row1);
  void (*rotate)(const RotateParams&, int row0, int row1);
  /// Bytes of scratch, 64-byte aligned, that `resample` needs; the same for any rows.
  size_t (*resample_scratch)(const ResampleParams&);
  void (*resample)(const ResampleParams&, int row0, int row1, uint8_t* scratch);
  void (*convert)(const ConvertParams&, int row0, int row1);
  void (*mask)(const MaskParams&, int row0, int row1);
  void (*blend)(const BlendParams&, int row0, int row1);
  void (*pixelate)(const PixelateParams&, int row0, int row1) = nullptr;
  /// Bytes of scratch, 64-byte aligned, that `blur` needs; the same for any rows.
  size_t (*blur_scratch)(const BlurParams&) = nullptr;
  void (*blur)(const BlurParams&, int row0, int row1, uint8_t* scratch) = nullptr;
  void (*warp)(const WarpParams&, int row0, int row1) = nullptr;
  void (*tone_map)(const ToneMapParams&, int row0, int row1) = nullptr;
};

/// All implementations that run on this machine. Entry 0 is the scalar reference; the others must give its bytes.
std::span<const Ops* const> implementations();

}  // namespace tessera::kernels
