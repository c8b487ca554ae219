#include "tests/simgpu/nvenc/sessions.h"

namespace tessera::simgpu {
namespace {

struct Sessions {
  std::mutex mutex;
  std::map<void*, std::shared_ptr<Session>> live;
};

Sessions& sessions() {
  static auto* all = new Sessions;
  return *all;
}

}  // namespace

void* open_session(CUcontext context) {
  const std::lock_guard lock(sessions().mutex);
  if (static_cast<int64_t>(sessions().live.size()) >= simgpu_option_int("nvenc_sessions", 8)) return nullptr;
  auto session = std::make_shared<Session>(context);
  void* handle = session.get();
  sessions().live[handle] = std::move(session);
  return handle;
}

std::shared_ptr<Session> find_session(void* handle, const char* call) {
  const std::lock_guard lock(sessions().mutex);
  const auto found = sessions().live.find(handle);
  if (found != sessions().live.end()) return found->second;
  simgpu_misuse("%s: not a live session", call);
  return nullptr;
}

void end_session(void* handle) {
  std::shared_ptr<Session> last;
  const std::lock_guard lock(sessions().mutex);
  if (const auto found = sessions().live.find(handle); found != sessions().live.end()) {
    last = std::move(found->second);
    sessions().live.erase(found);
  }
}

}  // namespace tessera::simgpu
