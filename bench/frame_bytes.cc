#include "bench/frame_bytes.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "engine/device/expand.h"

namespace tessera::bench {
namespace {

using kernels::Rect;

/// What of some planes is touched.
class Touched {
 public:
  void add(const uint8_t* plane, const Rect& rect, int depth) {
    if (plane == nullptr) return;
    Area& area = areas_[plane];
    const int64_t bytes = int64_t{rect.w} * rect.h * (depth > 8 ? 2 : 1);
    if (area.bytes == 0) area.bounds = rect;
    area.bounds = around(area.bounds, rect);
    area.bytes += bytes;
    area.sample = depth > 8 ? 2 : 1;
  }
  void add(const Touched& other) {
    for (const auto& [plane, area] : other.areas_) add(plane, area.bounds, area.sample > 1 ? 10 : 8);
  }
  /// Each sample once, as far as a rect around all that is touched can tell.
  int64_t once() const {
    int64_t sum = 0;
    for (const auto& [plane, area] : areas_) {
      sum += std::min(area.bytes, int64_t{area.bounds.w} * area.bounds.h * area.sample);
    }
    return sum;
  }

 private:
  struct Area {
    Rect bounds;
    int64_t bytes = 0;
    int sample = 1;
  };
  static Rect around(const Rect& a, const Rect& b) {
    const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
    return {x, y, std::max(a.x + a.w, b.x + b.w) - x, std::max(a.y + a.h, b.y + b.h) - y};
  }
  std::map<const uint8_t*, Area> areas_;
};

struct Traffic {
  Touched read, written;

  void reads(const kernels::ConstPlane& p, const Rect& rect) { read.add(p.data, rect, p.depth); }
  void writes(const kernels::Plane& p, const Rect& rect) { written.add(p.data, rect, p.depth); }

  /// Operations that write what they read.
  template <class Params>
  void operator()(const Params& p) {
    reads(p.src, p.rect);
    writes(p.dst, p.rect);
  }
  void operator()(const kernels::FillParams& p) { writes(p.dst, p.rect); }
  void operator()(const kernels::MaskParams& p) { writes(p.dst, p.rect); }
  void operator()(const kernels::CopyParams& p) {
    reads(p.src, {p.src_x, p.src_y, p.rect.w, p.rect.h});
    writes(p.dst, p.rect);
  }
  void operator()(const kernels::RotateParams& p) {
    const bool swaps = media::swaps_axes(static_cast<media::Orientation>(p.orientation));
    reads(p.src, {0, 0, swaps ? p.rect.h : p.rect.w, swaps ? p.rect.w : p.rect.h});
    writes(p.dst, p.rect);
  }
  void operator()(const kernels::ResampleParams& p) {
    const auto span = [](const kernels::TapTable& t) {
      return std::pair(t.first[0], t.first[t.outputs - 1] + t.size - t.first[0]);
    };
    const auto [x, w] = span(p.x);
    const auto [y, h] = span(p.y);
    reads(p.src, {x, y, w, h});
    writes(p.dst, p.rect);
  }
  void operator()(const kernels::ConvertParams& p) {
    const Rect& r = p.rect;
    if (p.plane == 0) {
      reads(p.y, r);
      const Rect chroma{r.x / 2, r.y / 2, (r.w + 1) / 2, (r.h + 1) / 2};
      reads(p.u, chroma);
      reads(p.v, chroma);
    }
    writes(p.dst, r);
  }
  void operator()(const kernels::BlendParams& p) {
    reads(p.src, p.rect);
    reads(p.mask, p.rect);
    if (!p.chroma) reads(p.alpha, p.rect);  // chroma's alpha are the same samples
    read.add(p.dst.data, p.rect, p.dst.depth);
    writes(p.dst, p.rect);
  }
};

std::string name_of(device::OperationClass kind) {
  if (kind == device::OperationClass::kResample) return "resample";
  if (kind == device::OperationClass::kConvert) return "convert";
  if (kind == device::OperationClass::kBlend) return "blend";
  return "move";
}

}  // namespace

Result<std::vector<BatchBytes>> count_bytes(const device::FramePlan& plan) {
  std::vector<BatchBytes> batches;
  for (const device::Batch& batch : plan.batches) {
    if (batch.operations.empty()) continue;
    BatchBytes bytes;
    bytes.kind = name_of(device::class_of(batch.operations.front()));
    Touched all_read;
    for (const device::Operation& operation : batch.operations) {
      std::vector<device::PlaneJob> jobs;
      TESSERA_TRY(device::expand(operation, jobs));
      Traffic traffic;
      for (const device::PlaneJob& job : jobs) std::visit(traffic, job);
      ++bytes.operations;
      bytes.read += traffic.read.once();
      bytes.written += traffic.written.once();
      all_read.add(traffic.read);
    }
    bytes.read_once = all_read.once();
    batches.push_back(std::move(bytes));
  }
  return batches;
}

}  // namespace tessera::bench
