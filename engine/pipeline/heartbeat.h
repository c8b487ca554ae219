#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace tessera::pipeline {

/// Signs of life that a process gives to the watchdog that started it (watchdog.h), one lane a worker thread: only
/// while device work is under way in a lane may silence there mean that it hangs. Where nothing watches, nothing is
/// told. Thread-safety: all of it.
class Heartbeat {
 public:
  /// @param pipe where to tell; -1: nowhere. Not owned
  explicit Heartbeat(int pipe = -1);

  class Pause;

  /// Device work of one worker, from its making to its end. Not copied; may be used from several threads.
  class Work {
   public:
    explicit Work(Heartbeat& heart);
    ~Work();
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    /// Something was got done: a frame, a packet.
    void beat();

   private:
    friend class Pause;
    void tell(char what) { heart_.tell(what, lane_); }
    Heartbeat& heart_;
    int lane_;
  };

  /// While it lives, a lane waits for something that is not the device's: a file, a network.
  class Pause {
   public:
    explicit Pause(Work& work) : work_(work) { work_.tell('p'); }
    ~Pause() { work_.tell('r'); }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    Work& work_;
  };

  /// All is done and written, and this is the exit code: what hangs from now on, as in a library's end, is not waited
  /// for.
  void finished(int exit_code);

  /// The device failed, and the work with it; another device may do it.
  void device_failed(const std::string& why);

 private:
  friend class Work;
  void tell(char what, int lane);
  void write_all(const std::string& line, bool may_drop);

  int pipe_;
  std::atomic<int> lanes_{0};
};

}  // namespace tessera::pipeline
