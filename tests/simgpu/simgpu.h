#pragma once
// What the simulated libcuda.so.1 offers to its sisters, the simulated libnvcuvid.so.1 and libnvidia-encode.so.1, and
// to the tests. Exported by libcuda.so.1, which both sisters link. All functions may be called from any thread unless
// said otherwise; none of them calls back while it holds a lock, so a `run` function may use all of them.
//
// The environment variable SIMGPU holds one JSON object that chooses how the device behaves; see README.md in this
// folder.
#include <ffnvcodec/dynlink_cuda.h>

#include <cstddef>
#include <cstdint>

#define SIMGPU_EXPORT extern "C" __attribute__((visibility("default")))

/// First thing in every exported call, with the exported name (`__func__`). Counts the call in the report and injects
/// the faults of SIMGPU. Returns 0 to go on, else the code to return at once: CUresult for cu*/cuvid*, NVENCSTATUS for
/// NvEnc*, as written in the fault. A fault with "hang" does not return. After a sticky fault fired in any library,
/// every later simgpu_enter() returns its code, so a call that gives something back does its work all the same and then
/// returns the code (the client has done its part; only then the leak figures say something about the client).
SIMGPU_EXPORT int simgpu_enter(const char* call);

/// Adds a line to the report's "misuse". Deduplicates: a text that was already said is counted, not repeated.
SIMGPU_EXPORT void simgpu_misuse(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// Adds `n` to a counter of the report. "a.b" counts key b of object a ("bytes.htod"), a plain name a top-level key.
SIMGPU_EXPORT void simgpu_count(const char* what, int64_t n);

/// Live objects ("decoders", "parsers", "encoders", "maps", "registrations", ...): +1 when made, -1 when given back.
/// What is not 0 at the end of the process is in the report's "live" and "leaks".
SIMGPU_EXPORT void simgpu_live(const char* what, int delta);

/// How many are live now (for limits: sessions, decoders).
SIMGPU_EXPORT int64_t simgpu_live_now(const char* what);

/// Device memory for surfaces of the video engines, in the current context: counted in "surface_allocations" and in the
/// bytes in use (peak_bytes, memory_mb), not in "allocations"; the client cannot cuMemFree it. Aligned to 512 bytes.
/// CUDA_ERROR_OUT_OF_MEMORY (2) past memory_mb, CUDA_ERROR_INVALID_CONTEXT (201) without a current context.
SIMGPU_EXPORT CUresult simgpu_allocate(size_t bytes, CUdeviceptr* out);
SIMGPU_EXPORT CUresult simgpu_free(CUdeviceptr address);

/// The host's view of `bytes` of device memory, for what stands for hardware. Null, with a misuse line, where that is
/// not wholly inside one live allocation. Valid until the allocation is freed.
SIMGPU_EXPORT void* simgpu_data(CUdeviceptr address, size_t bytes);

/// Says that a video engine refers to the allocation that holds `address` (an NVENC registration): +1, and -1 when it
/// no longer does. Freeing held memory is misuse.
SIMGPU_EXPORT void simgpu_hold(CUdeviceptr address, int delta);

/// Queues `run(user)` on `stream` (null: the default stream of the current context), ordered with its other work. Eager
/// mode runs it before returning; lazy mode when something waits for it, on whichever thread waits.
/// So never wait here or in the driver (simgpu_wait(), a synchronising call) with a lock held that a `run` takes:
/// another thread may be in that `run`.
SIMGPU_EXPORT void simgpu_enqueue(CUstream stream, void (*run)(void*), void* user);

/// Waits until all that was queued on `stream` (null: the default stream of the current context) has run.
SIMGPU_EXPORT void simgpu_wait(CUstream stream);

/// False, with a misuse line that names `call`, where `stream` is not a live stream of `context`. Null is always valid.
SIMGPU_EXPORT bool simgpu_stream_of(CUstream stream, CUcontext context, const char* call);

/// The calling thread's current context, or null. Not a counted call.
SIMGPU_EXPORT CUcontext simgpu_current();

/// Makes `context` (may be null) current on the calling thread and returns what was current. Not a counted call; for
/// work that a library does on behalf of a context it was given.
SIMGPU_EXPORT CUcontext simgpu_make_current(CUcontext context);

/// Whether `context` is alive.
SIMGPU_EXPORT bool simgpu_context_alive(CUcontext context);

/// Options of SIMGPU by key; `otherwise` where the key is absent. Strings live as long as the process.
SIMGPU_EXPORT const char* simgpu_option_string(const char* key, const char* otherwise);
SIMGPU_EXPORT int64_t simgpu_option_int(const char* key, int64_t otherwise);
SIMGPU_EXPORT bool simgpu_option_bool(const char* key, bool otherwise);

/// Writes the report now (to SIMGPU's "report"; also written at exit) and returns it as JSON text, which the next call
/// on the same thread replaces.
SIMGPU_EXPORT const char* simgpu_report();
