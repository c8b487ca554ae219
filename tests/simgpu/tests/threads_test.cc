#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tests/simgpu/tests/driver.h"

namespace tessera::simgpu::test {
namespace {

constexpr int kThreads = 4, kRounds = 60;
constexpr size_t kBytes = 3000;

/// One thread's work: its own streams and memory in a shared context, and a byte that all sums carry along.
void work(const Driver& d, CUcontext context, int thread) {
  EXPECT_EQ(d.f->cuCtxPushCurrent(context), 0);
  CUstream up = d.stream(), down = d.stream(thread % 2 ? 0 : CU_STREAM_NON_BLOCKING);
  CUevent uploaded = d.event(), summed = d.event();
  const auto wait = d.entry<CUresult(CUstream, CUevent, unsigned)>("cuStreamWaitEvent");
  std::vector<unsigned char> data(kBytes), back(kBytes);
  for (int round = 0; round < kRounds; ++round) {
    const auto value = static_cast<unsigned char>(thread * kRounds + round);
    data.assign(kBytes, value);
    const CUdeviceptr a = d.allocate(kBytes), out = d.allocate(kBytes);
    EXPECT_EQ(d.f->cuMemcpyHtoDAsync(a, data.data(), kBytes, up), 0);
    EXPECT_EQ(d.f->cuEventRecord(uploaded, up), 0);
    EXPECT_EQ(wait(down, uploaded, 0), 0);
    EXPECT_EQ(d.add(out, a, a, kBytes, down), 0);
    EXPECT_EQ(d.f->cuEventRecord(summed, down), 0);
    EXPECT_EQ(wait(up, summed, 0), 0);
    EXPECT_EQ(d.f->cuMemcpyDtoHAsync(back.data(), out, kBytes, up), 0);
    EXPECT_EQ(d.f->cuStreamSynchronize(up), 0);
    EXPECT_EQ(back, std::vector<unsigned char>(kBytes, static_cast<unsigned char>(2 * value)));
    EXPECT_EQ(d.f->cuMemFree(a), 0);
    EXPECT_EQ(d.f->cuMemFree(out), 0);
  }
  EXPECT_EQ(d.f->cuEventDestroy(uploaded), 0);
  EXPECT_EQ(d.f->cuEventDestroy(summed), 0);
  EXPECT_EQ(d.f->cuStreamDestroy(up), 0);
  EXPECT_EQ(d.f->cuStreamDestroy(down), 0);
}

TEST(SimgpuThreads, ShareAContextInEveryMode) {
  for (const auto& mode : all_modes()) {
    SCOPED_TRACE(mode.dump());
    const auto outcome = in_process(mode, [](const Driver& d) {
      CUcontext context = d.start();
      std::vector<std::thread> threads;
      for (int i = 0; i < kThreads; ++i) threads.emplace_back([&, i] { work(d, context, i); });
      for (auto& thread : threads) thread.join();
      EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
    });
    expect_clean(outcome);
    EXPECT_EQ(outcome.report["launches"], kThreads * kRounds);
    EXPECT_EQ(outcome.report["bytes"]["htod"], kThreads * kRounds * kBytes);
    EXPECT_EQ(outcome.report["bytes"]["dtoh"], kThreads * kRounds * kBytes);
    EXPECT_EQ(outcome.report["allocations"], 2 * kThreads * kRounds);
  }
}

}  // namespace
}  // namespace tessera::simgpu::test
