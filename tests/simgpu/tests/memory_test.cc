#include <gtest/gtest.h>
#include <signal.h>

#include <numeric>
#include <set>

#include "tests/simgpu/tests/driver.h"

namespace tessera::simgpu::test {
namespace {

using Bytes = std::vector<unsigned char>;

Bytes counting(size_t n) {
  Bytes out(n);
  std::iota(out.begin(), out.end(), static_cast<unsigned char>(7));
  return out;
}

TEST(SimgpuMemory, CopiesMoveBytesAndAreCounted) {
  const auto outcome = in_process({}, [](const Driver& d) {
    CUcontext context = d.start();
    const Bytes data = counting(1000);
    const CUdeviceptr a = d.upload(data), b = d.allocate(1000);
    EXPECT_EQ(d.f->cuMemcpyDtoD(b, a, 1000), 0);
    EXPECT_EQ(d.download(b, 1000), data);
    CUDA_MEMCPY2D c{};
    c.srcMemoryType = CU_MEMORYTYPE_HOST;
    c.srcHost = data.data();
    c.srcPitch = 100;
    c.srcXInBytes = 3;
    c.srcY = 1;
    c.dstMemoryType = CU_MEMORYTYPE_DEVICE;
    c.dstDevice = b;
    c.dstPitch = 50;
    c.WidthInBytes = 17;
    c.Height = 4;
    EXPECT_EQ(d.f->cuMemcpy2D(&c), 0);
    const Bytes now = d.download(b, 1000);
    for (size_t y = 0; y < 4; ++y)
      for (size_t x = 0; x < 50; ++x)
        EXPECT_EQ(now[y * 50 + x], x < 17 ? data[(y + 1) * 100 + x + 3] : data[y * 50 + x]) << x << "," << y;
    EXPECT_EQ(d.entry<CUresult(CUdeviceptr, unsigned char, size_t)>("cuMemsetD8_v2")(a, 9, 1000), 0);
    EXPECT_EQ(d.download(a, 1000), Bytes(1000, 9));
    EXPECT_EQ(d.f->cuMemFree(a), 0);
    EXPECT_EQ(d.f->cuMemFree(b), 0);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  });
  expect_clean(outcome);
  EXPECT_EQ(outcome.report["bytes"], (nlohmann::json{{"htod", 1068},
                                                     {"htod_pixels", 68},
                                                     {"dtod", 1000},
                                                     {"dtod_pixels", 0},
                                                     {"dtoh", 3000},
                                                     {"dtoh_pixels", 0}}));
  EXPECT_EQ(outcome.report["allocations"], 2);
  EXPECT_EQ(outcome.report["frees"], 2);
  EXPECT_EQ(outcome.report["peak_bytes"], 2000);
  EXPECT_EQ(outcome.report["calls"]["cuMemcpyDtoH_v2"], 3);
}

TEST(SimgpuMemory, FreshMemoryIsPoisonedAndNeverReused) {
  expect_clean(in_process({}, [](const Driver& d) {
    CUcontext context = d.start();
    std::set<CUdeviceptr> seen;
    for (int i = 0; i < 200; ++i) {
      const CUdeviceptr address = d.allocate(5000);
      EXPECT_EQ(address % 256, 0U);
      EXPECT_TRUE(seen.insert(address).second);
      EXPECT_EQ(d.download(address, 5000), Bytes(5000, 0xCD));
      EXPECT_EQ(d.f->cuMemFree(address), 0);
    }
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  }));
}

TEST(SimgpuMemory, ReuseHandsTheSameMemoryOutAgainPoisoned) {
  expect_clean(in_process({{"memory", "reuse"}}, [](const Driver& d) {
    CUcontext context = d.start();
    const CUdeviceptr first = d.upload(counting(5000));
    EXPECT_EQ(d.f->cuMemFree(first), 0);
    const CUdeviceptr second = d.allocate(5000);
    EXPECT_EQ(second, first);
    EXPECT_EQ(d.download(second, 5000), Bytes(5000, 0xCD));
    EXPECT_EQ(d.f->cuMemFree(second), 0);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  }));
}

TEST(SimgpuMemory, PitchedRowsAndTheLimit) {
  expect_clean(in_process({{"memory_mb", 1}}, [](const Driver& d) {
    CUcontext context = d.start();
    CUdeviceptr a = 0, b = 0;
    size_t pitch = 0, available = 0, total = 0;
    EXPECT_EQ(d.f->cuMemAllocPitch(&a, &pitch, 513, 100, 16), 0);
    EXPECT_EQ(pitch, 1024U);
    EXPECT_EQ(d.entry<CUresult(size_t*, size_t*)>("cuMemGetInfo_v2")(&available, &total), 0);
    EXPECT_EQ(total, size_t{1} << 20);
    EXPECT_EQ(available, total - 102400);
    EXPECT_EQ(d.f->cuMemAlloc(&b, available + 1), 2);
    EXPECT_EQ(d.f->cuMemAlloc(&b, available), 0);
    EXPECT_EQ(d.f->cuMemFree(a), 0);
    EXPECT_EQ(d.f->cuMemFree(b), 0);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  }));
}

TEST(SimgpuMemory, TheHostCannotTouchDeviceMemory) {
  const auto outcome = in_process({}, [](const Driver& d) {
    d.start();
    *reinterpret_cast<volatile unsigned char*>(d.allocate(64)) = 1;
  });
  EXPECT_NE(outcome.exit, 0);
#ifndef __SANITIZE_ADDRESS__
  EXPECT_EQ(outcome.signal, SIGSEGV);
  EXPECT_NE(outcome.said.find("the host touched device address"), std::string::npos) << outcome.said;
#endif
}

TEST(SimgpuMemory, AKernelThatLeavesItsMemoryStops) {
  for (const bool after_free : {false, true}) {
    const auto outcome = in_process({}, [&](const Driver& d) {
      d.start();
      CUdeviceptr out = d.allocate(4096);
      uint64_t offset = after_free ? 0 : 4096;
      unsigned char value = 1;
      const CUfunction poke = d.kernel("poke");
      if (after_free) d.f->cuMemFree(out);
      d.launch(poke, nullptr, {&out, &offset, &value});
    });
    EXPECT_NE(outcome.exit, 0);
#ifndef __SANITIZE_ADDRESS__
    EXPECT_EQ(outcome.signal, SIGSEGV);
    EXPECT_NE(outcome.said.find("kernel poke touched"), std::string::npos) << outcome.said;
#endif
  }
}

TEST(SimgpuMemory, BytesJustOutsideAnAllocationAreGuardedToo) {
  for (const int64_t offset : {-1, 100}) {
    const auto outcome = in_process({}, [&](const Driver& d) {
      CUcontext context = d.start();
      CUdeviceptr out = d.allocate(100);
      auto at = static_cast<uint64_t>(offset);
      unsigned char value = 1;
      EXPECT_EQ(d.launch(d.kernel("poke"), nullptr, {&out, &at, &value}), 0);
      EXPECT_EQ(d.f->cuMemFree(out), 0);
      EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
    });
    expect_misuse(outcome, offset < 0 ? "1 bytes before allocation #1" : "1 bytes after allocation #1");
  }
}

TEST(SimgpuMemory, WhatIsNotFreedIsALeak) {
  const auto outcome = in_process({}, [](const Driver& d) {
    d.start();
    d.allocate(100);
    d.stream();
    d.event();
    d.entry<CUresult(void**, size_t, unsigned)>("cuMemHostAlloc");
  });
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_EQ(outcome.report["misuse"], nlohmann::json::array());
  const std::string leaks = outcome.report["leaks"].dump();
  for (const char* what : {"allocations: 1", "contexts: 1", "streams: 1", "events: 1", "allocation #1 of 100 bytes"})
    EXPECT_NE(leaks.find(what), std::string::npos) << what << " in " << leaks;
}

}  // namespace
}  // namespace tessera::simgpu::test
