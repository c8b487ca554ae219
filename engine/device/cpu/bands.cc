#include "engine/device/cpu/bands.h"

#include <algorithm>

namespace tessera::device::cpu {
namespace {

using kernels::BlendParams;
using kernels::ConstPlane;
using kernels::ConvertParams;
using kernels::CopyParams;
using kernels::Plane;
using kernels::ResampleParams;
using kernels::RotateParams;

std::array<const ConstPlane*, 3> sources_of(const PlaneJob& job) {
  if (const auto* p = std::get_if<CopyParams>(&job)) return {&p->src, nullptr, nullptr};
  if (const auto* p = std::get_if<RotateParams>(&job)) return {&p->src, nullptr, nullptr};
  if (const auto* p = std::get_if<ResampleParams>(&job)) return {&p->src, nullptr, nullptr};
  if (const auto* p = std::get_if<ConvertParams>(&job)) return {&p->y, &p->u, &p->v};
  if (const auto* p = std::get_if<BlendParams>(&job)) return {&p->src, &p->alpha, &p->mask};
  return {};
}

const Plane& target_of(const PlaneJob& job) {
  return std::visit([](const auto& p) -> const Plane& { return p.dst; }, job);
}

/// How many rows of a source, from its top, the first `rows` of the job read at most.
int reach(const PlaneJob& job, size_t which, int rows) {
  const ConstPlane& source = *sources_of(job)[which];
  int end = source.height;
  if (const auto* p = std::get_if<CopyParams>(&job)) {
    end = p->src_y + rows;
  } else if (const auto* resample = std::get_if<ResampleParams>(&job)) {
    end = resample->y.first[rows - 1] + resample->y.size;
  } else if (const auto* convert = std::get_if<ConvertParams>(&job)) {
    const int row = convert->rect.y + rows;
    // Luma also reads the nearer other chroma row.
    end = which == 0 || convert->plane != 0 ? row : row / 2 + 1;
  } else if (const auto* blend = std::get_if<BlendParams>(&job)) {
    const int row = blend->rect.y + rows;
    end = which == 1 && blend->chroma ? 2 * row : row;
  }
  return std::min(end, source.height);
}

}  // namespace

size_t Bands::written_plane(const uint8_t* data) const {
  const auto at = std::find_if(planes_.begin(), planes_.end(), [&](const auto& plane) { return plane.data == data; });
  return at == planes_.end() ? kNone : static_cast<size_t>(at - planes_.begin());
}

void Bands::connect(std::span<const PlaneJob> jobs, std::span<const size_t> batch_ends) {
  jobs_.clear();
  planes_.clear();
  size_t batch = 0;
  for (size_t i = 0; i < jobs.size(); ++i) {
    while (i >= batch_ends[batch]) ++batch;
    const kernels::Plane& target = target_of(jobs[i]);
    size_t plane = written_plane(target.data);
    if (plane == kNone) {
      plane = planes_.size();
      planes_.push_back({target.data, target.height});
    }
    Plane& written = planes_[plane];
    (written.first_writer == kNone ? written.first_writer : jobs_[written.last_writer].next_writer) = i;
    written.last_writer = i;
    const Rect rect = std::visit([](const auto& p) { return p.rect; }, jobs[i]);
    jobs_.push_back({&jobs[i], batch, rect, {kNone, kNone, kNone}});
  }
  for (Job& job : jobs_) {
    const auto sources = sources_of(*job.job);
    for (size_t i = 0; i < sources.size(); ++i) {
      if (sources[i] == nullptr || sources[i]->data == nullptr) continue;
      job.sources[i] = written_plane(sources[i]->data);
      if (job.sources[i] != kNone) planes_[job.sources[i]].read = true;
    }
  }
}

bool Bands::reuses_planes() const {
  for (const Job& reader : jobs_) {
    // What a blend reads lies at its own rect, but for alpha beside chroma; of others the whole plane counts.
    const auto* blend = std::get_if<BlendParams>(reader.job);
    for (size_t i = 0; i < reader.sources.size(); ++i) {
      if (reader.sources[i] == kNone) continue;
      for (size_t w = planes_[reader.sources[i]].first_writer; w != kNone; w = jobs_[w].next_writer) {
        if (jobs_[w].batch < reader.batch) continue;
        const int scale = i == 1 && blend != nullptr && blend->chroma ? 2 : 1;
        const Rect &a = reader.rect, &b = jobs_[w].rect;
        const bool apart = blend != nullptr && (a.x * scale >= b.x + b.w || b.x >= (a.x + a.w) * scale ||
                                                a.y * scale >= b.y + b.h || b.y >= (a.y + a.h) * scale);
        if (!apart) return true;
      }
    }
  }
  return false;
}

void Bands::advance(Job& job, int rows, const Run& run) {
  if (rows <= job.done) return;
  for (size_t i = 0; i < job.sources.size(); ++i) {
    if (job.sources[i] != kNone) ensure(job.sources[i], reach(*job.job, i, rows), job.batch, run);
  }
  run(*job.job, job.done, rows);
  job.done = rows;
}

void Bands::ensure(size_t plane, int rows, size_t batch, const Run& run) {
  for (size_t w = planes_[plane].first_writer; w != kNone; w = jobs_[w].next_writer) {
    Job& job = jobs_[w];
    if (job.batch < batch) advance(job, std::clamp(rows - job.rect.y, 0, job.rect.h), run);
  }
}

void Bands::run(std::span<const PlaneJob> jobs, std::span<const size_t> batch_ends, const Run& run) {
  connect(jobs, batch_ends);
  if (reuses_planes()) {
    for (Job& job : jobs_) run(*job.job, 0, job.rect.h);
    return;
  }
  int tallest = 0;
  for (const Plane& plane : planes_) tallest = std::max(tallest, plane.height);
  const int bands = (tallest + rows_ - 1) / rows_;
  for (int band = 1; band <= bands; ++band) {
    for (size_t p = 0; p < planes_.size(); ++p) {
      if (!planes_[p].read) ensure(p, planes_[p].height * band / bands, kNone, run);
    }
  }
  for (Job& job : jobs_) advance(job, job.rect.h, run);
}

}  // namespace tessera::device::cpu
