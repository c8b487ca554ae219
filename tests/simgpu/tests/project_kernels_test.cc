// One of the project's own kernels, end to end: its embedded fat binary as the module, its CPU build as the code.
#include <gtest/gtest.h>

#include "engine/device/cuda/fatbin.h"
#include "kernels/cuda/jobs.h"
#include "tests/simgpu/tests/driver.h"

namespace tessera::simgpu::test {
namespace {

namespace cuda = kernels::cuda;

template <class T>
CUdeviceptr upload(const Driver& d, const T& value) {
  const CUdeviceptr out = d.allocate(sizeof value);
  EXPECT_EQ(d.f->cuMemcpyHtoD(out, &value, sizeof value), 0);
  return out;
}

constexpr int kStride = 512, kRows = 70;

TEST(SimgpuProjectKernels, FillARectOfAPlane) {
  for (const auto& mode : all_modes()) {
    SCOPED_TRACE(mode.dump());
    const auto outcome = in_process(mode, [](const Driver& d) {
      CUcontext context = d.start();
      CUstream stream = d.stream();
      CUmodule module = nullptr;
      CUfunction move = nullptr;
      EXPECT_EQ(d.f->cuModuleLoadData(&module, device::cuda::fatbin.data()), 0);
      ASSERT_EQ(d.f->cuModuleGetFunction(&move, module, "tessera_move"), 0);
      const CUdeviceptr plane = d.allocate(kStride * kRows);
      const cuda::Area rect{5, 3, 290, 66};
      cuda::MoveJob job;
      job.value = 77;
      job.dst.data = plane;
      job.dst.stride = kStride;
      job.dst.aligned = 1;
      job.rect = rect;
      cuda::Span span;
      span.across = 2;
      CUdeviceptr jobs = upload(d, job), spans = upload(d, span);
      int32_t span_count = 1;
      uint64_t extra = 0;
      void* arguments[] = {&spans, &span_count, &jobs, &extra};
      EXPECT_EQ(d.f->cuLaunchKernel(move, 4, 1, 1, cuda::kThreads, 1, 1, 0, stream, arguments, nullptr), 0);
      EXPECT_EQ(d.f->cuStreamSynchronize(stream), 0);
      const auto now = d.download(plane, kStride * kRows);
      int wrong = 0;
      for (int y = 0; y < kRows; ++y) {
        for (int x = 0; x < kStride; ++x) {
          const bool inside = x >= rect.x && x < rect.x + rect.w && y >= rect.y && y < rect.y + rect.h;
          wrong += now[static_cast<size_t>(y * kStride + x)] != (inside ? 77 : 0xCD);
        }
      }
      EXPECT_EQ(wrong, 0);
      for (CUdeviceptr address : {plane, jobs, spans}) EXPECT_EQ(d.f->cuMemFree(address), 0);
      EXPECT_EQ(d.f->cuModuleUnload(module), 0);
      EXPECT_EQ(d.f->cuStreamDestroy(stream), 0);
      EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
    });
    expect_clean(outcome);
    EXPECT_EQ(outcome.report["kernels"], (nlohmann::json{{"tessera_move", 1}}));
  }
}

TEST(SimgpuProjectKernels, ADriverTakesFatBinariesOfItsOwnMajorVersionAndOlder) {
  const int major = device::cuda::fatbin_cuda_version / 1000;
  for (const auto& [version, code] : {std::pair{major * 1000 - 80, 222}, {major * 1000, 0}, {major * 1000 + 1000, 0}}) {
    SCOPED_TRACE(version);
    expect_clean(in_process({{"driver_version", version}}, [&](const Driver& d) {
      CUcontext context = d.start();
      CUmodule module = nullptr;
      EXPECT_EQ(static_cast<int>(d.f->cuModuleLoadData(&module, device::cuda::fatbin.data())), code);
      if (code == 0) {
        EXPECT_EQ(d.f->cuModuleUnload(module), 0);
      }
      EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
    }));
  }
}

}  // namespace
}  // namespace tessera::simgpu::test
