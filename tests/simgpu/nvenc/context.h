#pragma once
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {

/// A session works in its own context, whatever is current.
class InContext {
 public:
  explicit InContext(CUcontext context) : before_(simgpu_make_current(context)) {}
  InContext(const InContext&) = delete;
  InContext& operator=(const InContext&) = delete;
  ~InContext() { simgpu_make_current(before_); }

 private:
  CUcontext before_;
};

}  // namespace tessera::simgpu
