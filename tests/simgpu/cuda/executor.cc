#include "tests/simgpu/cuda/executor.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>

#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu::executor {
namespace {

struct State {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<CUcontext, std::vector<CUstream>> streams;
  size_t queued = 0;  // operations not yet begun
  std::minstd_rand random{static_cast<uint32_t>(options().seed)};
};

State& state() {
  static State& once = *new State;
  return once;
}

// A real device works off its queue by itself; without a bound, a client that never waits would fill the memory.
constexpr size_t kLongestQueue = 2048;

thread_local int running_here = 0;

bool is_done(const std::shared_ptr<Op>& op) { return !op || op->state == Op::State::kDone; }

bool blocking(CUstream stream) { return !stream->is_default && !(stream->flags & CU_STREAM_NON_BLOCKING); }

size_t choose(State& s, size_t n) { return options().seed ? s.random() % n : 0; }

/// A dependency that is not done yet, or null; forgets those that are.
std::shared_ptr<Op> unmet(State& s, Op& op) {
  std::erase_if(op.after, is_done);
  return op.after.empty() ? nullptr : op.after[choose(s, op.after.size())];
}

/// Under the lock, which is given up while the operation runs.
void run(State& s, std::unique_lock<std::mutex>& lock, Op& op) {
  op.state = Op::State::kRunning;
  --s.queued;
  const auto function = std::move(op.run);
  lock.unlock();
  ++running_here;
  if (function) function();
  --running_here;
  lock.lock();
  op.run = nullptr;
  op.finished = std::chrono::steady_clock::now();
  op.state = Op::State::kDone;
  s.changed.notify_all();
}

/// Runs `target` and all that it needs, in an order that dependencies allow; at most `steps` operations.
void advance(State& s, std::unique_lock<std::mutex>& lock, const std::shared_ptr<Op>& target, size_t steps) {
  std::vector<std::shared_ptr<Op>> path{target};
  while (!path.empty() && steps > 0) {
    const std::shared_ptr<Op> op = path.back();
    if (is_done(op)) {
      path.pop_back();
    } else if (op->state == Op::State::kRunning) {
      s.changed.wait(lock);
    } else if (auto first = unmet(s, *op)) {
      path.push_back(std::move(first));
    } else {
      run(s, lock, *op);
      --steps;
    }
  }
}

std::shared_ptr<Op> enqueue(State& s, CUstream stream, std::function<void()> function) {
  auto op = std::make_shared<Op>();
  op->run = std::move(function);
  const auto after = [&](const std::shared_ptr<Op>& other) {
    if (!is_done(other)) op->after.push_back(other);
  };
  after(stream->tail);
  if (stream->is_default) {
    for (CUstream other : s.streams[stream->context])
      if (blocking(other)) after(other->tail);
  } else if (blocking(stream) && stream->context->default_stream) {
    after(stream->context->default_stream->tail);
  }
  stream->tail = op;
  ++s.queued;
  return op;
}

/// A seed makes some queued work run at any moment, chosen at random: neither at once nor as late as possible.
void wander(State& s, std::unique_lock<std::mutex>& lock, CUcontext context) {
  for (size_t n = s.random() % 3; n > 0; --n) {
    const auto& streams = s.streams[context];
    if (streams.empty()) return;
    const auto target = streams[s.random() % streams.size()]->tail;
    if (!is_done(target)) advance(s, lock, target, 1);
  }
}

}  // namespace

void add(CUstream stream) {
  const std::lock_guard lock(state().mutex);
  state().streams[stream->context].push_back(stream);
}

void remove(CUstream stream) {
  const std::lock_guard lock(state().mutex);
  std::erase(state().streams[stream->context], stream);
}

std::shared_ptr<Op> submit(CUstream stream, std::function<void()> function) {
  State& s = state();
  std::unique_lock lock(s.mutex);
  auto op = enqueue(s, stream, std::move(function));
  if (!options().lazy)
    advance(s, lock, op, SIZE_MAX);
  else if (options().seed)
    wander(s, lock, stream->context);
  if (s.queued > kLongestQueue) advance(s, lock, op, 2);
  return op;
}

void wait_event(CUstream waiting, CUevent event) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (is_done(event->recorded)) return;
  enqueue(s, waiting, nullptr)->after.push_back(event->recorded);
}

void record(CUevent event, CUstream stream) {
  auto op = submit(stream, nullptr);
  const std::lock_guard lock(state().mutex);
  event->recorded = std::move(op);
}

std::shared_ptr<Op> recorded(CUevent event) {
  const std::lock_guard lock(state().mutex);
  return event->recorded;
}

bool done(const std::shared_ptr<Op>& op) {
  const std::lock_guard lock(state().mutex);
  return is_done(op);
}

void wait(std::shared_ptr<Op> op) {
  if (!op) return;
  std::unique_lock lock(state().mutex);
  advance(state(), lock, op, SIZE_MAX);
}

std::shared_ptr<Op> tail(CUstream stream) {
  const std::lock_guard lock(state().mutex);
  return stream->tail;
}

void wait(CUstream stream) { wait(tail(stream)); }

void wait(CUcontext context) {
  std::vector<CUstream> streams;
  {
    const std::lock_guard lock(state().mutex);
    streams = state().streams[context];
  }
  for (CUstream stream : streams) wait(stream);
}

void step(const std::shared_ptr<Op>& op) {
  if (!op) return;
  std::unique_lock lock(state().mutex);
  advance(state(), lock, op, 1);
}

bool pending(CUcontext context) {
  const std::lock_guard lock(state().mutex);
  const auto& streams = state().streams[context];
  return std::any_of(streams.begin(), streams.end(), [](CUstream stream) { return !is_done(stream->tail); });
}

bool inside() { return running_here > 0; }

}  // namespace tessera::simgpu::executor
