#include "kernels/ops.h"

#include <array>

#include "kernels/ref/ref.h"

namespace tessera::kernels {

std::span<const Ops* const> implementations() {
  static constexpr Ops kRef{"ref",         ref::fill,    ref::copy, ref::rotate, ref::resample_scratch,
                            ref::resample, ref::convert, ref::mask, ref::blend};
  static constexpr std::array<const Ops*, 1> kAll{&kRef};
  return kAll;
}

}  // namespace tessera::kernels
