#include "engine/device/cpu/workers.h"

namespace tessera::device::cpu {

Workers::Workers(int threads) {
  try {
    for (int worker = 1; worker < threads; ++worker) pool_.emplace_back([this, worker] { serve(worker); });
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : pool_) thread.join();
    throw;
  }
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : pool_) thread.join();
}

void Workers::run(int tasks, const std::function<void(int, int)>& work) {
  if (pool_.empty() || tasks <= 1) {
    for (int task = 0; task < tasks; ++task) work(task, 0);
    return;
  }
  std::unique_lock lock(mutex_);
  work_ = &work;
  next_ = 0;
  tasks_ = tasks;
  wake_.notify_all();
  take_tasks(lock, 0);
  done_.wait(lock, [this] { return busy_ == 0; });
  work_ = nullptr;
}

void Workers::take_tasks(std::unique_lock<std::mutex>& lock, int worker) {
  while (next_ < tasks_) {
    const int task = next_++;
    ++busy_;
    lock.unlock();
    (*work_)(task, worker);
    lock.lock();
    --busy_;
  }
}

void Workers::serve(int worker) {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || next_ < tasks_; });
    if (stop_) return;
    take_tasks(lock, worker);
    if (busy_ == 0) done_.notify_one();
  }
}

}  // namespace tessera::device::cpu
