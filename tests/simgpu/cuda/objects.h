#pragma once
// What the driver's opaque handles point to. Objects are never deleted, so that a stale handle is told from a good one.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/simgpu/cuda/types.h"

namespace tessera::simgpu {
struct Op;
}

struct CUctx_st {
  int id = 0;
  int device = 0;
  std::atomic<unsigned> flags = 0;
  bool primary = false;
  std::atomic<bool> alive = true;
  CUstream default_stream = nullptr;  ///< the legacy default stream
};

struct CUstream_st {
  int id = 0;
  CUcontext context = nullptr;
  unsigned flags = 0;
  int priority = 0;
  std::atomic<bool> alive = true;
  bool is_default = false;
  std::shared_ptr<tessera::simgpu::Op> tail;  ///< what was queued last; guarded by the executor's lock
};

struct CUevent_st {
  int id = 0;
  CUcontext context = nullptr;
  unsigned flags = 0;
  std::atomic<bool> alive = true;
  std::shared_ptr<tessera::simgpu::Op> recorded;  ///< the work it stands for; guarded by the executor's lock
};

struct CUmod_st {
  CUcontext context = nullptr;
  std::atomic<bool> alive = true;
  std::string ptx;  ///< "" for binary images
};

struct CUfunc_st {
  std::string name;
  CUmodule module = nullptr;
  void (*run)(const unsigned grid[3], const unsigned block[3], void** arguments) = nullptr;
  std::vector<unsigned> sizes;  ///< bytes of each parameter
};
