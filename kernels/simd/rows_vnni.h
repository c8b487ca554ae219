#pragma once

#include "kernels/simd/rows.h"

#if defined(__x86_64__)
#define TESSERA_HAS_VNNI 1
#else
#define TESSERA_HAS_VNNI 0
#endif

/// The row kernels for processors with AVX-512 VBMI and VNNI (Intel since Ice Lake, AMD since Zen 4).
namespace tessera::kernels::simd::vnni {

bool supported();
/// @param below the kernels of the level below, for what this one adds nothing to
RowKernels row_kernels(const RowKernels& below);

}  // namespace tessera::kernels::simd::vnni
