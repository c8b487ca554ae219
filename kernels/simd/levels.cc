#include "kernels/simd/levels.h"

#include <vector>

#include "hwy/targets.h"
#include "kernels/simd/mask.h"
#include "kernels/simd/resample.h"
#include "kernels/simd/rows_vnni.h"

namespace tessera::kernels::simd {
namespace {

/// The functions of one instruction set, its resample on the row kernels that kKernels gives.
#define TESSERA_SIMD_TABLE(name, level, kernels)                                                            \
  Ops {                                                                                                     \
    name, level::fill, level::copy, level::rotate,                                                          \
        [](const ResampleParams& p) { return resample_scratch(kernels(), p); },                             \
        [](const ResampleParams& p, int row0, int row1, uint8_t* scratch) {                                 \
          resample(kernels(), p, row0, row1, scratch);                                                      \
        },                                                                                                  \
        level::convert, mask, level::blend, level::pixelate, level::blur_scratch, level::blur, level::warp, \
        level::tone_map                                                                                     \
  }

#if HWY_ARCH_X86
const RowKernels& vnni_kernels() {
  static const RowKernels kernels = vnni::row_kernels(N_AVX3::row_kernels());
  return kernels;
}

void add_levels(std::vector<const Ops*>& found) {
  static constexpr Ops kSse4 = TESSERA_SIMD_TABLE("sse4", N_SSE4, N_SSE4::row_kernels);
  static constexpr Ops kAvx2 = TESSERA_SIMD_TABLE("avx2", N_AVX2, N_AVX2::row_kernels);
  static constexpr Ops kAvx512 = TESSERA_SIMD_TABLE("avx512", N_AVX3, N_AVX3::row_kernels);
  static constexpr Ops kAvx512Vnni = TESSERA_SIMD_TABLE("avx512vnni", N_AVX3, vnni_kernels);
  const int64_t have = hwy::SupportedTargets();
  if ((have & HWY_SSE4) != 0) found.push_back(&kSse4);
  if ((have & HWY_AVX2) != 0) found.push_back(&kAvx2);
  if ((have & HWY_AVX3) != 0) found.push_back(&kAvx512);
  if ((have & HWY_AVX3) != 0 && vnni::supported()) found.push_back(&kAvx512Vnni);
}
#elif HWY_ARCH_ARM_A64
void add_levels(std::vector<const Ops*>& found) {
  static constexpr Ops kNeon = TESSERA_SIMD_TABLE("neon", N_NEON, N_NEON::row_kernels);
  found.push_back(&kNeon);
}
#else
void add_levels(std::vector<const Ops*>&) {}
#endif

}  // namespace

std::span<const Ops* const> levels() {
  static const std::vector<const Ops*> found = [] {
    std::vector<const Ops*> list;
    add_levels(list);
    return list;
  }();
  return found;
}

}  // namespace tessera::kernels::simd
