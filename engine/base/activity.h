#pragma once

#include <string>
#include <string_view>

/// What the process's threads are doing that may never come back, such as calls into drivers, for another process to
/// read when this one hangs or dies.
namespace tessera {

/// While it lives, its thread is in a call of this name. They nest; the innermost is told. Costs some nanoseconds.
class Activity {
 public:
  /// @param call cut to 47 bytes
  explicit Activity(std::string_view call);
  ~Activity();
  Activity(const Activity&) = delete;
  Activity& operator=(const Activity&) = delete;

 private:
  int slot_;
  char before_[48];
};

/// Bytes that hold the activities of one process.
inline constexpr size_t kActivityBytes = 64 * 256;

/// From now on activities are kept in `memory`: kActivityBytes, zeroed, shared with another process, for as long as
/// this process lives. Before any thread has an activity.
void keep_activities_in(void* memory);

/// Keeps what a library said last on this thread (cut to 207 bytes), to go with its activity.
void note_last_words(std::string_view text);

/// What this thread's libraries said last; empty where nothing, or once forget_last_words() was called.
std::string last_words();
void forget_last_words();

/// The calls that threads are in, with what was last said there: "cuStreamSynchronize; avcodec_send_packet (...)".
/// Empty where there is none. `memory` may be written to meanwhile by another process.
std::string describe_activities(const void* memory);

}  // namespace tessera
