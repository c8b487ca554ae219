#include "engine/device/vulkan/encoder.h"

#include <algorithm>

#include "engine/device/vulkan/encoder_parts.h"
#include "kernels/ref/rotate.h"

namespace tessera::device::vulkan {
namespace {

/// Dispatches a frame, at most, where the plan allows: more would only make a programme's cost harder to foresee.
constexpr int kMostDispatches = 6;
/// As in shaders/common.glsl.
constexpr int kGroupsAcross = 32768;

}  // namespace

void EncodedPlan::clear() {
  words.clear();
  dispatches.clear();
  kept.clear();
}

Encoder::Target Encoder::target_of(const kernels::Plane& plane, const Rect& rect) const {
  const int bytes = bytes_of(plane.depth);
  const size_t row = arena_->offset_of(plane.data) + static_cast<size_t>(rect.y) * static_cast<size_t>(plane.stride);
  const int first = rect.x * bytes, end = (rect.x + rect.w) * bytes;
  Target t;
  t.absolute = static_cast<int>((row + static_cast<size_t>(first / 4 * 4)) / 4);
  t.window = static_cast<int>(arena_->offset_of(plane.data) / arena_->window());
  t.word = t.absolute - static_cast<int>(static_cast<size_t>(t.window) * arena_->window() / 4);
  t.stride = static_cast<int>(plane.stride / 4);
  t.lead = first % 4;
  t.end = t.lead + end - first;
  t.height = rect.h;
  t.bytes = bytes;
  // What lies beyond a plane's last sample is nobody's.
  t.edges = first % 4 != 0 || (end % 4 != 0 && rect.x + rect.w != plane.width);
  return t;
}

int Encoder::begin_job() {
  while (out_->words.size() % 8 != 0) out_->words.push_back(0);  // clusters fetch eight words at once
  return static_cast<int>(out_->words.size());
}

void Encoder::add_move(int kind, const Target& t, std::initializer_list<int> rest) {
  const int across = (t.words() + 7) / 8;
  Job job{begin_job(), across * strips_of(t.height)};
  for (const int v : {kind, t.word, t.absolute, t.stride, t.lead, t.end, t.height, t.window, across}) put(v);
  for (const int v : rest) put(v);
  while (out_->words.size() < static_cast<size_t>(job.words) + 24) put(0);
  jobs_.push_back(job);
  edges_ |= t.edges;
  kinds_ |= 1 << kind;
}

void Encoder::add(const kernels::FillParams& p) {
  const Target t = target_of(p.dst, p.rect);
  add_move(0, t, {static_cast<int>(t.bytes == 1 ? p.value * 0x01010101u : p.value * 0x00010001u)});
}

void Encoder::add(const kernels::CopyParams& p) {
  const Target t = target_of(p.dst, p.rect);
  const auto source = static_cast<int>(arena_->offset_of(p.src.data)) + p.src_y * static_cast<int>(p.src.stride) +
                      p.src_x * t.bytes - t.lead;
  add_move(1, t, {source, static_cast<int>(p.src.stride)});
}

void Encoder::add(const kernels::RotateParams& p) {
  const Target t = target_of(p.dst, p.rect);
  const auto address = [&](int x, int y) {
    const auto from = kernels::ref::turned_from(x, y, p.src.width, p.src.height, p.orientation);
    return static_cast<int>(arena_->offset_of(p.src.data)) + from.y * static_cast<int>(p.src.stride) + from.x * t.bytes;
  };
  const int x = p.rect.x - t.lead / t.bytes, y = p.rect.y, here = address(x, y);
  add_move(2, t, {here, address(x, y + 1) - here, address(x + 1, y) - here, t.bytes});
}

void Encoder::add(const kernels::MaskParams& p) {
  const Target t = target_of(p.dst, p.rect);
  const kernels::Shape& s = p.shape;
  add_move(3, t, {s.x, s.y, s.w, s.h, s.radius, p.width, p.height, p.chroma ? 1 : 0, p.rect.x - t.lead, p.rect.y});
}

void Encoder::add(const kernels::ConvertParams& p) {
  const Target t = target_of(p.dst, p.rect);
  const int across = (t.words() + 7) / 8;
  const int first_word = p.rect.x * t.bytes / 4;
  const bool luma = p.plane == 0;
  const kernels::ConvertMatrix& m = p.matrix;
  const int chroma_top = luma ? p.rect.y >> 1 : 0, chroma_bottom = luma ? (p.rect.y + p.rect.h - 1) >> 1 : 0;
  const int own = p.plane == 2 ? m.v_v : m.u_u, other = p.plane == 2 ? m.v_u : m.u_v;
  Job job{begin_job(), across * strips_of(t.height)};
  const auto stride = [](const kernels::ConstPlane& plane) { return static_cast<int>(plane.stride / 4); };
  for (const int v : {p.plane,
                      t.word,
                      t.absolute,
                      t.stride,
                      t.lead,
                      t.end,
                      t.height,
                      t.window,
                      across,
                      first_word,
                      p.rect.y,
                      word_of(p.y.data),
                      stride(p.y),
                      word_of(p.u.data),
                      stride(p.u),
                      word_of(p.v.data),
                      stride(p.v),
                      chroma_top,
                      chroma_bottom,
                      (p.rect.x + p.rect.w - 1) >> 1,
                      m.y_y,
                      m.y_u,
                      m.y_v,
                      own,
                      other,
                      m.src_black,
                      m.dst_black,
                      m.grey,
                      0,
                      0,
                      0,
                      0}) {
    put(v);
  }
  jobs_.push_back(job);
  edges_ |= t.edges;
}

void Encoder::dispatch(const PipelineKey& pipeline) {
  const int start = begin_job();
  int groups = 0;
  for (const Job& job : jobs_) {
    for (int cluster = 0; cluster < job.clusters; cluster += clusters_, ++groups) {
      put(job.words);
      put(cluster);
    }
  }
  const int across = std::min(groups, kGroupsAcross), down = (groups + across - 1) / across;
  for (; groups < across * down; ++groups) {  // beyond the last job's end: nothing to do
    put(jobs_.back().words);
    put(jobs_.back().clusters);
  }
  out_->dispatches.push_back({pipeline, start, static_cast<uint32_t>(across), static_cast<uint32_t>(down)});
  jobs_.clear();
  edges_ = false;
  kinds_ = 0;
}

Result<void> Encoder::encode_batch(const Batch& batch, Tables& tables, Transfers& transfers) {
  if (batch.operations.empty()) return {};
  const OperationClass kind = class_of(batch.operations.front());
  for (const Operation& operation : batch.operations) {
    if (class_of(operation) != kind)
      return fail(Errc::kInternal, "device.plan", "a batch of operations of two classes");
  }
  if (kind == OperationClass::kResample) return encode_resamples(batch, tables, transfers);
  planes_.clear();
  for (const Operation& operation : batch.operations) TESSERA_TRY(expand(operation, planes_));
  for (const bool wide : {false, true}) {  // a frame has one depth, as a rule
    if (kind == OperationClass::kBlend) encode_blends(wide);
    for (const PlaneJob& plane : planes_) {
      const auto* p = std::get_if<kernels::ConvertParams>(&plane);
      if (p != nullptr && (p->dst.depth > 8) == wide) add(*p);
    }
    if (!jobs_.empty()) dispatch({Program::kConvert, {edges_ ? 1 : 0, wide ? 1 : 0}});
  }
  for (const PlaneJob& plane : planes_) {
    if (const auto* fill = std::get_if<kernels::FillParams>(&plane)) add(*fill);
    if (const auto* copy = std::get_if<kernels::CopyParams>(&plane)) add(*copy);
    if (const auto* rotate = std::get_if<kernels::RotateParams>(&plane)) add(*rotate);
    if (const auto* mask = std::get_if<kernels::MaskParams>(&plane)) add(*mask);
  }
  if (!jobs_.empty()) dispatch({Program::kMove, {edges_ ? 1 : 0, kinds_}});
  return {};
}

Result<void> Encoder::encode(const FramePlan& plan, Tables& tables, Transfers& transfers, EncodedPlan& out) {
  out.clear();
  out_ = &out;
  jobs_.clear();
  edges_ = false;
  kinds_ = 0;
  spare_ = kMostDispatches - static_cast<int>(plan.batches.size());
  for (const Batch& batch : plan.batches) TESSERA_TRY(encode_batch(batch, tables, transfers));
  return {};
}

}  // namespace tessera::device::vulkan
