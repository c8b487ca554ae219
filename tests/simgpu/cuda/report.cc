#include "tests/simgpu/cuda/report.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <iterator>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {
namespace {

struct State {
  std::mutex mutex;
  std::map<std::string, int64_t> calls, counters, live, misuse;
  std::map<std::string, int64_t> seen;  // calls by name and in all ("*"), for the faults
  std::vector<std::string> faults_fired;
  std::vector<std::string> misuse_order;
  int64_t peak_bytes = 0;
  int sticky = 0;
  int late = 0;  // becomes `sticky` when a client waits
  bool claimed = false, forked = false;
  std::string path;
  LeakLister leaks = nullptr;
};

// Never destroyed: libraries and threads may still call while the process ends.
State& state() {
  static State& once = *new State;
  return once;
}

constexpr const char* kAlwaysThere[] = {
    "bytes.htod",    "bytes.dtoh",       "bytes.dtod", "bytes.htod_pixels",   "bytes.dtoh_pixels", "bytes.dtod_pixels",
    "launches",      "allocations",      "frees",      "surface_allocations", "host_allocations",  "implicit_waits",
    "registrations", "surfaces_decoded", "encodes"};
constexpr const char* kAlwaysLive[] = {"contexts", "allocations",  "host_allocations", "streams", "events",
                                       "modules",  "surfaces",     "decoders",         "parsers", "encoders",
                                       "maps",     "registrations"};

void put(nlohmann::json& into, const std::string& key, int64_t value) {
  const auto dot = key.find('.');
  if (dot == std::string::npos)
    into[key] = value;
  else
    into[key.substr(0, dot)][key.substr(dot + 1)] = value;
}

nlohmann::json document(State& s) {
  nlohmann::json out{{"simulated", true}, {"pid", getpid()}, {"calls", s.calls}, {"peak_bytes", s.peak_bytes}};
  out["kernels"] = nlohmann::json::object();
  for (const char* key : kAlwaysThere) put(out, key, 0);
  for (const auto& [key, value] : s.counters) put(out, key, value);
  for (const char* key : kAlwaysLive) out["live"][key] = 0;
  for (const auto& [key, value] : s.live) out["live"][key] = value;
  out["misuse"] = nlohmann::json::array();
  for (const auto& text : s.misuse_order) {
    const int64_t times = s.misuse[text];
    out["misuse"].push_back(times == 1 ? text : text + " (" + std::to_string(times) + " times)");
  }
  out["faults_fired"] = s.faults_fired;
  return out;
}

void write_out(const std::string& path, const std::string& text) {
  if (path.empty() || path == "-") return;  // "-": standard error, at the end only
  static std::mutex& one_at_a_time = *new std::mutex;
  const std::lock_guard lock(one_at_a_time);
  // Renamed into place, so that a reader never sees half a report.
  const std::string part = path + "." + std::to_string(getpid()) + ".part";
  if (std::FILE* file = std::fopen(part.c_str(), "w")) {
    std::fprintf(file, "%s\n", text.c_str());
    std::fclose(file);
    if (std::rename(part.c_str(), path.c_str()) != 0) std::perror("simgpu: report");
  }
}

/// Also written to its file.
std::string make_report() {
  State& s = state();
  nlohmann::json out;
  std::string path;
  LeakLister leaks = nullptr;
  {
    const std::lock_guard lock(s.mutex);
    out = document(s);
    path = s.path;
    leaks = s.leaks;
  }
  out["leaks"] = nlohmann::json::array();
  for (const auto& [what, count] : out["live"].items())
    if (count != 0) out["leaks"].push_back(what + ": " + count.dump() + " not given back");
  if (leaks)  // outside the lock: the lister takes the memory's, under which counters are changed
    for (const auto& line : leaks()) out["leaks"].push_back(line);
  const std::string text = out.dump(1);
  write_out(path, text);
  return text;
}

void after_fork_in_child() {
  State& s = state();
  new (&s.mutex) std::mutex;  // whoever held it is not in this process
  s.calls.clear();
  s.counters.clear();
  s.live.clear();
  s.misuse.clear();
  s.misuse_order.clear();
  s.faults_fired.clear();
  s.peak_bytes = 0;
  s.leaks = nullptr;
  s.forked = s.claimed;
  s.claimed = false;
  if (!s.path.empty() && s.path != "-") s.path = options().report + "." + std::to_string(getpid());
}

__attribute__((constructor)) void at_load() {
  options();
  pthread_atfork(nullptr, nullptr, after_fork_in_child);
}

__attribute__((destructor)) void at_end() {
  if (!state().claimed && state().calls.empty()) return;
  const std::string text = make_report();  // not simgpu_report(): this thread's thread-local strings are gone by now
  if (state().path == "-") std::fprintf(stderr, "%s\n", text.c_str());
}

/// Whether this process is the one that meets a fault.
bool is_ours(const Fault& fault) {
  if (fault.once.empty()) return true;
  const int file = ::open(fault.once.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file >= 0) ::close(file);
  return file >= 0;
}

/// The fault that this call is to meet, if any. Under the lock.
const Fault* fault_for(State& s, const char* call) {
  if (options().faults.empty()) return nullptr;
  const int64_t by_name = ++s.seen[call], in_all = ++s.seen["*"];
  for (const Fault& fault : options().faults) {
    const bool now = (fault.call == call && fault.nth == by_name) || (fault.call == "*" && fault.nth == in_all);
    if (now && is_ours(fault)) return &fault;
  }
  return nullptr;
}

/// Whether a call of libcuda waits for what was queued, or asks for it. Video engines are not known to tell of it.
bool waits(std::string_view call) {
  constexpr std::string_view kWaits[] = {"cuStreamSynchronize", "cuStreamQuery", "cuEventSynchronize", "cuEventQuery",
                                         "cuCtxSynchronize"};
  return std::find(std::begin(kWaits), std::end(kWaits), call) != std::end(kWaits);
}

}  // namespace

void note_bytes_in_use(int64_t now) {
  const std::lock_guard lock(state().mutex);
  state().peak_bytes = std::max(state().peak_bytes, now);
}

void set_leak_lister(LeakLister lister) {
  const std::lock_guard lock(state().mutex);
  state().leaks = lister;
}

void claim_report() {
  State& s = state();
  std::unique_lock lock(s.mutex);
  if (s.claimed) return;
  s.claimed = true;
  if (s.forked) return;  // its path is chosen
  s.path = options().report;
  if (s.path.empty() || s.path == "-") return;
  const int file = open(s.path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
  if (file >= 0)
    close(file);
  else
    s.path += "." + std::to_string(getpid());
  lock.unlock();
  simgpu_report();  // a process that is killed leaves at least this
}

bool forked() { return state().forked; }

int sticky_code() {
  const std::lock_guard lock(state().mutex);
  return state().sticky;
}

}  // namespace tessera::simgpu

using namespace tessera::simgpu;

SIMGPU_EXPORT int simgpu_enter(const char* call) {
  State& s = state();
  claim_report();
  std::unique_lock lock(s.mutex);
  ++s.calls[call];
  const Fault* fault = fault_for(s, call);
  if (s.late && s.sticky == 0 && waits(call)) s.sticky = s.late;
  if (!fault) return s.sticky;
  s.faults_fired.push_back(std::string(call) + " (call " + std::to_string(s.calls[call]) + "): code " +
                           std::to_string(fault->code) + (fault->sticky ? ", sticky" : "") +
                           (fault->hang ? ", hangs" : "") + (fault->late ? ", late" : ""));
  if (fault->sticky) s.sticky = fault->code;
  if (fault->late) {
    s.late = fault->code;
    return s.sticky;
  }
  const int code = s.sticky ? s.sticky : fault->code;
  lock.unlock();
  simgpu_report();  // a client that hangs or crashes over it writes none at its end
  while (fault->hang) pause();
  return code;
}

SIMGPU_EXPORT void simgpu_misuse(const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (++s.misuse[text] > 1) return;
  s.misuse_order.emplace_back(text);
  std::fprintf(stderr, "simgpu: misuse: %s\n", text);
}

SIMGPU_EXPORT void simgpu_count(const char* what, int64_t n) {
  const std::lock_guard lock(state().mutex);
  state().counters[what] += n;
}

SIMGPU_EXPORT void simgpu_live(const char* what, int delta) {
  const std::lock_guard lock(state().mutex);
  state().live[what] += delta;
}

SIMGPU_EXPORT int64_t simgpu_live_now(const char* what) {
  const std::lock_guard lock(state().mutex);
  const auto found = state().live.find(what);
  return found == state().live.end() ? 0 : found->second;
}

SIMGPU_EXPORT const char* simgpu_report() {
  thread_local std::string text;
  text = make_report();
  return text.c_str();
}
