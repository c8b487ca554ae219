#pragma once
// Contexts, the stack of current contexts of each thread, and the check at the door of every call.
#include <string>
#include <vector>

#include "tests/simgpu/cuda/objects.h"

namespace tessera::simgpu {

/// What a call needs before it may begin. kContext implies kInit.
enum class Needs : uint8_t { kNothing, kInit, kContext };

/// Made first in every exported call: counts it, injects faults, checks the order of calls.
class Call {
 public:
  Call(const char* name, Needs needs, bool sticky_matters = true);

  /// Non-zero: return code() and do nothing.
  bool refused() const { return code_ != CUDA_SUCCESS; }

  /// For calls that give something back: an injected error does not stop them, the client's own mistakes do.
  bool mistaken() const { return mistaken_; }
  CUresult code() const { return code_; }
  const char* name() const { return name_; }

  /// A misuse line that begins with the call's name; returns `result`.
  CUresult misuse(CUresult result, const std::string& text) const;

 private:
  const char* name_;
  CUresult code_ = CUDA_SUCCESS;
  bool mistaken_ = false;
};

namespace context {

void initialize();
bool initialized();

CUcontext current();
/// Current contexts of a thread, the last one current. Nothing to destroy: clients call while their thread ends.
class Stack {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  CUcontext& back() { return items_[size_ - 1]; }
  bool push_back(CUcontext context) {
    if (size_ == kDeepest) return false;
    items_[size_++] = context;
    return true;
  }
  void pop_back() { --size_; }
  void clear() { size_ = 0; }

 private:
  static constexpr size_t kDeepest = 256;
  CUcontext items_[kDeepest] = {};
  size_t size_ = 0;
};

Stack& stack();  ///< the calling thread's

bool known(CUcontext context);  ///< a context, alive or not
bool known_stream(CUstream stream);
CUcontext create(int device, unsigned flags);

/// Waits for its work and frees all it has; misuse when the client left something in it (not after a sticky error).
void destroy(CUcontext context, const char* call);

CUcontext primary(int device);  ///< made on first use, not alive until retained
void revive(CUcontext primary);

CUstream new_stream(CUcontext context, unsigned flags, int priority);
CUevent new_event(CUcontext context, unsigned flags);
CUmodule new_module(CUcontext context);

void end(CUstream stream);
void end(CUevent event);
void end(CUmodule module);

/// Null with a misuse line where the handle is not a live one. A null stream is the current context's default stream.
/// With `here`, a stream of another context than the current is refused too.
CUstream check(const Call& call, CUstream stream, bool here);
CUevent check(const Call& call, CUevent event);
CUmodule check(const Call& call, CUmodule module);

}  // namespace context
}  // namespace tessera::simgpu
