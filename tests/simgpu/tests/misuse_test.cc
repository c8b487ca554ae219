// Every misuse: the code that the call returns, and the line in the report.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "tests/simgpu/tests/driver.h"

namespace tessera::simgpu::test {
namespace {

struct Case {
  const char* name;
  const char* line;  ///< in the misuse line
  int code;
  std::function<CUresult(const Driver&)> act;  ///< the last call's result; a context is current
};

unsigned char host[256];

CUcontext second_context(const Driver& d) {
  CUcontext out = nullptr;
  EXPECT_EQ(d.f->cuCtxCreate(&out, 0, 0), 0);
  return out;
}

CUresult launch(const Driver& d, unsigned grid, unsigned block, unsigned shared) {
  CUdeviceptr a = d.allocate(64);
  int n = 0;
  void* arguments[] = {&a, &a, &a, &n};
  return d.f->cuLaunchKernel(d.kernel("add"), grid, 1, 1, block, 1, 1, shared, nullptr, arguments, nullptr);
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"double free", "freed before", 1,
       [](const Driver& d) {
         const CUdeviceptr a = d.allocate(64);
         d.f->cuMemFree(a);
         return d.f->cuMemFree(a);
       }},
      {"free of the middle", "is not the start of a live allocation", 1,
       [](const Driver& d) { return d.f->cuMemFree(d.allocate(64) + 16); }},
      {"free of host memory", "not device memory", 1,
       [](const Driver& d) { return d.f->cuMemFree(reinterpret_cast<CUdeviceptr>(host)); }},
      {"copy past the end", "runs past the end of allocation #1 of 64 bytes", 1,
       [](const Driver& d) { return d.f->cuMemcpyHtoD(d.allocate(64), host, 65); }},
      {"copy of freed memory", "allocation #1 of 64 bytes was freed before", 1,
       [](const Driver& d) {
         const CUdeviceptr a = d.allocate(64);
         d.f->cuMemFree(a);
         return d.f->cuMemcpyDtoH(host, a, 64);
       }},
      {"host pointer as device address", "not device memory", 1,
       [](const Driver& d) { return d.f->cuMemcpyHtoD(reinterpret_cast<CUdeviceptr>(host), host, 8); }},
      {"device address as host pointer", "a device address where host memory is wanted", 1,
       [](const Driver& d) {
         const CUdeviceptr a = d.allocate(64);
         return d.f->cuMemcpyHtoD(a, reinterpret_cast<void*>(a), 8);
       }},
      {"pitch below width", "the pitch is less than the width", 1,
       [](const Driver& d) {
         CUDA_MEMCPY2D c{};
         c.srcMemoryType = CU_MEMORYTYPE_HOST;
         c.srcHost = host;
         c.srcPitch = c.WidthInBytes = 16;
         c.dstMemoryType = CU_MEMORYTYPE_DEVICE;
         c.dstDevice = d.allocate(64);
         c.dstPitch = 8;
         c.Height = 2;
         return d.f->cuMemcpy2D(&c);
       }},
      {"memory of another context", "memory of another context than the current", 0,
       [](const Driver& d) {
         const CUdeviceptr a = d.allocate(64);
         second_context(d);
         return d.f->cuMemcpyHtoD(a, host, 64);
       }},
      {"stream of another context", "a stream of another context than the current", 400,
       [](const Driver& d) {
         CUstream stream = d.stream();
         second_context(d);
         return d.f->cuMemsetD8Async(d.allocate(64), 0, 64, stream);
       }},
      {"event and stream of different contexts", "event and stream of different contexts", 400,
       [](const Driver& d) {
         CUevent event = d.event();
         second_context(d);
         return d.f->cuEventRecord(event, d.stream());
       }},
      {"destroyed stream", "a stream was destroyed before", 400,
       [](const Driver& d) {
         CUstream stream = d.stream();
         d.f->cuStreamDestroy(stream);
         return d.f->cuStreamSynchronize(stream);
       }},
      {"an event that is none", "not an event", 400,
       [](const Driver& d) { return d.f->cuEventSynchronize(reinterpret_cast<CUevent>(host)); }},
      {"destroyed event", "an event was destroyed before", 400,
       [](const Driver& d) {
         CUevent event = d.event();
         d.f->cuEventDestroy(event);
         return d.f->cuEventQuery(event);
       }},
      {"context destroyed twice", "the context was destroyed before", 709,
       [](const Driver& d) {
         CUcontext context = second_context(d);
         d.f->cuCtxDestroy(context);
         return d.f->cuCtxDestroy(context);
       }},
      {"context with something in it", "still had 2 allocations, 1 streams, 0 events", 0,
       [](const Driver& d) {
         CUcontext context = second_context(d);
         d.allocate(64);
         d.allocate(64);
         d.stream();
         return d.f->cuCtxDestroy(context);
       }},
      {"no context on this thread", "no context is current on this thread", 201,
       [](const Driver& d) {
         CUresult result{};
         std::thread([&] { result = d.f->cuStreamSynchronize(nullptr); }).join();
         return result;
       }},
      {"current context destroyed elsewhere", "the current context was destroyed", 709,
       [](const Driver& d) {
         CUcontext context = second_context(d);
         std::thread([&] { d.f->cuCtxDestroy(context); }).join();
         return d.f->cuStreamSynchronize(nullptr);
       }},
      {"primary context never retained", "the primary context was not retained", 201,
       [](const Driver& d) { return d.f->cuDevicePrimaryCtxRelease(0); }},
      {"an image that is none", "neither a fatbin, nor a cubin, nor PTX", 200,
       [](const Driver& d) {
         CUmodule module = nullptr;
         return d.f->cuModuleLoadData(&module, "nothing");
       }},
      {"empty grid", "an empty grid or block", 1, [](const Driver& d) { return launch(d, 0, 32, 0); }},
      {"large block", "more threads than a block may have", 1, [](const Driver& d) { return launch(d, 1, 1025, 0); }},
      {"shared memory", "more shared memory", 1, [](const Driver& d) { return launch(d, 1, 32, 49153); }},
      {"call in a forked child", "called in a process forked after cuInit", 3,
       [](const Driver& d) {
         const pid_t child = fork();
         if (child == 0) _exit(d.f->cuStreamSynchronize(nullptr));
         int status = 0;
         waitpid(child, &status, 0);
         // Said by the child; the parent says it too, so that its report has it.
         d.entry<void(const char*, ...)>("simgpu_misuse")("child: called in a process forked after cuInit");
         return static_cast<CUresult>(WEXITSTATUS(status));
       }},
  };
  return all;
}

TEST(SimgpuMisuse, IsAnsweredAndReported) {
  for (const auto& one : cases()) {
    for (const char* mode : {"eager", "lazy"}) {
      SCOPED_TRACE(std::string(one.name) + ", " + mode);
      const auto outcome = in_process({{"mode", mode}}, [&](const Driver& d) {
        d.start();
        EXPECT_EQ(one.act(d), one.code);
      });
      expect_misuse(outcome, one.line);
    }
  }
}

TEST(SimgpuMisuse, BeforeInitAndRepeated) {
  const auto outcome = in_process({}, [](const Driver& d) {
    int count = 0;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(d.f->cuDeviceGetCount(&count), 3);
    EXPECT_EQ(d.f->cuInit(0), 0);
    EXPECT_EQ(d.f->cuDeviceGetCount(&count), 0);
    EXPECT_EQ(count, 1);
  });
  expect_misuse(outcome, "cuDeviceGetCount: called before cuInit (3 times)");
}

TEST(SimgpuMisuse, PrimaryContextsHaveFlagsAndAreCounted) {
  expect_clean(in_process({}, [](const Driver& d) {
    unsigned flags = 99;
    int active = 99;
    CUcontext first = nullptr, second = nullptr;
    EXPECT_EQ(d.f->cuInit(0), 0);
    EXPECT_EQ(d.f->cuDevicePrimaryCtxGetState(0, &flags, &active), 0);
    EXPECT_EQ(flags, 0U);
    EXPECT_EQ(active, 0);
    EXPECT_EQ(d.f->cuDevicePrimaryCtxSetFlags(0, CU_CTX_SCHED_BLOCKING_SYNC), 0);
    EXPECT_EQ(d.f->cuDevicePrimaryCtxRetain(&first, 0), 0);
    EXPECT_EQ(d.f->cuDevicePrimaryCtxRetain(&second, 0), 0);
    EXPECT_EQ(first, second);
    EXPECT_EQ(d.f->cuDevicePrimaryCtxSetFlags(0, 0), 708);
    EXPECT_EQ(d.f->cuDevicePrimaryCtxGetState(0, &flags, &active), 0);
    EXPECT_EQ(flags, unsigned{CU_CTX_SCHED_BLOCKING_SYNC});
    EXPECT_EQ(active, 1);
    EXPECT_EQ(d.f->cuDevicePrimaryCtxRelease(0), 0);
    EXPECT_EQ(d.f->cuCtxPushCurrent(first), 0);
    const CUdeviceptr a = d.allocate(64);
    EXPECT_EQ(d.f->cuMemFree(a), 0);
    EXPECT_EQ(d.f->cuCtxPopCurrent(&second), 0);
    EXPECT_EQ(d.f->cuDevicePrimaryCtxRelease(0), 0);
    EXPECT_EQ(d.f->cuDevicePrimaryCtxGetState(0, &flags, &active), 0);
    EXPECT_EQ(active, 0);
  }));
}

TEST(SimgpuMisuse, EntryPointsAreFoundByTheDriverToo) {
  expect_clean(in_process({}, [](const Driver& d) {
    void* found = nullptr;
    auto* look = d.entry<CUresult(const char*, void**, int, uint64_t)>("cuGetProcAddress");
    for (const char* name : {"cuMemAlloc", "cuCtxPushCurrent", "cuStreamDestroy", "cuMemcpy2DAsync"}) {
      EXPECT_EQ(look(name, &found, 12000, 0), 0) << name;
      EXPECT_EQ(found, d.symbol((std::string(name) + "_v2").c_str())) << name;
    }
    EXPECT_EQ(look("cuStreamWaitEvent", &found, 12000, 0), 0);
    EXPECT_EQ(found, d.symbol("cuStreamWaitEvent"));
    EXPECT_EQ(look("cuNoSuchThing", &found, 12000, 0), 500);
    CUmodule module = nullptr;
    CUfunction function = nullptr;
    CUcontext context = d.start();
    EXPECT_EQ(d.f->cuModuleLoadData(&module, ".version 7.0 .entry gone("), 0);
    EXPECT_EQ(d.f->cuModuleGetFunction(&function, module, "gone"), 500);  // in the image, not in the CPU build
    EXPECT_EQ(d.f->cuModuleGetFunction(&function, module, "add"), 500);   // the other way round
    EXPECT_EQ(d.f->cuModuleUnload(module), 0);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  }));
}

}  // namespace
}  // namespace tessera::simgpu::test
