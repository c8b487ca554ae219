#include <utility>

#include "tests/simgpu/cuda/context.h"
#include "tests/simgpu/cuda/executor.h"
#include "tests/simgpu/cuda/memory.h"
#include "tests/simgpu/cuda/report.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {

namespace {

/// The code for a call at a wrong moment, with the reason; 0 = the moment is right.
std::pair<CUresult, const char*> wrong_moment(Needs needs) {
  if (needs == Needs::kNothing) return {};
  if (forked() && context::initialized()) return {kNotInitialized, "called in a process forked after cuInit"};
  if (!context::initialized()) return {kNotInitialized, "called before cuInit"};
  if (executor::inside()) return {kNotPermitted, "called from a stream's callback"};
  if (needs == Needs::kInit) return {};
  CUcontext current = context::current();
  if (!current) return {kInvalidContext, "no context is current on this thread"};
  if (!current->alive) return {kContextIsDestroyed, "the current context was destroyed"};
  return {};
}

}  // namespace

Call::Call(const char* name, Needs needs, bool sticky_matters) : name_(name) {
  const int before = sticky_code();
  const int injected = simgpu_enter(name);
  const bool only_sticky = injected != 0 && injected == before;
  if (injected != 0 && (sticky_matters || !only_sticky)) code_ = error(injected);
  if (const auto [code, why] = wrong_moment(needs); why) {
    code_ = misuse(code, why);
    mistaken_ = true;
  }
}

CUresult Call::misuse(CUresult result, const std::string& text) const {
  simgpu_misuse("%s: %s", name_, text.c_str());
  return result;
}

}  // namespace tessera::simgpu

using namespace tessera::simgpu;

SIMGPU_EXPORT CUcontext simgpu_current() { return context::current(); }

SIMGPU_EXPORT CUcontext simgpu_make_current(CUcontext context) {
  auto& stack = context::stack();
  CUcontext before = context::current();
  if (stack.empty()) {
    if (context) stack.push_back(context);
  } else if (context || stack.size() > 1) {
    stack.back() = context;  // null in the middle of a stack keeps what lies below for the call that undoes this one
  } else {
    stack.clear();
  }
  return before;
}

SIMGPU_EXPORT bool simgpu_context_alive(CUcontext context) { return context::known(context) && context->alive; }

SIMGPU_EXPORT CUresult simgpu_allocate(size_t bytes, CUdeviceptr* out) {
  CUcontext current = context::current();
  if (!current || !current->alive) return kInvalidContext;
  return memory::allocate(bytes, 512, current, current->device, Kind::kSurface, out);
}

SIMGPU_EXPORT CUresult simgpu_free(CUdeviceptr address) {
  return memory::release(address, Kind::kSurface, "simgpu_free");
}

SIMGPU_EXPORT void* simgpu_data(CUdeviceptr address, size_t bytes) {
  return memory::find(address, bytes, "a video engine") ? memory::data(address) : nullptr;
}

SIMGPU_EXPORT void simgpu_hold(CUdeviceptr address, int delta) { memory::hold(address, delta); }

SIMGPU_EXPORT void simgpu_enqueue(CUstream stream, void (*run)(void*), void* user) {
  if (!stream) {
    CUcontext current = context::current();
    if (!current) return simgpu_misuse("a video engine queued work with no current context");
    stream = current->default_stream;
  }
  executor::submit(stream, [run, user] { run(user); });
}

SIMGPU_EXPORT void simgpu_wait(CUstream stream) {
  if (!stream && context::current()) stream = context::current()->default_stream;
  if (stream) executor::wait(stream);
}

SIMGPU_EXPORT bool simgpu_stream_of(CUstream stream, CUcontext context, const char* call) {
  if (!stream) return true;
  if (context::known_stream(stream) && stream->alive && stream->context == context) return true;
  simgpu_misuse("%s: not a live stream of its context", call);
  return false;
}
