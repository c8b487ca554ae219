#include "engine/device/cpu/cpu_device.h"

#include <algorithm>
#include <new>
#include <vector>

#include "engine/device/cpu/bands.h"
#include "engine/device/expand.h"
#include "engine/device/pool.h"

namespace tessera::device::cpu {
namespace {

using kernels::Ops;

/// Memory, 64-byte aligned, grown to the largest need.
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
  CpuDevice(const Ops& ops, int band_rows) : ops_(ops), bands_(band_rows) {}

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
      jobs_.clear();
      batch_ends_.clear();
      for (const Batch& batch : plan.batches) {
        for (const Operation& operation : batch.operations) TESSERA_TRY(expand(operation, jobs_));
        batch_ends_.push_back(jobs_.size());
      }
      reserve_scratch();
      bands_.run(jobs_, batch_ends_, [this](const PlaneJob& job, int row0, int row1) {
        std::visit(Run{ops_, row0, row1, scratch_.data()}, job);
      });
    } catch (const std::bad_alloc&) {
      return fail(Errc::kCapacity, "device.execute", "no memory for scratch rows", true);
    }
    launches_ += static_cast<int64_t>(plan.batches.size());
    return {};
  }

 private:
  void reserve_scratch() {
    size_t bytes = 0;
    for (const PlaneJob& job : jobs_) {
      if (const auto* p = std::get_if<kernels::ResampleParams>(&job))
        bytes = std::max(bytes, ops_.resample_scratch(*p));
    }
    scratch_made_ += scratch_.reserve(bytes) ? 1 : 0;
  }

  Limits limits_{8192, true, 1};
  const Ops& ops_;
  SurfacePool pool_;
  Scratch scratch_;
  std::vector<PlaneJob> jobs_;
  std::vector<size_t> batch_ends_;
  Bands bands_;
  int64_t launches_ = 0, scratch_made_ = 0;
};

}  // namespace

std::unique_ptr<Device> create(const Ops& ops, int band_rows) { return std::make_unique<CpuDevice>(ops, band_rows); }

}  // namespace tessera::device::cpu
