#include "kernels/simd/levels.h"

#include <vector>

#include "hwy/targets.h"
#include "kernels/ref/ref.h"
#include "kernels/simd/resample.h"
#include "kernels/simd/rows_vnni.h"

namespace tessera::kernels::simd {
namespace {

/// A table whose resample runs on the row kernels that kKernels gives.
template <const RowKernels& (*kKernels)()>
constexpr Ops table(const char* name) {
  Ops ops{};
  ops.name = name;
  ops.resample_scratch = [](const ResampleParams& p) { return resample_scratch(kKernels(), p); };
  ops.resample = [](const ResampleParams& p, int row0, int row1, uint8_t* scratch) {
    resample(kKernels(), p, row0, row1, scratch);
  };
  ops.fill = ref::fill;
  ops.copy = ref::copy;
  ops.rotate = ref::rotate;
  ops.convert = ref::convert;
  ops.mask = ref::mask;
  ops.blend = ref::blend;
  return ops;
}

#if HWY_ARCH_X86
const RowKernels& vnni_kernels() {
  static const RowKernels kernels = vnni::row_kernels(N_AVX3::row_kernels());
  return kernels;
}

void add_levels(std::vector<const Ops*>& found) {
  static constexpr Ops kSse4 = table<N_SSE4::row_kernels>("sse4");
  static constexpr Ops kAvx2 = table<N_AVX2::row_kernels>("avx2");
  static constexpr Ops kAvx512 = table<N_AVX3::row_kernels>("avx512");
  static constexpr Ops kAvx512Vnni = table<vnni_kernels>("avx512vnni");
  const int64_t have = hwy::SupportedTargets();
  if ((have & HWY_SSE4) != 0) found.push_back(&kSse4);
  if ((have & HWY_AVX2) != 0) found.push_back(&kAvx2);
  if ((have & HWY_AVX3) != 0) found.push_back(&kAvx512);
  if ((have & HWY_AVX3) != 0 && vnni::supported()) found.push_back(&kAvx512Vnni);
}
#elif HWY_ARCH_ARM_A64
void add_levels(std::vector<const Ops*>& found) {
  static constexpr Ops kNeon = table<N_NEON::row_kernels>("neon");
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
