#pragma once
// Counters, live objects, misuse and faults of the process, and the report made of them.
#include <cstdint>
#include <string>
#include <vector>

namespace tessera::simgpu {

/// Bytes of device memory in use changed; keeps the peak.
void note_bytes_in_use(int64_t now);

/// A line for the report's "leaks", asked for when the report is written.
using LeakLister = std::vector<std::string> (*)();
void set_leak_lister(LeakLister lister);

/// Claims the report's file; each call of the driver does, the first time counts. The first process of several that
/// share one SIMGPU writes to the file as it is named, the others to FILE.<process id>.
void claim_report();

/// True after fork() in a child of a process that had called the driver.
bool forked();

/// The code that a sticky fault left behind, or 0.
int sticky_code();

/// The kernel that runs on this thread, named when it faults; null = none.
void set_running_kernel(const char* name);

/// Says on standard error whether a segmentation fault was the host in device memory or a kernel out of its own, then
/// lets the fault take its course. Only where nobody else (a sanitizer) handles that signal.
void install_fault_handler();

}  // namespace tessera::simgpu
