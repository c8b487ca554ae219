#pragma once

#include <cstdint>

#include "kernels/ops.h"

/// What the CUDA kernels read: job tables that the host makes for each frame and, per table of taps, two tables that
/// stay on the device. Plain data; addresses are the device's.
///
/// Every kernel has the same four parameters:
///   uint64_t spans, int32_t span_count, uint64_t jobs, uint64_t extra
/// and is launched with kThreads threads a block and as many blocks, in one dimension, as its spans have. A block looks
/// up its span, and from it its job and tile.
namespace tessera::kernels::cuda {

inline constexpr int kThreads = 256;

/// Blocks [first_block, the next span's) work on `jobs` jobs of one size in turn, so that jobs which read the same
/// memory (U and V of a semi-planar picture) read it together: block first_block + n is tile n / jobs of job
/// first_job + n % jobs.
struct Span {
  int32_t first_block = 0;
  int32_t first_job = 0;
  int32_t jobs = 1;
  int32_t across = 1;  ///< tiles side by side
};

/// A plane to read; sample x of row y is at data + y * stride + x * step * bytes.
struct Source {
  uint64_t data = 0;
  int32_t stride = 0;      ///< bytes
  uint8_t step = 1;        ///< samples from one to the next
  uint8_t shift = 0;       ///< bits a sample is shifted up in its word
  uint8_t whole_rows = 0;  ///< rows begin at multiples of 16 bytes (but for the place among interleaved samples) and
                           ///< can be read up to the next one after their last sample
  uint8_t reserved = 0;
};

/// A plane to write.
struct Target {
  uint64_t data = 0;
  int32_t stride = 0;   ///< bytes
  uint8_t bytes = 1;    ///< a sample
  uint8_t aligned = 0;  ///< address and stride are multiples of 16
  uint8_t step = 1;     ///< samples from one to the next; not 1 in copies only
  uint8_t shift = 0;    ///< bits a sample is shifted up in its word; not 0 in copies only
};

struct Area {
  int32_t x = 0, y = 0, w = 0, h = 0;
};

/// Tiles of move, warp, convert and blend, in bytes and rows of the plane written. They begin at multiples of
/// kTileBytes from the plane's left edge and, from the area's top (convert: from an even row), at multiples of the
/// rows.
inline constexpr int kChunk = 16;  ///< bytes that a thread moves at once
inline constexpr int kTileBytes = 256;
inline constexpr int kMoveRows = 64;
inline constexpr int kWarpRows = 16;
inline constexpr int kConvertRows = 32;  ///< tone_map has convert's tiles, of the source
inline constexpr int kBlendRows = 32;

enum class MoveKind : int32_t { kFill, kCopy, kInterleave, kRotate, kMask };

/// tessera_move: `jobs` is a table of these.
struct MoveJob {
  MoveKind kind = MoveKind::kFill;
  int32_t value = 0;  ///< fill
  Target dst;
  Area rect;          ///< of dst, in samples
  Source src;         ///< copy, rotate; interleave: U
  Source other;       ///< interleave: V, written beside src's samples
  int32_t src_x = 0;  ///< copy, interleave: the sample that lands on the rect's corner
  int32_t src_y = 0;
  int32_t width = 0;  ///< rotate: of src; mask: of the luma plane
  int32_t height = 0;
  int32_t orientation = 0;  ///< rotate
  int32_t chroma = 0;       ///< mask
  Shape shape;              ///< mask
  int32_t reserved = 0;
};

/// tessera_resample: `jobs` is a table of these. Tiles are kResampleColumns outputs by kResampleRows from rect's
/// corner.
struct ResampleJob {
  Source src;  ///< data is that of the first word read, see RowLayout::lead in batch.h
  Target dst;
  Area rect;              ///< of dst
  uint64_t columns = 0;   ///< column table
  uint64_t rows = 0;      ///< row table
  int32_t words = 0;      ///< of 32 bits, that a column reads of a row
  int32_t pairs = 0;      ///< of source rows, that an output row reads
  int32_t height = 0;     ///< rows of src
  int32_t row_bytes = 0;  ///< of src, from its first word to the end of its last sample
  uint8_t src_depth = 8;
  uint8_t dst_depth = 8;
  uint8_t complete = 0;  ///< alpha from 8 to 10 bits
  uint8_t reserved[5] = {};
};

inline constexpr int kResampleColumns = 64;
inline constexpr int kResampleRows = 32;
inline constexpr int kResamplePairs = 64;  ///< of source rows, in shared memory at once

/// The planes of a 4:2:0 picture, written together because each is made of all. Tiles are of luma.
struct PictureJob {
  Source src[3];
  Target dst[3];                              ///< data 0: this plane is not written
  Area luma;                                  ///< empty where Y is not written
  Area chroma;                                ///< empty where neither U nor V is written
  int32_t tile_x = 0;                         ///< first luma sample of the tiles: a multiple of a tile's
  int32_t tile_y = 0;                         ///< first luma row of the tiles: even
  int32_t chroma_left = 0, chroma_right = 0;  ///< first and last chroma sample and row that luma may use
  int32_t chroma_top = 0, chroma_bottom = 0;
};

/// tessera_convert: `jobs` is a table of these.
struct ConvertJob : PictureJob {
  ConvertMatrix matrix;
  int32_t bytes = 1;  ///< a sample
  int32_t reserved = 0;
};

/// tessera_tone_map: `jobs` is a table of these.
struct ToneMapJob : PictureJob {
  uint64_t light = 0, display = 0;  ///< ToneTable
  int32_t width = 0, height = 0;    ///< of luma
  int32_t bytes = 2;                ///< a sample of the source
  int32_t dst_bytes = 1;            ///< a sample of the result
};

/// tessera_warp: `jobs` is a table of these.
struct WarpJob {
  Source src;
  Target dst;
  Area rect;  ///< of dst
  Affine from;
  int32_t src_width = 0, src_height = 0;
  int32_t width = 0, height = 0;  ///< chroma: of the luma plane
  int32_t nothing = 0;
  int32_t chroma = 0;
};

enum class ModerateKind : int32_t { kPixelate, kBlurAcross, kBlurDown };

/// tessera_moderate: `jobs` is a table of these. Tiles are a mosaic's blocks, or `lines` rows or columns of the rect. A
/// blur is two jobs: rows in one launch, columns in the next.
struct ModerateJob {
  ModerateKind kind = ModerateKind::kPixelate;
  int32_t depth = 8;
  Source src;  ///< pixelate, rows
  Target dst;  ///< pixelate, columns; of rows only the bytes of a sample count
  Area rect;
  int32_t block_w = 1, block_h = 1;  ///< pixelate
  int32_t radius = 1;
  uint32_t reciprocal = 0;  ///< ref::box_reciprocal(radius)
  int32_t lines = 1;        ///< a power of two, at most kBlurLines
  int32_t reserved = 0;
  uint64_t scratch = 0;  ///< 16 bit values of the rect's rows, one after the other
};

inline constexpr int kBlurValues = 8192;  ///< of all lines of a block of threads, in shared memory
inline constexpr int kBlurLines = 32;

/// A layer of a blend on one plane.
struct BlendLayer {
  Source src;
  Source alpha;  ///< data 0: opaque
  Source mask;   ///< data 0: covered everywhere
  Area rect;
  int32_t opacity = 1024;
  int32_t offset = 0;
  int32_t alpha_width = 0, alpha_height = 0;
  int32_t chroma = 0;
  int32_t reserved = 0;
};

/// tessera_blend: `jobs` is a table of these, `extra` one of BlendLayer.
struct BlendJob {
  Target dst;
  Area area;  ///< of dst: what the layers touch together
  int32_t first_layer = 0;
  int32_t layers = 0;  ///< applied in order
};

}  // namespace tessera::kernels::cuda
