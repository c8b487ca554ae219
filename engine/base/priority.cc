#include "engine/base/priority.h"

#include <sys/resource.h>
#include <unistd.h>

namespace tessera {
namespace {

constexpr int kStep = 10;

}  // namespace

void give_way() {
  const auto thread = static_cast<id_t>(::gettid());
  ::setpriority(PRIO_PROCESS, thread, ::getpriority(PRIO_PROCESS, thread) + kStep);
}

}  // namespace tessera
