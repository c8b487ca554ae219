#pragma once
// Page-locked host memory: what cuMemHostAlloc made and cuMemHostRegister was given.
#include <cstddef>

#include "tests/simgpu/cuda/types.h"

namespace tessera::simgpu::host_memory {

/// Null where no memory can be had. Aligned to pages, right-aligned against a page that faults, filled with poison.
void* allocate(size_t bytes);
bool release(void* address);  ///< false: not from allocate()
CUresult add(void* address, size_t bytes);
CUresult remove(void* address);
bool pinned(const void* address, size_t bytes);

}  // namespace tessera::simgpu::host_memory
