#include "tests/simgpu/cuda/context.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "tests/simgpu/cuda/executor.h"
#include "tests/simgpu/cuda/memory.h"
#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/cuda/report.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu::context {
namespace {

struct State {
  std::mutex mutex;
  std::set<CUcontext> contexts;
  std::set<CUstream> streams;
  std::set<CUevent> events;
  std::set<CUmodule> modules;
  std::map<int, CUcontext> primary;
  int next_id = 0;
  std::atomic<bool> initialized = false;
};

State& state() {
  static State& once = *new State;
  return once;
}

CUstream make_stream(CUcontext context, unsigned flags, int priority, bool is_default) {
  auto* stream = new CUstream_st;
  stream->context = context;
  stream->flags = flags;
  stream->priority = priority;
  stream->is_default = is_default;
  {
    const std::lock_guard lock(state().mutex);
    stream->id = ++state().next_id;
    state().streams.insert(stream);
  }
  executor::add(stream);
  return stream;
}

CUcontext make(int device, unsigned flags, bool primary) {
  auto* context = new CUctx_st;
  context->device = device;
  context->flags = flags;
  context->primary = primary;
  {
    const std::lock_guard lock(state().mutex);
    context->id = ++state().next_id;
    state().contexts.insert(context);
  }
  context->default_stream = make_stream(context, 0, 0, true);
  return context;
}

template <class Handle>
bool contains(const std::set<Handle>& handles, Handle handle) {
  const std::lock_guard lock(state().mutex);
  return handles.contains(handle);
}

template <class Handle>
Handle living(const Call& call, const std::set<Handle>& handles, Handle handle, const char* what) {
  if (!contains(handles, handle)) {
    call.misuse(kInvalidHandle, std::string("not ") + what);
    return nullptr;
  }
  if (!handle->alive) {
    call.misuse(kInvalidHandle, std::string(what) + " was destroyed before");
    return nullptr;
  }
  return handle;
}

template <class Handle>
size_t end_all(const std::set<Handle>& handles, CUcontext context) {
  std::vector<Handle> of_context;
  {
    const std::lock_guard lock(state().mutex);
    for (Handle handle : handles)
      if (handle->context == context && handle->alive) of_context.push_back(handle);
  }
  size_t ended = 0;
  for (Handle handle : of_context) {
    if constexpr (std::is_same_v<Handle, CUstream>)
      if (handle->is_default) continue;
    end(handle);
    ++ended;
  }
  return ended;
}

}  // namespace

void initialize() { state().initialized = true; }
bool initialized() { return state().initialized; }

Stack& stack() {
  thread_local Stack mine;
  return mine;
}

CUcontext current() { return stack().empty() ? nullptr : stack().back(); }
bool known(CUcontext context) { return contains(state().contexts, context); }
bool known_stream(CUstream stream) { return contains(state().streams, stream); }

CUcontext create(int device, unsigned flags) {
  simgpu_live("contexts", 1);
  return make(device, flags, false);
}

CUcontext primary(int device) {
  {
    const std::lock_guard lock(state().mutex);
    const auto found = state().primary.find(device);
    if (found != state().primary.end()) return found->second;
  }
  CUcontext made = make(device, 0, true);
  made->alive = false;
  const std::lock_guard lock(state().mutex);
  return state().primary.emplace(device, made).first->second;
}

void revive(CUcontext primary) {
  primary->alive = true;
  simgpu_live("contexts", 1);
}

void destroy(CUcontext context, const char* call) {
  executor::wait(context);
  const size_t streams = end_all(state().streams, context), events = end_all(state().events, context);
  end_all(state().modules, context);
  const size_t allocations = memory::release_all(context);
  context->alive = false;
  simgpu_live("contexts", -1);
  if (sticky_code() == 0 && allocations + streams + events > 0)
    simgpu_misuse("%s: the context still had %zu allocations, %zu streams, %zu events", call, allocations, streams,
                  events);
  if (simgpu_live_now("contexts") == 0) simgpu_report();  // for processes that end without their exit handlers
}

CUstream new_stream(CUcontext context, unsigned flags, int priority) {
  simgpu_live("streams", 1);
  return make_stream(context, flags, priority, false);
}

CUevent new_event(CUcontext context, unsigned flags) {
  simgpu_live("events", 1);
  auto* event = new CUevent_st;
  event->context = context;
  event->flags = flags;
  const std::lock_guard lock(state().mutex);
  event->id = ++state().next_id;
  state().events.insert(event);
  return event;
}

CUmodule new_module(CUcontext context) {
  simgpu_live("modules", 1);
  auto* module = new CUmod_st;
  module->context = context;
  const std::lock_guard lock(state().mutex);
  state().modules.insert(module);
  return module;
}

void end(CUstream stream) {
  executor::wait(stream);  // work queued on a destroyed stream is still done
  executor::remove(stream);
  stream->alive = false;
  simgpu_live("streams", -1);
}

void end(CUevent event) {
  event->alive = false;
  simgpu_live("events", -1);
}

void end(CUmodule module) {
  module->alive = false;
  simgpu_live("modules", -1);
}

CUstream check(const Call& call, CUstream stream, bool here) {
  const auto legacy = reinterpret_cast<CUstream>(uintptr_t{1});
  if (!stream || stream == legacy) return current()->default_stream;
  stream = living(call, state().streams, stream, "a stream");
  if (stream && here && stream->context != current()) {
    call.misuse(kInvalidHandle, "a stream of another context than the current");
    return nullptr;
  }
  return stream;
}

CUevent check(const Call& call, CUevent event) { return living(call, state().events, event, "an event"); }
CUmodule check(const Call& call, CUmodule module) { return living(call, state().modules, module, "a module"); }

}  // namespace tessera::simgpu::context
