#pragma once

#include <functional>
#include <memory>

namespace tessera::cli {

/// Calls `on_stop` once, on a thread of its own, when SIGINT or SIGTERM comes while it lives; a second signal ends the
/// process at once, as usual. Make it before any other thread: they inherit the blocked signals.
class StopSignal {
 public:
  explicit StopSignal(std::function<void()> on_stop);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera::cli
