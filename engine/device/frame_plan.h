#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "engine/media/frame.h"
#include "kernels/ops.h"
#include "kernels/taps.h"

/// What a device executes: operations on surfaces, all numbers resolved. Plain values; a plan keeps what it uses alive.
namespace tessera::device {

/// In luma samples of the surface written. Where that is subsampled, x and y are even, and w and h are even or reach
/// the surface's end.
using Rect = kernels::Rect;

/// A surface a plan writes: planar, samples not shifted, unless a copy writes it.
using SurfaceRef = std::shared_ptr<media::Frame>;
using TapsRef = std::shared_ptr<const kernels::Taps>;

/// One value a plane: Y, U, V and, where the surface has it, alpha.
struct Fill {
  SurfaceRef dst;
  Rect rect;
  std::array<uint16_t, 4> value{};
};

/// Same depth and subsampling, same alpha or none; from semi-planar and shifted to planar or the other way, samples are
/// laid out anew. (Devices whose surfaces are always planar never have one that is not.)
struct Copy {
  media::FrameRef src;
  SurfaceRef dst;
  Rect rect;
  int src_x = 0;  ///< luma sample of src that lands on rect's corner; even where subsampled
  int src_y = 0;
};

/// dst has the turned picture's size and subsampling, the source's depth and alpha.
struct Rotate {
  media::FrameRef src;
  SurfaceRef dst;
  Rect rect;
  media::Orientation orientation = 0;
};

/// The taps' outputs are the rect's columns and rows in each plane; alpha goes with luma. src has alpha where dst has
/// it.
struct Resample {
  media::FrameRef src;
  SurfaceRef dst;
  Rect rect;
  TapsRef luma_x, luma_y, chroma_x, chroma_y;
};

/// Both 4:2:0 with left-sited chroma, same depth. Alpha is copied. src and dst are two surfaces.
struct Convert {
  media::FrameRef src;
  SurfaceRef dst;
  Rect rect;
  kernels::ConvertMatrix matrix;
};

/// The coverage of a shape: luma's in dst's first plane, chroma's in its second. dst is 8 bit, 4:2:0.
struct Mask {
  SurfaceRef dst;
  Rect rect;
  kernels::Shape shape;
};

/// src over dst, all surfaces of one size, 4:2:0, one depth. src may have alpha.
struct Blend {
  media::FrameRef src;
  SurfaceRef dst;
  media::FrameRef mask;  ///< as Mask writes it; null: covered everywhere
  Rect rect;
  int opacity = 1024;           ///< 0..1024
  std::array<int, 3> offset{};  ///< values of Y, U, V that mean "nothing"
};

using Operation = std::variant<Fill, Copy, Rotate, Resample, Convert, Mask, Blend>;

/// What runs well together: operations of one class may share a batch.
enum class OperationClass : uint8_t {
  kMove,  ///< Fill, Copy, Rotate, Mask: little arithmetic
  kResample,
  kConvert,
  kBlend,
};
OperationClass class_of(const Operation& operation);

/// Operations of one class that need nothing of one another, and so may run in any order or at once; only blends may
/// overlap, and then apply in their order. A batch begins when the one before is done.
struct Batch {
  std::vector<Operation> operations;
};

struct FramePlan {
  std::vector<Batch> batches;
  std::vector<media::FrameRef> results;  ///< surfaces that will be downloaded; others may be, more slowly
};

}  // namespace tessera::device
