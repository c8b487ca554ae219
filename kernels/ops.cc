#include "kernels/ops.h"

#include <vector>

#include "kernels/ref/ref.h"
#include "kernels/simd/levels.h"

namespace tessera::kernels {

std::span<const Ops* const> implementations() {
  static constexpr Ops kRef{"ref",        ref::fill,    ref::copy,  ref::rotate,   ref::resample_scratch, ref::resample,
                            ref::convert, ref::mask,    ref::blend, ref::pixelate, ref::blur_scratch,     ref::blur,
                            ref::warp,    ref::tone_map};
  static const std::vector<const Ops*> all = [] {
    std::vector<const Ops*> list{&kRef};
    const auto levels = simd::levels();
    list.insert(list.end(), levels.begin(), levels.end());
    return list;
  }();
  return all;
}

}  // namespace tessera::kernels
