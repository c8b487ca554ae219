#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "tests/simgpu/cuda/memory.h"
#include "tests/simgpu/cuda/report.h"

namespace tessera::simgpu {
namespace {

thread_local const char* running_kernel = nullptr;

void on_fault(int, siginfo_t* info, void*) {
  signal(SIGSEGV, SIG_DFL);  // the faulting instruction runs again and ends the process as it would have without this
  const auto address = reinterpret_cast<uint64_t>(info->si_addr);
  char text[256];
  int length = 0;
  if (memory::is_device(address))
    length = std::snprintf(text, sizeof text, "simgpu: misuse: the host touched device address 0x%llx\n",
                           static_cast<unsigned long long>(address));
  else if (memory::is_device(address - static_cast<uint64_t>(memory::delta())))
    length = std::snprintf(text, sizeof text, "simgpu: misuse: %s%s touched 0x%llx, which is in no allocation\n",
                           running_kernel ? "kernel " : "device work", running_kernel ? running_kernel : "",
                           static_cast<unsigned long long>(address - static_cast<uint64_t>(memory::delta())));
  if (length > 0 && write(STDERR_FILENO, text, static_cast<size_t>(length)) < 0) return;
}

}  // namespace

void set_running_kernel(const char* name) { running_kernel = name; }

void install_fault_handler() {
  memory::delta();  // made now, not in the handler
  struct sigaction before {};
  if (sigaction(SIGSEGV, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) return;
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace tessera::simgpu
