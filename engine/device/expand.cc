#include "engine/device/expand.h"

#include <string>

namespace tessera::device {
namespace {

using kernels::ConstPlane;
using kernels::Plane;
using media::Frame;
using media::FrameFormat;

ConstPlane reader(const Frame& frame, size_t plane) {
  const media::Plane& p = frame.planes[plane];
  return {p.data, p.stride, p.width, p.height, p.step, frame.format.depth, frame.format.msb_shift};
}

Plane writer(const Frame& frame, size_t plane) {
  const media::Plane& p = frame.planes[plane];
  return {p.data, p.stride, p.width, p.height, frame.format.depth, p.step, frame.format.msb_shift};
}

bool subsampled(size_t plane) { return plane == 1 || plane == 2; }

/// A rect of luma samples in the samples of a plane.
Rect in_plane(const Rect& r, const FrameFormat& format, size_t plane) {
  if (!subsampled(plane)) return r;
  const int sx = format.chroma_shift_x, sy = format.chroma_shift_y;
  const int x = r.x >> sx, y = r.y >> sy;
  return {x, y, ((r.x + r.w + (1 << sx) - 1) >> sx) - x, ((r.y + r.h + (1 << sy) - 1) >> sy) - y};
}

size_t planes_of(const FrameFormat& format) { return format.has_alpha ? 4 : 3; }

tl::unexpected<Error> wrong(const char* operation, const std::string& what) {
  return fail(Errc::kInternal, "device.plan", std::string(operation) + ": " + what);
}

std::string text(const Rect& r) {
  return std::to_string(r.w) + "x" + std::to_string(r.h) + "+" + std::to_string(r.x) + "+" + std::to_string(r.y);
}

bool fits(const Rect& r, int width, int height) {
  return r.x >= 0 && r.y >= 0 && r.w > 0 && r.h > 0 && r.w <= width - r.x && r.h <= height - r.y;
}

bool on_grid(int start, int size, int shift, int end) {
  const int mask = (1 << shift) - 1;
  return (start & mask) == 0 && ((size & mask) == 0 || start + size == end);
}

Result<void> check_target(const char* operation, const SurfaceRef& dst, const Rect& r, bool planar = true) {
  if (dst == nullptr) return wrong(operation, "no surface to write");
  const FrameFormat& f = dst->format;
  if (planar && (f.semi_planar || f.msb_shift != 0))
    return wrong(operation, "the surface to write is not planar: want planar, not shifted");
  if (!fits(r, f.width, f.height)) {
    return wrong(operation, "rect " + text(r) + " is not inside the surface of " + std::to_string(f.width) + "x" +
                                std::to_string(f.height));
  }
  if (!on_grid(r.x, r.w, f.chroma_shift_x, f.width) || !on_grid(r.y, r.h, f.chroma_shift_y, f.height)) {
    return wrong(operation, "rect " + text(r) + " is not on the chroma grid");
  }
  return {};
}

bool same_subsampling(const FrameFormat& a, const FrameFormat& b) {
  return a.chroma_shift_x == b.chroma_shift_x && a.chroma_shift_y == b.chroma_shift_y;
}

bool same_size(const FrameFormat& a, const FrameFormat& b) { return a.width == b.width && a.height == b.height; }

bool is_420(const FrameFormat& f) { return f.chroma_shift_x == 1 && f.chroma_shift_y == 1; }

Result<void> add(const Fill& op, std::vector<PlaneJob>& jobs) {
  TESSERA_TRY(check_target("fill", op.dst, op.rect));
  for (size_t i = 0; i < planes_of(op.dst->format); ++i) {
    jobs.emplace_back(kernels::FillParams{writer(*op.dst, i), in_plane(op.rect, op.dst->format, i), op.value[i]});
  }
  return {};
}

Result<void> add(const Copy& op, std::vector<PlaneJob>& jobs) {
  TESSERA_TRY(check_target("copy", op.dst, op.rect, false));
  if (op.src == nullptr) return wrong("copy", "no surface to read");
  const FrameFormat &from = op.src->format, &to = op.dst->format;
  if (from.depth != to.depth || !same_subsampling(from, to) || from.has_alpha != to.has_alpha) {
    return wrong("copy", "the surfaces' formats differ");
  }
  const Rect read{op.src_x, op.src_y, op.rect.w, op.rect.h};
  if (!fits(read, from.width, from.height)) return wrong("copy", "rect " + text(read) + " is not inside the source");
  if ((op.src_x & ((1 << from.chroma_shift_x) - 1)) != 0 || (op.src_y & ((1 << from.chroma_shift_y) - 1)) != 0) {
    return wrong("copy", "rect " + text(read) + " is not on the source's chroma grid");
  }
  for (size_t i = 0; i < planes_of(to); ++i) {
    const Rect at = in_plane(read, from, i);
    jobs.emplace_back(
        kernels::CopyParams{reader(*op.src, i), writer(*op.dst, i), in_plane(op.rect, to, i), at.x, at.y});
  }
  return {};
}

Result<void> add(const Rotate& op, std::vector<PlaneJob>& jobs) {
  TESSERA_TRY(check_target("rotate", op.dst, op.rect));
  if (op.src == nullptr) return wrong("rotate", "no surface to read");
  const FrameFormat &from = op.src->format, &to = op.dst->format;
  const bool swaps = media::swaps_axes(op.orientation);
  if (op.orientation > 7 || from.depth != to.depth || from.has_alpha != to.has_alpha ||
      to.width != (swaps ? from.height : from.width) || to.height != (swaps ? from.width : from.height) ||
      to.chroma_shift_x != (swaps ? from.chroma_shift_y : from.chroma_shift_x) ||
      to.chroma_shift_y != (swaps ? from.chroma_shift_x : from.chroma_shift_y)) {
    return wrong("rotate", "the surface to write has not the turned picture's format");
  }
  for (size_t i = 0; i < planes_of(to); ++i) {
    jobs.emplace_back(
        kernels::RotateParams{reader(*op.src, i), writer(*op.dst, i), in_plane(op.rect, to, i), op.orientation});
  }
  return {};
}

bool taps_fit(const TapsRef& taps, int outputs, int samples) {
  return taps != nullptr && static_cast<int>(taps->first.size()) == outputs && taps->size >= 1 &&
         taps->first.front() >= 0 && taps->end() <= samples;
}

Result<void> add(const Resample& op, std::vector<PlaneJob>& jobs) {
  TESSERA_TRY(check_target("resample", op.dst, op.rect));
  if (op.src == nullptr) return wrong("resample", "no surface to read");
  if (op.dst->format.has_alpha && !op.src->format.has_alpha) return wrong("resample", "the source has no alpha");
  for (size_t i = 0; i < planes_of(op.dst->format); ++i) {
    const TapsRef &x = subsampled(i) ? op.chroma_x : op.luma_x, &y = subsampled(i) ? op.chroma_y : op.luma_y;
    const Rect rect = in_plane(op.rect, op.dst->format, i);
    const ConstPlane src = reader(*op.src, i);
    if (!taps_fit(x, rect.w, src.width) || !taps_fit(y, rect.h, src.height)) {
      return wrong("resample", "the taps of plane " + std::to_string(i) + " are not for " + text(rect));
    }
    jobs.emplace_back(kernels::ResampleParams{src, writer(*op.dst, i), rect, x->laid_out(), y->view(), i == 3});
  }
  return {};
}

Result<void> add(const Convert& op, std::vector<PlaneJob>& jobs) {
  TESSERA_TRY(check_target("convert", op.dst, op.rect));
  if (op.src == nullptr || op.src == op.dst) return wrong("convert", "want two surfaces");
  const FrameFormat &from = op.src->format, &to = op.dst->format;
  if (from.depth != to.depth || !same_size(from, to) || !is_420(from) || !is_420(to) ||
      from.has_alpha != to.has_alpha) {
    return wrong("convert", "the surfaces' formats differ or are not 4:2:0");
  }
  for (size_t i = 0; i < 3; ++i) {
    jobs.emplace_back(kernels::ConvertParams{reader(*op.src, 0), reader(*op.src, 1), reader(*op.src, 2),
                                             writer(*op.dst, i), in_plane(op.rect, to, i), static_cast<int>(i),
                                             op.matrix});
  }
  if (to.has_alpha) {
    jobs.emplace_back(kernels::CopyParams{reader(*op.src, 3), writer(*op.dst, 3), op.rect, op.rect.x, op.rect.y});
  }
  return {};
}

Result<void> add(const Mask& op, std::vector<PlaneJob>& jobs) {
  TESSERA_TRY(check_target("mask", op.dst, op.rect));
  const FrameFormat& f = op.dst->format;
  if (f.depth != 8 || !is_420(f)) return wrong("mask", "want an 8 bit 4:2:0 surface");
  for (size_t i = 0; i < 2; ++i) {
    jobs.emplace_back(
        kernels::MaskParams{writer(*op.dst, i), in_plane(op.rect, f, i), op.shape, f.width, f.height, i == 1});
  }
  return {};
}

Result<void> add(const Blend& op, std::vector<PlaneJob>& jobs) {
  TESSERA_TRY(check_target("blend", op.dst, op.rect));
  if (op.src == nullptr || op.src == op.dst) return wrong("blend", "want two surfaces");
  const FrameFormat &from = op.src->format, &to = op.dst->format;
  if (from.depth != to.depth || !same_size(from, to) || !is_420(from) || !is_420(to)) {
    return wrong("blend", "the surfaces' formats differ or are not 4:2:0");
  }
  if (op.mask != nullptr && (op.mask->format.depth != 8 || !same_size(op.mask->format, to))) {
    return wrong("blend", "the mask is not 8 bit or has another size");
  }
  if (op.opacity < 0 || op.opacity > 1024)
    return wrong("blend", "opacity " + std::to_string(op.opacity) + ": want 0..1024");
  for (size_t i = 0; i < 3; ++i) {
    kernels::BlendParams p;
    p.src = reader(*op.src, i);
    p.dst = writer(*op.dst, i);
    if (from.has_alpha) p.alpha = reader(*op.src, 3);
    if (op.mask != nullptr) p.mask = reader(*op.mask, subsampled(i) ? 1 : 0);
    p.rect = in_plane(op.rect, to, i);
    p.opacity = op.opacity;
    p.offset = op.offset[i];
    p.chroma = subsampled(i);
    jobs.emplace_back(p);
  }
  return {};
}

}  // namespace

Result<void> expand(const Operation& operation, std::vector<PlaneJob>& jobs) {
  return std::visit([&](const auto& op) { return add(op, jobs); }, operation);
}

}  // namespace tessera::device
