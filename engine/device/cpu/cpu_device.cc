#include "engine/device/cpu/cpu_device.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <system_error>
#include <vector>

#include "engine/device/cpu/workers.h"
#include "engine/device/expand.h"
#include "engine/device/pool.h"

namespace tessera::device::cpu {
namespace {

using kernels::Ops;

// A band below this many rows costs more in rows filtered twice than another thread gains.
constexpr int kLeastBand = 32;
// So many tasks of a batch for each thread: enough that none waits long for the last, few enough that bands stay tall.
constexpr int kPiecesPerThread = 4;

const kernels::Plane& target_of(const PlaneJob& job) {
  return std::visit([](const auto& p) -> const kernels::Plane& { return p.dst; }, job);
}

Rect rect_of(const PlaneJob& job) {
  return std::visit([](const auto& p) { return p.rect; }, job);
}

int64_t samples_of(const PlaneJob& job) {
  const Rect rect = rect_of(job);
  return int64_t{rect.w} * rect.h;
}

/// Memory of one worker, 64-byte aligned, grown to the largest need.
class Scratch {
 public:
  uint8_t* data() const { return data_.get(); }

  /// True where memory had to be made. Throws std::bad_alloc.
  bool reserve(size_t bytes) {
    if (bytes <= size_) return false;
    data_.reset(static_cast<uint8_t*>(::operator new[](bytes, std::align_val_t{64})));
    size_ = bytes;
    return true;
  }

 private:
  struct Free {
    void operator()(uint8_t* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  std::unique_ptr<uint8_t[], Free> data_;
  size_t size_ = 0;
};

/// Jobs [begin, end), in order, on rows [top, bottom) of the plane they write.
struct Task {
  size_t begin, end;
  int top, bottom;
};

struct Run {
  const Ops& ops;
  int row0, row1;
  uint8_t* scratch;

  void operator()(const kernels::FillParams& p) const { ops.fill(p, row0, row1); }
  void operator()(const kernels::CopyParams& p) const { ops.copy(p, row0, row1); }
  void operator()(const kernels::RotateParams& p) const { ops.rotate(p, row0, row1); }
  void operator()(const kernels::ResampleParams& p) const { ops.resample(p, row0, row1, scratch); }
  void operator()(const kernels::ConvertParams& p) const { ops.convert(p, row0, row1); }
  void operator()(const kernels::MaskParams& p) const { ops.mask(p, row0, row1); }
  void operator()(const kernels::BlendParams& p) const { ops.blend(p, row0, row1); }
};

class CpuDevice final : public Device {
 public:
  CpuDevice(int threads, const Ops& ops) : ops_(ops), workers_(threads), scratch_(static_cast<size_t>(threads)) {}

  std::string name() const override { return "cpu"; }
  const Limits& limits() const override { return limits_; }

  Counters counters() const override {
    Counters counters;
    counters.launches = launches_;
    counters.allocations = pool_.made() + scratch_made_;
    return counters;
  }

  Result<std::shared_ptr<media::Frame>> surface(const media::FrameFormat& format) override {
    return pool_.take(format);
  }

  Result<media::FrameRef> download(const media::FrameRef& surface) override { return surface; }

  Result<void> execute(const FramePlan& plan) override {
    try {
      for (const Batch& batch : plan.batches) TESSERA_TRY(execute(batch));
    } catch (const std::bad_alloc&) {
      return fail(Errc::kCapacity, "device.execute", "no memory for scratch rows", true);
    }
    return {};
  }

 private:
  Result<void> execute(const Batch& batch) {
    jobs_.clear();
    for (const Operation& operation : batch.operations) TESSERA_TRY(expand(operation, jobs_));
    if (jobs_.empty()) return {};
    share_out();
    reserve_scratch();
    workers_.run(static_cast<int>(tasks_.size()),
                 [this](int task, int worker) { run(tasks_[static_cast<size_t>(task)], worker); });
    ++launches_;
    return {};
  }

  /// Cuts the jobs into bands of rows. Blends of one plane may overlap: they stay together, in order.
  void share_out() {
    const bool ordered = std::holds_alternative<kernels::BlendParams>(jobs_.front());
    if (ordered) sort_by_target();
    tasks_.clear();
    int64_t samples = 0;
    for (const PlaneJob& job : jobs_) samples += samples_of(job);
    piece_ = std::max<int64_t>(samples / (kPiecesPerThread * workers_.threads()), 1);
    for (size_t begin = 0; begin < jobs_.size();) {
      size_t end = begin + 1;
      Rect rows = rect_of(jobs_[begin]);
      int64_t inside = samples_of(jobs_[begin]);
      int bottom = rows.y + rows.h;
      while (ordered && end < jobs_.size() && target_of(jobs_[end]).data == target_of(jobs_[begin]).data) {
        const Rect more = rect_of(jobs_[end]);
        inside += samples_of(jobs_[end++]);
        rows.y = std::min(rows.y, more.y);
        bottom = std::max(bottom, more.y + more.h);
      }
      cut({begin, end, rows.y, bottom}, inside);
      begin = end;
    }
  }

  /// Stable, and without the memory that std::stable_sort takes; there are few jobs.
  void sort_by_target() {
    for (auto next = jobs_.begin(); next != jobs_.end(); ++next) {
      const auto place = std::upper_bound(jobs_.begin(), next, *next, [](const PlaneJob& a, const PlaneJob& b) {
        return std::less<>{}(target_of(a).data, target_of(b).data);
      });
      std::rotate(place, next, next + 1);
    }
  }

  /// Into bands of about `piece_` samples, as long as they have enough rows.
  void cut(const Task& whole, int64_t samples) {
    const int rows = whole.bottom - whole.top;
    const int most = workers_.threads() == 1 ? 1 : std::max(rows / kLeastBand, 1);
    const int pieces = static_cast<int>(std::clamp<int64_t>((samples + piece_ / 2) / piece_, 1, most));
    for (int i = 0; i < pieces; ++i) {
      tasks_.push_back({whole.begin, whole.end, whole.top + rows * i / pieces, whole.top + rows * (i + 1) / pieces});
    }
  }

  void reserve_scratch() {
    size_t bytes = 0;
    for (const PlaneJob& job : jobs_) {
      if (const auto* p = std::get_if<kernels::ResampleParams>(&job))
        bytes = std::max(bytes, ops_.resample_scratch(*p));
    }
    for (Scratch& scratch : scratch_) scratch_made_ += scratch.reserve(bytes) ? 1 : 0;
  }

  void run(const Task& task, int worker) const {
    for (size_t i = task.begin; i < task.end; ++i) {
      const Rect rect = rect_of(jobs_[i]);
      const int row0 = std::max(task.top, rect.y) - rect.y, row1 = std::min(task.bottom, rect.y + rect.h) - rect.y;
      if (row0 < row1) std::visit(Run{ops_, row0, row1, scratch_[static_cast<size_t>(worker)].data()}, jobs_[i]);
    }
  }

  Limits limits_{8192, true, 1};
  const Ops& ops_;
  SurfacePool pool_;
  Workers workers_;
  std::vector<Scratch> scratch_;
  std::vector<PlaneJob> jobs_;
  std::vector<Task> tasks_;
  int64_t piece_ = 1;  ///< samples of a task of the batch at hand
  std::atomic<int64_t> launches_ = 0, scratch_made_ = 0;
};

}  // namespace

Result<std::unique_ptr<Device>> create(int threads, const Ops& ops) {
  try {
    return std::make_unique<CpuDevice>(threads, ops);
  } catch (const std::system_error&) {
    return fail(Errc::kCapacity, "device.create", "cannot start " + std::to_string(threads) + " threads", true);
  }
}

}  // namespace tessera::device::cpu
