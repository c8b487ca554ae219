// What libcuda.so.1 offers to the simulated video libraries (simgpu.h).
#include <gtest/gtest.h>

#include <cstring>

#include "tests/simgpu/tests/driver.h"

namespace tessera::simgpu::test {
namespace {

using Data = void*(CUdeviceptr, size_t);
using Allocate = CUresult(size_t, CUdeviceptr*);
using Free = CUresult(CUdeviceptr);

TEST(SimgpuSeam, SurfacesAreCountedApartAndBelongToTheEngine) {
  const auto outcome = in_process({{"memory_mb", 1}}, [](const Driver& d) {
    CUdeviceptr surface = 0, second = 0;
    EXPECT_EQ(d.entry<Allocate>("simgpu_allocate")(4096, &surface), 201);
    CUcontext context = d.start();
    EXPECT_EQ(d.entry<Allocate>("simgpu_allocate")(2 << 20, &second), 2);
    EXPECT_EQ(d.entry<Allocate>("simgpu_allocate")(5000, &surface), 0);
    EXPECT_EQ(surface % 512, 0U);
    std::memset(d.entry<Data>("simgpu_data")(surface, 5000), 3, 5000);
    EXPECT_EQ(d.download(surface, 5000), std::vector<unsigned char>(5000, 3));
    EXPECT_EQ(d.entry<Data>("simgpu_data")(surface + 1, 5000), nullptr);
    EXPECT_EQ(d.f->cuMemFree(surface), 1);
    EXPECT_EQ(d.entry<Free>("simgpu_free")(surface), 0);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  });
  EXPECT_EQ(outcome.exit, 0) << outcome.said;
  ASSERT_EQ(outcome.report["misuse"].size(), 2U) << outcome.report["misuse"];
  EXPECT_NE(outcome.report["misuse"][0].get<std::string>().find("runs past the end"), std::string::npos);
  EXPECT_EQ(outcome.report["misuse"][1], "cuMemFree_v2: allocation #1 belongs to a video engine");
  EXPECT_EQ(outcome.report["allocations"], 0);
  EXPECT_EQ(outcome.report["surface_allocations"], 1);
  EXPECT_EQ(outcome.report["leaks"], nlohmann::json::array());
}

TEST(SimgpuSeam, HeldMemoryMustNotBeFreed) {
  for (const bool let_go : {true, false}) {
    const auto outcome = in_process({}, [&](const Driver& d) {
      CUcontext context = d.start();
      const CUdeviceptr a = d.allocate(100);
      d.entry<void(CUdeviceptr, int)>("simgpu_hold")(a + 50, 1);
      if (let_go) d.entry<void(CUdeviceptr, int)>("simgpu_hold")(a + 50, -1);
      EXPECT_EQ(d.f->cuMemFree(a), 0);
      EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
    });
    if (let_go)
      expect_clean(outcome);
    else
      expect_misuse(outcome, "allocation #1 is still registered with a video engine");
  }
}

TEST(SimgpuSeam, AnEnginesWorkIsOrderedWithTheStreams) {
  for (const auto& mode : all_modes()) {
    SCOPED_TRACE(mode.dump());
    expect_clean(in_process(mode, [](const Driver& d) {
      struct Engine {
        unsigned char* data;
        unsigned char seen = 0;
      };
      CUcontext context = d.start();
      CUstream stream = d.stream();
      const CUdeviceptr a = d.allocate(100);
      Engine engine{static_cast<unsigned char*>(d.entry<Data>("simgpu_data")(a, 100))};
      const auto run = [](void* user) {
        auto* e = static_cast<Engine*>(user);
        e->seen = e->data[0]++;
      };
      EXPECT_EQ(d.f->cuMemsetD8Async(a, 41, 100, stream), 0);
      d.entry<void(CUstream, void (*)(void*), void*)>("simgpu_enqueue")(stream, run, &engine);
      EXPECT_EQ(d.add(a, a, a, 100, stream), 0);
      d.entry<void(CUstream)>("simgpu_wait")(stream);
      EXPECT_EQ(engine.seen, 41);
      EXPECT_EQ(engine.data[0], 84);
      EXPECT_EQ(engine.data[1], 82);
      EXPECT_EQ(d.f->cuMemFree(a), 0);
      EXPECT_EQ(d.f->cuStreamDestroy(stream), 0);
      EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
    }));
  }
}

TEST(SimgpuSeam, ALibraryWorksInTheContextItWasGiven) {
  expect_clean(in_process({}, [](const Driver& d) {
    const auto make_current = d.entry<CUcontext(CUcontext)>("simgpu_make_current");
    const auto current = d.entry<CUcontext()>("simgpu_current");
    CUcontext first = d.start(), second = nullptr, popped = nullptr;
    EXPECT_EQ(d.f->cuCtxCreate(&second, 0, 0), 0);
    for (CUcontext wanted : {first, CUcontext{nullptr}}) {
      CUcontext before = make_current(wanted);
      EXPECT_EQ(before, second);
      EXPECT_EQ(current(), wanted);
      make_current(before);
      EXPECT_EQ(current(), second);
    }
    EXPECT_EQ(d.f->cuCtxPopCurrent(&popped), 0);
    EXPECT_EQ(popped, second);
    EXPECT_EQ(current(), first);
    EXPECT_EQ(d.f->cuCtxDestroy(second), 0);
    EXPECT_FALSE(d.entry<bool(CUcontext)>("simgpu_context_alive")(second));
    EXPECT_EQ(d.f->cuCtxDestroy(first), 0);
    EXPECT_EQ(make_current(nullptr), nullptr);
    EXPECT_EQ(d.report()["calls"]["cuCtxPushCurrent_v2"], nullptr);
  }));
}

}  // namespace
}  // namespace tessera::simgpu::test
