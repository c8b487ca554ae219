#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tessera::device::cpu {

/// A few threads that share out the numbered tasks of one call.
/// Thread-safety: one caller at a time.
class Workers {
 public:
  /// @param threads including the caller's: with 1 no thread is started. Throws std::system_error where none can be.
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int threads() const { return static_cast<int>(pool_.size()) + 1; }

  /// Calls work(task, worker) once for every task in 0..tasks-1, worker being in 0..threads()-1 and never used by two
  /// calls at once. Returns when all are done. `work` must not throw.
  void run(int tasks, const std::function<void(int task, int worker)>& work);

 private:
  void serve(int worker);
  void take_tasks(std::unique_lock<std::mutex>& lock, int worker);

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(int, int)>* work_ = nullptr;
  int next_ = 0, tasks_ = 0, busy_ = 0;
  bool stop_ = false;
  std::vector<std::thread> pool_;
};

}  // namespace tessera::device::cpu
