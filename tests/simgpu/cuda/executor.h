#pragma once
// Work queued on streams: a graph of operations, run eagerly or as late as possible. No lock is held while one runs, so
// operations of different streams run at the same time where different threads wait for them.
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "tests/simgpu/cuda/objects.h"

namespace tessera::simgpu {

struct Op {
  enum class State : uint8_t { kQueued, kRunning, kDone };
  std::function<void()> run;
  std::vector<std::shared_ptr<Op>> after;  ///< must be done before
  State state = State::kQueued;
  std::chrono::steady_clock::time_point finished;
};

namespace executor {

/// Adds a stream to its context's; a blocking stream is ordered with the context's default stream.
void add(CUstream stream);
void remove(CUstream stream);

/// Queues `run` behind all of `stream`'s work. Eager mode runs it before returning.
std::shared_ptr<Op> submit(CUstream stream, std::function<void()> run);

/// What is queued on `waiting` from now on comes after what `event` stands for now.
void wait_event(CUstream waiting, CUevent event);

void record(CUevent event, CUstream stream);
std::shared_ptr<Op> recorded(CUevent event);

bool done(const std::shared_ptr<Op>& op);  ///< true for null
void wait(std::shared_ptr<Op> op);         ///< runs what must come before, then it
void wait(CUstream stream);
void wait(CUcontext context);

/// Runs one operation on the way to `op`: a client that asks again and again gets there.
void step(const std::shared_ptr<Op>& op);

std::shared_ptr<Op> tail(CUstream stream);

/// True when work of `context` is still queued.
bool pending(CUcontext context);

/// True on a thread that is running an operation: driver calls are not permitted there.
bool inside();

}  // namespace executor
}  // namespace tessera::simgpu
