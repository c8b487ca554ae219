#include "kernels/cuda/batch.h"

#include <algorithm>
#include <cstring>

#include "kernels/ref/blur.h"

namespace tessera::kernels::cuda {
namespace {

uint64_t address(const uint8_t* data) { return reinterpret_cast<uintptr_t>(data); }
int bytes_of(int depth) { return depth > 8 ? 2 : 1; }
Area area(const Rect& r) { return {r.x, r.y, r.w, r.h}; }

/// Rows at multiples of 16 bytes, where V of interleaved samples counts by the U beside it.
bool whole_rows(const ConstPlane& p) {
  const uint64_t place = address(p.data) % 16;
  return p.stride % 16 == 0 && (place == 0 || (p.step == 2 && place == static_cast<uint64_t>(bytes_of(p.depth))));
}

Source source(const ConstPlane& p) {
  return {address(p.data),
          static_cast<int32_t>(p.stride),
          static_cast<uint8_t>(p.step),
          static_cast<uint8_t>(p.msb_shift),
          static_cast<uint8_t>(whole_rows(p) ? 1 : 0),
          0};
}

Target target(const Plane& p) {
  const bool aligned = address(p.data) % 16 == 0 && p.stride % 16 == 0;
  return {address(p.data),
          static_cast<int32_t>(p.stride),
          static_cast<uint8_t>(bytes_of(p.depth)),
          static_cast<uint8_t>(aligned ? 1 : 0),
          static_cast<uint8_t>(p.step),
          static_cast<uint8_t>(p.msb_shift)};
}

int tiles(int length, int tile) { return (length + tile - 1) / tile; }

/// Tiles of kTileBytes that columns x..x + w touch, at so many bytes a column.
int tiles_across(int x, int w, int bytes) { return ((x + w) * bytes - 1) / kTileBytes - x * bytes / kTileBytes + 1; }

/// What is read, but for the place among interleaved samples. Rows of one picture, all planes of which are below each
/// other, don't count as the same memory.
uint64_t memory_of(const ConstPlane& p) { return p.step > 1 ? address(p.data) / 16 : 0; }

bool same_area(const Area& a, const Area& b) { return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h; }

bool same_work(const ToneMapJob& a, const ToneMapJob& b) {
  return a.dst_bytes == b.dst_bytes && a.light == b.light && a.display == b.display;
}
bool same_work(const ConvertJob& a, const ConvertJob& b) { return a.bytes == b.bytes && a.matrix == b.matrix; }

/// Whether the plane that `p` writes can be written by the job of its picture's other planes.
template <class Job, class Params>
bool joins(const Job& last, const Job& job, const Params& p) {
  const auto same_source = [](const Source& a, const Source& b) { return a.data == b.data; };
  return std::equal(job.src, job.src + 3, last.src, same_source) && last.dst[p.plane].data == 0 &&
         same_work(last, job) && (p.plane == 0 || last.chroma.w == 0 || same_area(last.chroma, area(p.rect)));
}

/// Adds the plane that `p` writes. The three planes of a picture come one after the other, and are one job.
template <class Job, class Params>
void add_plane(std::vector<Job>& jobs, Job& job, const Params& p) {
  job.src[0] = source(p.y);
  job.src[1] = source(p.u);
  job.src[2] = source(p.v);
  if (jobs.empty() || !joins(jobs.back(), job, p)) jobs.push_back(job);
  PictureJob& to = jobs.back();
  to.dst[p.plane] = target(p.dst);
  if (p.plane != 0) {
    to.chroma = area(p.rect);
    return;
  }
  to.luma = area(p.rect);
  to.chroma_left = p.rect.x >> 1;
  to.chroma_right = (p.rect.x + p.rect.w - 1) >> 1;
  to.chroma_top = p.rect.y >> 1;
  to.chroma_bottom = (p.rect.y + p.rect.h - 1) >> 1;
}

}  // namespace

RowLayout row_layout(const ConstPlane& plane) {
  const int bytes = bytes_of(plane.depth);
  return {bytes, plane.step, whole_rows(plane) ? static_cast<int>(address(plane.data) % 16) / bytes : 0};
}

template <class Job>
void Batch::Jobs<Job>::add(const Job& job, int across, int tiles_down, uint64_t reads) {
  const bool joins =
      reads != 0 && !spans.empty() && memory == reads && spans.back().across == across && down == tiles_down;
  if (joins) {
    ++spans.back().jobs;
  } else {
    spans.push_back({blocks, static_cast<int32_t>(jobs.size()), 1, across});
  }
  jobs.push_back(job);
  blocks += across * tiles_down;
  memory = reads;
  down = tiles_down;
}

template <class Job>
void Batch::Jobs<Job>::clear() {
  jobs.clear();
  spans.clear();
  blocks = 0;
  memory = 0;
}

void Batch::add_move(const MoveJob& job, uint64_t reads) {
  moves_.add(job, tiles_across(job.rect.x, job.rect.w, job.dst.bytes * job.dst.step), tiles(job.rect.h, kMoveRows),
             reads);
}

void Batch::add(const FillParams& p) {
  MoveJob job;
  job.kind = MoveKind::kFill;
  job.value = p.value;
  job.dst = target(p.dst);
  job.rect = area(p.rect);
  add_move(job, 0);
}

void Batch::add(const CopyParams& p) {
  if (p.dst.step != 1 && !moves_.jobs.empty()) {
    MoveJob& before = moves_.jobs.back();
    if (before.kind == MoveKind::kInterleave && before.other.data == 0 &&
        before.dst.data + before.dst.bytes == address(p.dst.data)) {
      before.other = source(p.src);
      return;
    }
  }
  MoveJob job;
  job.kind = p.dst.step == 1 ? MoveKind::kCopy : MoveKind::kInterleave;
  job.dst = target(p.dst);
  job.rect = area(p.rect);
  job.src = source(p.src);
  job.src_x = p.src_x;
  job.src_y = p.src_y;
  add_move(job, p.dst.step == 1 ? memory_of(p.src) : 0);
}

void Batch::add(const RotateParams& p) {
  MoveJob job;
  job.kind = MoveKind::kRotate;
  job.dst = target(p.dst);
  job.rect = area(p.rect);
  job.src = source(p.src);
  job.width = p.src.width;
  job.height = p.src.height;
  job.orientation = p.orientation;
  add_move(job, memory_of(p.src));
}

void Batch::add(const MaskParams& p) {
  MoveJob job;
  job.kind = MoveKind::kMask;
  job.dst = target(p.dst);
  job.rect = area(p.rect);
  job.width = p.width;
  job.height = p.height;
  job.chroma = p.chroma ? 1 : 0;
  job.shape = p.shape;
  add_move(job, 0);
}

void Batch::add(const ResampleParams& p, const PlacedTaps& taps) {
  const RowLayout layout = row_layout(p.src);
  ResampleJob job;
  job.src = source(p.src);
  job.src.data -= static_cast<uint64_t>(layout.lead * layout.bytes);
  job.dst = target(p.dst);
  job.rect = area(p.rect);
  job.columns = taps.columns;
  job.rows = taps.rows;
  job.words = taps.words;
  job.pairs = taps.pairs;
  job.height = p.src.height;
  job.row_bytes = (layout.lead + (p.src.width - 1) * p.src.step + 1) * layout.bytes;
  job.src_depth = static_cast<uint8_t>(p.src.depth);
  job.dst_depth = static_cast<uint8_t>(p.dst.depth);
  job.complete = p.full_scale && p.src.depth < p.dst.depth ? 1 : 0;
  resamples_.add(job, tiles(p.rect.x % 16 + p.rect.w, kResampleColumns), tiles(p.rect.h, kResampleRows),
                 memory_of(p.src));
}

void Batch::add(const ConvertParams& p) {
  ConvertJob job;
  job.bytes = bytes_of(p.dst.depth);
  job.matrix = p.matrix;
  add_plane(converts_, job, p);
}

void Batch::add(const ToneMapParams& p) {
  ToneMapJob job;
  job.light = reinterpret_cast<uintptr_t>(p.table.light);
  job.display = reinterpret_cast<uintptr_t>(p.table.display);
  job.width = p.y.width;
  job.height = p.y.height;
  job.dst_bytes = bytes_of(p.dst.depth);
  add_plane(tone_maps_, job, p);
}

void Batch::add(const WarpParams& p) {
  WarpJob job;
  job.src = source(p.src);
  job.dst = target(p.dst);
  job.rect = area(p.rect);
  job.from = p.from;
  job.src_width = p.src.width;
  job.src_height = p.src.height;
  job.width = p.width;
  job.height = p.height;
  job.nothing = p.nothing;
  job.chroma = p.chroma ? 1 : 0;
  warps_.add(job, tiles_across(p.rect.x, p.rect.w, job.dst.bytes), tiles(p.rect.h, kWarpRows), memory_of(p.src));
}

void Batch::add(const BlendParams& p) { blends_.push_back(p); }

template <class Job>
void Batch::place(std::vector<Job>& pictures, Jobs<Job>& out) {
  for (Job& job : pictures) {
    const Area &l = job.luma, &c = job.chroma;
    const bool luma = l.w > 0, chroma = c.w > 0;
    const int left = std::min(luma ? l.x : 2 * c.x, chroma ? 2 * c.x : l.x);
    const int top = std::min(luma ? l.y : 2 * c.y, chroma ? 2 * c.y : l.y);
    const int right = std::max(l.x + l.w, 2 * (c.x + c.w)), bottom = std::max(l.y + l.h, 2 * (c.y + c.h));
    const int samples = kTileBytes / job.bytes;
    job.tile_x = left / samples * samples;
    job.tile_y = top / 2 * 2;
    out.add(job, tiles(right - job.tile_x, samples), tiles(bottom - job.tile_y, kConvertRows), 0);
  }
  pictures.clear();
}

/// All blends on a plane are one job: a chunk is read and written by one thread.
void Batch::add_blends() {
  for (auto begin = blends_.begin(); begin != blends_.end();) {
    const uint8_t* plane = begin->dst.data;
    const auto end =
        std::stable_partition(begin, blends_.end(), [&](const BlendParams& p) { return p.dst.data == plane; });
    BlendJob job;
    job.dst = target(begin->dst);
    job.first_layer = static_cast<int32_t>(layers_.size());
    job.layers = static_cast<int32_t>(end - begin);
    int left = begin->rect.x, top = begin->rect.y, right = left, bottom = top;
    for (; begin != end; ++begin) {
      const BlendParams& p = *begin;
      left = std::min(left, p.rect.x), right = std::max(right, p.rect.x + p.rect.w);
      top = std::min(top, p.rect.y), bottom = std::max(bottom, p.rect.y + p.rect.h);
      BlendLayer layer;
      layer.src = source(p.src);
      if (p.alpha.data != nullptr) layer.alpha = source(p.alpha);
      if (p.mask.data != nullptr) layer.mask = source(p.mask);
      layer.rect = area(p.rect);
      layer.opacity = p.opacity;
      layer.offset = p.offset;
      layer.alpha_width = p.alpha.width;
      layer.alpha_height = p.alpha.height;
      layer.chroma = p.chroma ? 1 : 0;
      layers_.push_back(layer);
    }
    job.area = {left, top, right - left, bottom - top};
    // U and V read one alpha and one mask.
    const BlendParams& first = *(end - job.layers);
    const uint64_t reads = !first.chroma                 ? 0
                           : first.alpha.data != nullptr ? address(first.alpha.data)
                                                         : address(first.mask.data);
    blend_jobs_.add(job, tiles_across(left, right - left, job.dst.bytes), tiles(bottom - top, kBlendRows), reads);
  }
  blends_.clear();
}

size_t blur_scratch(const BlurParams& p) {
  return (static_cast<size_t>(p.rect.w) * static_cast<size_t>(p.rect.h) * sizeof(uint16_t) + 15) / 16 * 16;
}

void Batch::add(const PixelateParams& p) {
  ModerateJob job;
  job.kind = ModerateKind::kPixelate;
  job.depth = p.dst.depth;
  job.src = source(p.src);
  job.dst = target(p.dst);
  job.rect = area(p.rect);
  job.block_w = p.block_w;
  job.block_h = p.block_h;
  moderations_.add(job, tiles(p.rect.w, p.block_w), tiles(p.rect.h, p.block_h), 0);
}

void Batch::add(const BlurParams& p, uint64_t scratch) {
  ModerateJob job;
  job.depth = p.dst.depth;
  job.src = source(p.src);
  job.dst = target(p.dst);
  job.rect = area(p.rect);
  job.radius = p.radius;
  job.reciprocal = ref::box_reciprocal(p.radius);
  job.scratch = scratch;
  for (const bool down : {false, true}) {
    const int length = down ? p.rect.h : p.rect.w, all = down ? p.rect.w : p.rect.h;
    job.kind = down ? ModerateKind::kBlurDown : ModerateKind::kBlurAcross;
    job.lines = 1;
    while (job.lines < kBlurLines && 2 * job.lines * length <= kBlurValues) job.lines *= 2;
    (down ? columns_ : moderations_).add(job, tiles(all, job.lines), 1, 0);
  }
}

template <class Job>
void Batch::launch(const char* kernel, Jobs<Job>& jobs, std::span<const BlendLayer> layers, Launches& out) {
  if (jobs.jobs.empty()) return;
  const auto append = [&](const void* data, size_t bytes) {
    const size_t at = (out.parameters.size() + 15) / 16 * 16;
    out.parameters.resize(at + bytes);
    if (bytes != 0) std::memcpy(out.parameters.data() + at, data, bytes);
    return at;
  };
  Launch l;
  l.kernel = kernel;
  l.grid = {static_cast<unsigned>(jobs.blocks), 1, 1};
  l.block = {kThreads, 1, 1};
  l.spans = append(jobs.spans.data(), jobs.spans.size() * sizeof(Span));
  l.span_count = static_cast<int32_t>(jobs.spans.size());
  l.jobs = append(jobs.jobs.data(), jobs.jobs.size() * sizeof(Job));
  l.extra = append(layers.data(), layers.size_bytes());
  out.launches.push_back(l);
  jobs.clear();
}

void Batch::take(Launches& out) {
  place(converts_, placed_converts_);
  place(tone_maps_, placed_tone_maps_);
  add_blends();
  launch("tessera_move", moves_, {}, out);
  launch("tessera_resample", resamples_, {}, out);
  launch("tessera_warp", warps_, {}, out);
  launch("tessera_convert", placed_converts_, {}, out);
  launch("tessera_tone_map", placed_tone_maps_, {}, out);
  launch("tessera_blend", blend_jobs_, layers_, out);
  layers_.clear();
  launch("tessera_moderate", moderations_, {}, out);
  launch("tessera_moderate", columns_, {}, out);
}

}  // namespace tessera::kernels::cuda
