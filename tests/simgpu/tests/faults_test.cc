#include <gtest/gtest.h>
#include <signal.h>

#include "tests/simgpu/tests/driver.h"

namespace tessera::simgpu::test {
namespace {

nlohmann::json fault(const char* call, int nth, int code, bool sticky = false, bool hang = false) {
  return {{"faults", {{{"call", call}, {"nth", nth}, {"code", code}, {"sticky", sticky}, {"hang", hang}}}}};
}

TEST(SimgpuFaults, TheNthCallFailsOnce) {
  const auto outcome = in_process(fault("cuMemAlloc_v2", 2, 2), [](const Driver& d) {
    CUcontext context = d.start();
    CUdeviceptr a[3] = {};
    EXPECT_EQ(d.f->cuMemAlloc(&a[0], 64), 0);
    EXPECT_EQ(d.f->cuMemAlloc(&a[1], 64), 2);
    EXPECT_EQ(d.f->cuMemAlloc(&a[2], 64), 0);
    EXPECT_EQ(d.f->cuMemFree(a[0]), 0);
    EXPECT_EQ(d.f->cuMemFree(a[2]), 0);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  });
  expect_clean(outcome);
  EXPECT_EQ(outcome.report["faults_fired"], nlohmann::json{"cuMemAlloc_v2 (call 2): code 2"});
}

TEST(SimgpuFaults, AStickyErrorStaysAndWhatIsGivenBackIsGone) {
  const auto outcome = in_process(fault("cuStreamSynchronize", 1, 700, true), [](const Driver& d) {
    CUcontext context = d.start();
    CUcontext popped = nullptr;
    CUstream stream = d.stream();
    CUdeviceptr a = d.allocate(64), b = 0;
    int count = 0;
    EXPECT_EQ(d.f->cuStreamSynchronize(stream), 700);
    EXPECT_EQ(d.f->cuMemAlloc(&b, 64), 700);
    EXPECT_EQ(d.f->cuMemcpyDtoH(&count, a, 4), 700);
    EXPECT_EQ(d.f->cuDeviceGetCount(&count), 0);
    EXPECT_EQ(d.f->cuCtxPopCurrent(&popped), 0);
    EXPECT_EQ(d.f->cuCtxPushCurrent(context), 0);
    EXPECT_EQ(d.f->cuMemFree(a), 700);
    EXPECT_EQ(d.f->cuStreamDestroy(stream), 700);
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  });
  expect_clean(outcome);
}

TEST(SimgpuFaults, AHangingCallLeavesAReportBehind) {
  const auto outcome = in_process(
      fault("cuCtxSynchronize", 1, 999, false, true),
      [](const Driver& d) {
        d.start();
        d.entry<CUresult()>("cuCtxSynchronize")();
      },
      3);
  EXPECT_EQ(outcome.signal, SIGKILL);
  ASSERT_TRUE(outcome.report.is_object());
  EXPECT_EQ(outcome.report["faults_fired"], nlohmann::json{"cuCtxSynchronize (call 1): code 999, hangs"});
}

TEST(SimgpuFaults, AMachineWithoutADevice) {
  expect_clean(in_process({{"devices", 0}}, [](const Driver& d) {
    const char* name = nullptr;
    EXPECT_EQ(d.f->cuInit(0), 100);
    EXPECT_EQ(d.f->cuGetErrorName(static_cast<CUresult>(100), &name), 0);
    EXPECT_STREQ(name, "CUDA_ERROR_NO_DEVICE");
  }));
}

TEST(SimgpuFaults, NonsenseInSimgpuEndsTheProcess) {
  for (const nlohmann::json& options : {nlohmann::json{{"mode", "fast"}}, nlohmann::json{{"memory", 3}},
                                        nlohmann::json{{"faults", {{{"nth", 1}}}}}, fault("cuInit", 0, 1)})
    EXPECT_EQ(in_process(options, [](const Driver&) {}).exit, 2) << options;
}

}  // namespace
}  // namespace tessera::simgpu::test
