// What runs when: streams, events, waits, the default stream, seeds.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>

#include "tests/simgpu/tests/driver.h"

namespace tessera::simgpu::test {
namespace {

using Bytes = std::vector<unsigned char>;
constexpr size_t kBytes = 512;
const nlohmann::json kLazy = {{"mode", "lazy"}};

CUresult wait_event(const Driver& d, CUstream stream, CUevent event) {
  return d.entry<CUresult(CUstream, CUevent, unsigned)>("cuStreamWaitEvent")(stream, event, 0);
}

unsigned char* pinned(const Driver& d, unsigned char value) {
  void* out = nullptr;
  EXPECT_EQ(d.entry<CUresult(void**, size_t, unsigned)>("cuMemHostAlloc")(&out, kBytes, 0), 0);
  std::memset(out, value, kBytes);
  return static_cast<unsigned char*>(out);
}

void unpin(const Driver& d, void* memory) { EXPECT_EQ(d.entry<CUresult(void*)>("cuMemFreeHost")(memory), 0); }

TEST(SimgpuOrder, LazyWorkReadsPinnedMemoryWhenItRunsAndPageableMemoryAtOnce) {
  for (const bool lazy : {false, true}) {
    expect_clean(in_process({{"mode", lazy ? "lazy" : "eager"}}, [&](const Driver& d) {
      CUcontext context = d.start();
      CUstream stream = d.stream();
      const CUdeviceptr a = d.allocate(kBytes), b = d.allocate(kBytes);
      unsigned char* locked = pinned(d, 1);
      Bytes pageable(kBytes, 1);
      EXPECT_EQ(d.f->cuMemcpyHtoDAsync(a, locked, kBytes, stream), 0);
      EXPECT_EQ(d.f->cuMemcpyHtoDAsync(b, pageable.data(), kBytes, stream), 0);
      std::memset(locked, 2, kBytes);
      pageable.assign(kBytes, 2);
      EXPECT_EQ(d.f->cuStreamSynchronize(stream), 0);
      EXPECT_EQ(d.download(a, kBytes), Bytes(kBytes, lazy ? 2 : 1));
      EXPECT_EQ(d.download(b, kBytes), Bytes(kBytes, 1));
      unpin(d, locked);
      EXPECT_EQ(d.f->cuMemFree(a), 0);
      EXPECT_EQ(d.f->cuMemFree(b), 0);
      EXPECT_EQ(d.f->cuStreamDestroy(stream), 0);
      EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
    }));
  }
}

constexpr int kWrongBytes = 7;

/// Two uploads on one stream, their sum on another; `wait` orders them, or does not. Exit kWrongBytes for a wrong sum.
Outcome sum_on_two_streams(const nlohmann::json& mode, bool wait) {
  return in_process(mode, [&](const Driver& d) {
    CUcontext context = d.start();
    CUstream uploads = d.stream(), sums = d.stream();
    CUevent uploaded = d.event();
    const CUdeviceptr a = d.allocate(kBytes), b = d.allocate(kBytes), out = d.allocate(kBytes);
    unsigned char *one = pinned(d, 1), *two = pinned(d, 2);
    for (int round = 0; round < 3; ++round) {
      EXPECT_EQ(d.f->cuMemcpyHtoDAsync(a, one, kBytes, uploads), 0);
      EXPECT_EQ(d.f->cuMemcpyHtoDAsync(b, two, kBytes, uploads), 0);
      EXPECT_EQ(d.f->cuEventRecord(uploaded, uploads), 0);
      if (wait) {
        EXPECT_EQ(wait_event(d, sums, uploaded), 0);
      }
      EXPECT_EQ(d.add(out, a, b, kBytes, sums), 0);
      EXPECT_EQ(d.f->cuStreamSynchronize(sums), 0);
      if (d.download(out, kBytes) != Bytes(kBytes, 3)) std::exit(kWrongBytes);
    }
    for (CUdeviceptr address : {a, b, out}) EXPECT_EQ(d.f->cuMemFree(address), 0);
    for (unsigned char* memory : {one, two}) unpin(d, memory);
    EXPECT_EQ(d.f->cuEventDestroy(uploaded), 0);
    EXPECT_EQ(d.f->cuStreamDestroy(uploads), 0);
    EXPECT_EQ(d.f->cuStreamDestroy(sums), 0);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  });
}

TEST(SimgpuOrder, AWaitBetweenStreamsGivesTheRightBytesInEveryMode) {
  for (const auto& mode : all_modes()) {
    SCOPED_TRACE(mode.dump());
    const auto outcome = sum_on_two_streams(mode, true);
    expect_clean(outcome);
    EXPECT_EQ(outcome.report["launches"], 3);
    EXPECT_EQ(outcome.report["kernels"]["add"], 3);
  }
}

TEST(SimgpuOrder, AMissingWaitIsHiddenByEagerAndExposedByLazyMode) {
  EXPECT_EQ(sum_on_two_streams({{"mode", "eager"}}, false).exit, 0);
  EXPECT_EQ(sum_on_two_streams(kLazy, false).exit, kWrongBytes);
  int exposed = 0;
  for (int seed = 1; seed <= 12; ++seed)
    exposed += sum_on_two_streams({{"mode", "lazy"}, {"seed", seed}}, false).exit == kWrongBytes;
  EXPECT_GT(exposed, 0);
}

TEST(SimgpuOrder, AnEventStandsForWhatWasQueuedWhenItWasRecorded) {
  expect_clean(in_process(kLazy, [](const Driver& d) {
    CUcontext context = d.start();
    CUstream stream = d.stream();
    CUevent event = d.event();
    EXPECT_EQ(d.f->cuEventQuery(event), 0);  // never recorded: nothing to wait for
    const CUdeviceptr a = d.allocate(kBytes);
    unsigned char* back = pinned(d, 0);
    EXPECT_EQ(d.f->cuMemsetD8Async(a, 5, kBytes, stream), 0);
    EXPECT_EQ(d.f->cuMemcpyDtoHAsync(back, a, kBytes, stream), 0);
    EXPECT_EQ(d.f->cuEventRecord(event, stream), 0);
    EXPECT_EQ(d.f->cuMemsetD8Async(a, 6, kBytes, stream), 0);
    EXPECT_EQ(d.f->cuMemcpyDtoHAsync(back, a, kBytes, stream), 0);
    EXPECT_EQ(back[0], 0);
    EXPECT_EQ(d.f->cuEventSynchronize(event), 0);
    EXPECT_EQ(back[kBytes - 1], 5);
    EXPECT_EQ(d.f->cuStreamQuery(stream), 600);
    int asked = 0;
    while (d.f->cuStreamQuery(stream) == 600 && asked < 10) ++asked;
    EXPECT_LT(asked, 10);
    EXPECT_EQ(back[kBytes - 1], 6);
    unpin(d, back);
    EXPECT_EQ(d.f->cuMemFree(a), 0);
    EXPECT_EQ(d.f->cuEventDestroy(event), 0);
    EXPECT_EQ(d.f->cuStreamDestroy(stream), 0);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  }));
}

TEST(SimgpuOrder, TheDefaultStreamWaitsForBlockingStreamsOnly) {
  for (const unsigned flags : {0U, unsigned{CU_STREAM_NON_BLOCKING}}) {
    expect_clean(in_process(kLazy, [&](const Driver& d) {
      CUcontext context = d.start();
      CUstream stream = d.stream(flags);
      const CUdeviceptr a = d.allocate(kBytes);
      EXPECT_EQ(d.f->cuMemsetD8Async(a, 5, kBytes, stream), 0);
      EXPECT_EQ(d.download(a, kBytes), Bytes(kBytes, flags ? 0xCD : 5));  // a blocking copy, on the default stream
      EXPECT_EQ(d.f->cuStreamDestroy(stream), 0);
      EXPECT_EQ(d.download(a, kBytes), Bytes(kBytes, 5));  // a destroyed stream's work is still done
      EXPECT_EQ(d.f->cuMemFree(a), 0);
      EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
    }));
  }
}

TEST(SimgpuOrder, GivingMemoryBackWaitsForQueuedWorkAndIsCounted) {
  const auto outcome = in_process(kLazy, [](const Driver& d) {
    CUcontext context = d.start();
    CUstream stream = d.stream();
    const CUdeviceptr a = d.allocate(kBytes);
    EXPECT_EQ(d.f->cuMemsetD8Async(a, 5, kBytes, stream), 0);
    EXPECT_EQ(d.f->cuMemFree(a), 0);
    EXPECT_EQ(d.f->cuStreamDestroy(stream), 0);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  });
  expect_clean(outcome);
  EXPECT_EQ(outcome.report["implicit_waits"], 1);
}

TEST(SimgpuOrder, CallbacksComeByThemselvesAndMayNotCallTheDriver) {
  for (const char* mode : {"eager", "lazy"}) {
    const auto outcome = in_process({{"mode", mode}}, [](const Driver& d) {
      struct Seen {
        const Driver* driver;
        std::atomic<int> code;
      } seen{&d, {-1}};
      CUcontext context = d.start();
      CUstream stream = d.stream();
      const auto callback = [](CUstream, CUresult, void* user) {
        auto* to = static_cast<Seen*>(user);
        int count = 0;
        to->code = to->driver->f->cuDeviceGetCount(&count);
      };
      EXPECT_EQ(d.f->cuStreamAddCallback(stream, callback, &seen, 0), 0);
      while (seen.code < 0) sched_yield();
      EXPECT_EQ(seen.code, 800);
      EXPECT_EQ(d.f->cuStreamDestroy(stream), 0);
      EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
    });
    expect_misuse(outcome, "cuDeviceGetCount: called from a stream's callback");
  }
}

TEST(SimgpuOrder, AClientThatNeverWaitsDoesNotFillTheMemory) {
  expect_clean(in_process(kLazy, [](const Driver& d) {
    CUcontext context = d.start();
    CUstream stream = d.stream();
    const Bytes data(1 << 16, 1);
    const CUdeviceptr a = d.allocate(data.size());
    for (int i = 0; i < 10000; ++i) d.f->cuMemcpyHtoDAsync(a, data.data(), data.size(), stream);  // 640 MB staged
    EXPECT_EQ(d.f->cuMemFree(a), 0);
    EXPECT_EQ(d.f->cuStreamDestroy(stream), 0);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  }));
}

}  // namespace
}  // namespace tessera::simgpu::test
