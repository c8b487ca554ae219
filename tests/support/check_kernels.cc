#include "tests/support/check_kernels.h"

#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "engine/device/cuda/kernels.h"
#include "engine/device/cuda/memory.h"
#include "kernels/cuda/batch.h"
#include "kernels/ref/ref.h"
#include "kernels/ref/tone.h"
#include "kernels/tone.h"
#include "tests/ops/planes.h"

namespace tessera {
namespace {

using device::cuda::Context;
using device::cuda::DeviceMemory;
using kernels::ConstPlane;
using kernels::Plane;
using kernels::TestPlane;

constexpr uint8_t kSlack = 0xCD;

int bytes_of(int depth) { return depth > 8 ? 2 : 1; }

/// A plane in the GPU's memory, begun and pitched so that rows are sometimes aligned for wide accesses and sometimes
/// not.
struct Placed {
  std::shared_ptr<DeviceMemory> memory;
  std::vector<uint8_t> bytes;  ///< what is in it
  size_t start = 0, pitch = 0;
  uint8_t* data() const { return reinterpret_cast<uint8_t*>(memory->address() + start); }
};

/// A plane that the GPU has written, and what it should be.
struct Written {
  Placed placed;
  TestPlane want;
  const char* operation;
};

class Seed {
 public:
  Seed(std::shared_ptr<Context> context, device::cuda::Kernels& kernels, uint32_t seed)
      : context_(std::move(context)), kernels_(kernels), noise_(seed), seed_(seed) {}

  Result<void> run(KernelFindings& findings) {
    TESSERA_TRY_ASSIGN(const auto current, context_->enter());
    for (int i = 0; i < 2; ++i) {
      TESSERA_TRY(add_pixelate());
      TESSERA_TRY(add_blur());
      TESSERA_TRY(add_warp());
      TESSERA_TRY(add_tone_map());
    }
    kernels::cuda::Launches launches;
    batch_.take(launches);
    TESSERA_TRY(launch(launches));
    for (Written& plane : written_) TESSERA_TRY(compare(plane, findings));
    return {};
  }

 private:
  int between(int least, int most) { return least + noise_.below(most - least + 1); }
  int depth() { return noise_.below(2) == 0 ? 8 : 10; }
  TestPlane plane(int width, int height, int depth) {
    return kernels::noise_plane(width, height, depth, seed_ * 1000 + ++planes_);
  }
  kernels::Rect rect_in(const TestPlane& plane) {
    kernels::Rect r;
    r.x = noise_.below(plane.width());
    r.y = noise_.below(plane.height());
    r.w = between(1, plane.width() - r.x);
    r.h = between(1, plane.height() - r.y);
    return r;
  }

  Result<std::shared_ptr<DeviceMemory>> upload(const void* data, size_t bytes) {
    TESSERA_TRY_ASSIGN(auto memory, DeviceMemory::allocate(context_, bytes));
    TESSERA_TRY(TESSERA_CU(context_->api(), cuMemcpyHtoDAsync, memory->address(), data, bytes, context_->stream()));
    TESSERA_TRY(context_->finish());
    kept_.push_back(memory);
    return memory;
  }

  Result<Placed> place(const ConstPlane& from) {
    const size_t row = static_cast<size_t>(from.width) * static_cast<size_t>(bytes_of(from.depth));
    const bool aligned = noise_.below(2) == 0;
    Placed to;
    to.start = static_cast<size_t>(aligned ? 16 * between(0, 2) : 2 * between(0, 7));
    to.pitch = aligned ? (row + 15) / 16 * 16 + static_cast<size_t>(16 * between(0, 2))
                       : (row + 1) / 2 * 2 + static_cast<size_t>(2 * between(0, 4));
    to.bytes.assign(to.start + to.pitch * static_cast<size_t>(from.height) + 64, kSlack);
    for (int y = 0; y < from.height; ++y) {
      std::memcpy(to.bytes.data() + to.start + static_cast<size_t>(y) * to.pitch, from.data + y * from.stride, row);
    }
    TESSERA_TRY_ASSIGN(to.memory, upload(to.bytes.data(), to.bytes.size()));
    return to;
  }

  Result<ConstPlane> source(const TestPlane& plane) {
    TESSERA_TRY_ASSIGN(const Placed placed, place(plane.reader()));
    ConstPlane out = plane.reader();
    out.data = placed.data();
    out.stride = static_cast<ptrdiff_t>(placed.pitch);
    return out;
  }

  /// @param before what is there, @param want what should be afterwards
  Result<Plane> destination(TestPlane before, TestPlane want, const char* operation) {
    TESSERA_TRY_ASSIGN(Placed placed, place(before.reader()));
    Plane out = before.writer();
    out.data = placed.data();
    out.stride = static_cast<ptrdiff_t>(placed.pitch);
    written_.push_back({std::move(placed), std::move(want), operation});
    return out;
  }

  Result<void> add_pixelate() {
    const TestPlane src = plane(between(1, 300), between(1, 120), depth());
    const TestPlane before = plane(src.width(), src.height(), src.max() > 255 ? 10 : 8);
    TestPlane want = before;
    kernels::PixelateParams p{src.reader(), want.writer(), rect_in(src), between(1, 60), between(1, 60)};
    kernels::ref::pixelate(p, 0, p.rect.h);
    TESSERA_TRY_ASSIGN(p.src, source(src));
    TESSERA_TRY_ASSIGN(p.dst, destination(before, std::move(want), "pixelate"));
    batch_.add(p);
    return {};
  }

  Result<void> add_blur() {
    const TestPlane src = plane(between(1, 300), between(1, 120), depth());
    const TestPlane before = plane(src.width(), src.height(), src.max() > 255 ? 10 : 8);
    TestPlane want = before;
    kernels::BlurParams p{src.reader(), want.writer(), rect_in(src), between(1, 80)};
    std::vector<uint64_t> scratch(kernels::ref::blur_scratch(p) / sizeof(uint64_t) + 1);
    kernels::ref::blur(p, 0, p.rect.h, reinterpret_cast<uint8_t*>(scratch.data()));
    TESSERA_TRY_ASSIGN(p.src, source(src));
    TESSERA_TRY_ASSIGN(p.dst, destination(before, std::move(want), "blur"));
    TESSERA_TRY_ASSIGN(auto between_passes, DeviceMemory::allocate(context_, kernels::cuda::blur_scratch(p)));
    batch_.add(p, between_passes->address());
    kept_.push_back(std::move(between_passes));
    return {};
  }

  Result<void> add_warp() {
    const int depth_here = depth(), width = between(1, 300), height = between(1, 120);
    const bool chroma = noise_.below(2) == 0;
    const TestPlane src = plane(between(1, 200), between(1, 200), depth_here);
    const TestPlane before = plane(chroma ? (width + 1) / 2 : width, chroma ? (height + 1) / 2 : height, depth_here);
    TestPlane want = before;
    kernels::WarpParams p;
    p.src = src.reader();
    p.dst = want.writer();
    p.rect = rect_in(before);
    p.from = {between(-200000, 200000), between(-100000, 100000),          between(-100000, 100000),
              between(-200000, 200000), int64_t{between(-100, 100)} << 14, int64_t{between(-100, 100)} << 14};
    p.nothing = noise_.below(before.max() + 1);
    p.chroma = chroma;
    p.width = width;
    p.height = height;
    kernels::ref::warp(p, 0, p.rect.h);
    TESSERA_TRY_ASSIGN(p.src, source(src));
    TESSERA_TRY_ASSIGN(p.dst, destination(before, std::move(want), "warp"));
    batch_.add(p);
    return {};
  }

  Result<void> add_tone_map() {
    const kernels::ToneTables tables = kernels::make_tone_tables(
        noise_.below(2) == 0 ? kernels::HdrTransfer::kPq : kernels::HdrTransfer::kHlg, between(300, 4000));
    const kernels::ToneTable view = tables.view();
    TESSERA_TRY_ASSIGN(const auto light, upload(view.light, (kernels::ref::kToneSignal + 1) * sizeof(int32_t)));
    TESSERA_TRY_ASSIGN(const auto display, upload(view.display, (kernels::ref::kToneEntries + 1) * sizeof(int16_t)));
    const kernels::ToneTable on_device{reinterpret_cast<const int32_t*>(light->address()),
                                       reinterpret_cast<const int16_t*>(display->address())};
    const int width = between(1, 300), height = between(1, 120), depth_here = depth();
    const TestPlane y = plane(width, height, 10), u = plane((width + 1) / 2, (height + 1) / 2, 10);
    const TestPlane v = plane(u.width(), u.height(), 10);
    TESSERA_TRY_ASSIGN(const ConstPlane on_y, source(y));
    TESSERA_TRY_ASSIGN(const ConstPlane on_u, source(u));
    TESSERA_TRY_ASSIGN(const ConstPlane on_v, source(v));
    for (int i = 0; i < 3; ++i) {
      const TestPlane& like = i == 0 ? y : u;
      const TestPlane before = plane(like.width(), like.height(), depth_here);
      TestPlane want = before;
      kernels::ToneMapParams p{y.reader(), u.reader(), v.reader(), want.writer(), {0, 0, like.width(), like.height()},
                               i,          view};
      kernels::ref::tone_map(p, 0, p.rect.h);
      TESSERA_TRY_ASSIGN(const Plane dst, destination(before, std::move(want), "tone_map"));
      batch_.add(kernels::ToneMapParams{on_y, on_u, on_v, dst, p.rect, i, on_device});
    }
    return {};
  }

  Result<void> launch(const kernels::cuda::Launches& launches) {
    TESSERA_TRY_ASSIGN(const auto parameters, upload(launches.parameters.data(), launches.parameters.size()));
    for (const kernels::cuda::Launch& l : launches.launches) {
      TESSERA_TRY_ASSIGN(CUfunction function, kernels_.get(l.kernel));
      kernels::cuda::Arguments arguments = l.arguments(parameters->address());
      TESSERA_TRY(TESSERA_CU(context_->api(), cuLaunchKernel, function, l.grid[0], l.grid[1], l.grid[2], l.block[0],
                             l.block[1], l.block[2], 0, context_->stream(), arguments.pointers().data(), nullptr));
    }
    return context_->finish();
  }

  /// Samples, and the slack about them, which nothing may touch.
  Result<void> compare(Written& plane, KernelFindings& findings) {
    Placed& placed = plane.placed;
    std::vector<uint8_t> got(placed.bytes.size());
    TESSERA_TRY(TESSERA_CU(context_->api(), cuMemcpyDtoHAsync, got.data(), placed.memory->address(), got.size(),
                           context_->stream()));
    TESSERA_TRY(context_->finish());
    const ConstPlane want = plane.want.reader();
    const size_t row = static_cast<size_t>(want.width) * static_cast<size_t>(bytes_of(want.depth));
    for (int y = 0; y < want.height; ++y) {
      std::memcpy(placed.bytes.data() + placed.start + static_cast<size_t>(y) * placed.pitch,
                  want.data + y * want.stride, row);
    }
    ++findings.planes;
    if (got == placed.bytes) return {};
    if (++findings.different <= 10) std::printf("seed %u, %s: other bytes than kernels/ref\n", seed_, plane.operation);
    return {};
  }

  std::shared_ptr<Context> context_;
  device::cuda::Kernels& kernels_;
  kernels::Noise noise_;
  uint32_t seed_, planes_ = 0;
  kernels::cuda::Batch batch_;
  std::vector<std::shared_ptr<DeviceMemory>> kept_;
  std::vector<Written> written_;
};

}  // namespace

Result<KernelFindings> check_kernels(uint32_t first, uint32_t last) {
  TESSERA_TRY_ASSIGN(const auto context, Context::create());
  TESSERA_TRY_ASSIGN(const auto loaded, device::cuda::Kernels::load(context));
  KernelFindings findings;
  for (uint32_t seed = first; seed <= last; ++seed) TESSERA_TRY(Seed(context, *loaded, seed).run(findings));
  return findings;
}

}  // namespace tessera
