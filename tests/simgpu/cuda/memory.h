#pragma once
// Device memory. Addresses lie in a window that no host access may touch (PROT_NONE); the bytes lie at a constant
// distance from them, each allocation right-aligned against a page that faults. New memory holds 0xCD.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/simgpu/cuda/types.h"

namespace tessera::simgpu {

constexpr unsigned char kPoison = 0xCD;  ///< fresh device memory
constexpr unsigned char kCanary = 0xFB;  ///< what surrounds an allocation up to the pages' ends

enum class Kind : uint8_t { kClient, kSurface };

/// One live allocation.
struct Allocation {
  CUdeviceptr address = 0;
  size_t bytes = 0;
  CUcontext context = nullptr;
  int device = 0;
  Kind kind = Kind::kClient;
  int holds = 0;       ///< see simgpu_hold()
  int64_t serial = 0;  ///< from 1, never twice
};

namespace memory {

/// Data address minus device address; see kernels' `tessera_kernels_delta`.
int64_t delta();

/// True for every address of the window, allocated or not.
bool is_device(uint64_t address);

CUresult allocate(size_t bytes, size_t alignment, CUcontext context, int device, Kind kind, CUdeviceptr* out);

/// Frees the allocation that starts at `address`. Misuse: not an allocation, freed before, of another kind, held.
CUresult release(CUdeviceptr address, Kind kind, const char* call);

/// Frees all of `context`, as its end does; returns how many of kClient there were.
size_t release_all(CUcontext context);

/// The allocation that holds all of [address, address + bytes), else nullopt after a misuse line that names `call`.
std::optional<Allocation> find(CUdeviceptr address, size_t bytes, const char* call);

/// The same without a misuse line.
std::optional<Allocation> peek(CUdeviceptr address, size_t bytes);

/// The data of a device address; no check.
unsigned char* data(CUdeviceptr address);

void hold(CUdeviceptr address, int delta);
int64_t bytes_in_use(int device);

}  // namespace memory
}  // namespace tessera::simgpu
