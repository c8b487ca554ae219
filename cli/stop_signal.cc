#include "cli/stop_signal.h"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <stop_token>
#include <thread>

namespace tessera::cli {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

struct StopSignal::Impl {
  std::jthread thread;
};

StopSignal::StopSignal(std::function<void()> on_stop) : impl_(std::make_unique<Impl>()) {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  impl_->thread = std::jthread([set, on_stop = std::move(on_stop)](const std::stop_token& ended) {
    constexpr timespec kPoll{0, 50'000'000};
    while (!ended.stop_requested()) {
      if (sigtimedwait(&set, nullptr, &kPoll) < 0) continue;
      on_stop();
      pthread_sigmask(SIG_UNBLOCK, &set, nullptr);  // here the next one has its usual effect: it ends the process
      while (!ended.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
}

StopSignal::~StopSignal() = default;

}  // namespace tessera::cli
