#include <gtest/gtest.h>

#include "engine/device/cuda/api.h"
#include "engine/device/cuda/kernels.h"

namespace tessera::device::cuda {
namespace {

CUresult name_of(CUresult error, const char** text) {
  if (error != 700 && error != 2) return CUDA_ERROR_UNKNOWN;
  *text = error == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR_ILLEGAL_ADDRESS";
  return CUDA_SUCCESS;
}

CUresult meaning_of(CUresult error, const char** text) {
  *text = error == 2 ? "out of memory" : nullptr;
  return CUDA_SUCCESS;
}

Api api() {
  Api api;
  api.cuGetErrorName = name_of;
  api.cuGetErrorString = meaning_of;
  return api;
}

TEST(CudaErrors, SayTheCallAndTheCode) {
  EXPECT_TRUE(api().check(CUDA_SUCCESS, "cuMemAlloc"));
  const Error memory = api().check(static_cast<CUresult>(2), "cuMemAlloc").error();
  EXPECT_EQ(memory.code, Errc::kCapacity);
  EXPECT_TRUE(memory.retryable);
  EXPECT_EQ(describe(memory), "device.cuda: cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY (2), out of memory");
  const Error sticky = api().check(static_cast<CUresult>(700), "cuEventSynchronize").error();
  EXPECT_EQ(sticky.code, Errc::kDevice);
  EXPECT_FALSE(sticky.retryable);
  EXPECT_EQ(sticky.detail,
            "cuEventSynchronize: CUDA_ERROR_ILLEGAL_ADDRESS (700); nothing works on this GPU any more in this process");
  EXPECT_EQ(api().check(static_cast<CUresult>(987), "cuInit").error().detail, "cuInit: error (987)");
}

TEST(CudaErrors, OfWorkQueuedEarlierAreSticky) {
  for (const int code : {700, 702, 715, 716, 717, 718, 719}) EXPECT_TRUE(is_sticky(static_cast<CUresult>(code)));
  for (const int code : {1, 2, 100, 201, 400, 600, 801}) EXPECT_FALSE(is_sticky(static_cast<CUresult>(code)));
}

TEST(CudaErrors, OfTheLoaderAreKept) {
  std::string said;
  note_load_failure(&said, "Cannot load %s\n", "cuInit");
  EXPECT_EQ(said, "Cannot load cuInit");
}

TEST(CudaKernels, RunOnTheirGenerationAndLaterOnes) {
  EXPECT_EQ(kernels_for(8, 9), "sm_89");
  EXPECT_EQ(kernels_for(8, 7), "sm_86");
  EXPECT_EQ(kernels_for(7, 5), "sm_75");
  EXPECT_EQ(kernels_for(12, 1), "sm_120");
  EXPECT_EQ(kernels_for(11, 0), "PTX");
  EXPECT_EQ(kernels_for(13, 0), "PTX");
  EXPECT_EQ(kernels_for(7, 2), "");
  EXPECT_EQ(kernels_for(6, 1), "");
}

}  // namespace
}  // namespace tessera::device::cuda
