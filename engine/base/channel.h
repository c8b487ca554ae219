#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace tessera {

/// A bounded queue between two stages: the back-pressure of the render loop. Any number of threads on both sides.
///
/// A writer ends it with close(); readers then get what is left and after that nothing. cancel() ends both sides at
/// once and drops what is queued.
template <class T>
class Channel {
 public:
  /// `capacity`: how many values may wait; with 0 each is handed over, so that push() waits for a reader.
  explicit Channel(size_t capacity) : capacity_(capacity) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Waits for room. False where the channel was closed or cancelled: `value` is dropped, the writer should stop.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || queue_.size() < std::max(capacity_, readers_waiting_); });
    if (closed_) return false;
    queue_.push_back(std::move(value));
    filled_.notify_one();
    return true;
  }

  /// Waits for a value. Empty where the channel is closed and drained, or cancelled.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    readers_waiting_ += 1;
    if (capacity_ == 0) room_.notify_one();
    filled_.wait(lock, [&] { return closed_ || !queue_.empty(); });
    readers_waiting_ -= 1;
    if (queue_.empty()) return std::nullopt;
    std::optional<T> value(std::move(queue_.front()));
    queue_.pop_front();
    room_.notify_one();
    return value;
  }

  /// No more values will come. Idempotent.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    filled_.notify_all();
    room_.notify_all();
  }

  /// As close(), and drops what is queued.
  void cancel() {
    std::deque<T> dropped;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(queue_);
    filled_.notify_all();
    room_.notify_all();
  }

 private:
  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable room_;
  std::deque<T> queue_;
  size_t readers_waiting_ = 0;
  bool closed_ = false;
};

}  // namespace tessera
