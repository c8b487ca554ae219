#pragma once
// The live sessions behind the handles that clients hold.
#include "tests/simgpu/nvenc/session.h"

namespace tessera::simgpu {

/// A new session in `context`, or null past SIMGPU's "nvenc_sessions".
void* open_session(CUcontext context);

/// Null, with a misuse line, where `handle` is none.
std::shared_ptr<Session> find_session(void* handle, const char* call);

void end_session(void* handle);

}  // namespace tessera::simgpu
