#pragma once
// A client of the simulated driver: its entry points, and a process for each test, since a process reads SIMGPU once.
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <ffnvcodec/dynlink_loader.h>

namespace tessera::simgpu::test {

/// ffnvcodec's table, and what it lacks.
struct Driver {
  CudaFunctions* f = nullptr;
  void* library = nullptr;

  Driver();
  template <class Signature>
  Signature* entry(const char* name) const {
    return reinterpret_cast<Signature*>(symbol(name));
  }
  void* symbol(const char* name) const;
  nlohmann::json report() const;

  /// cuInit and a context of device 0, current on this thread.
  CUcontext start() const;
  CUdeviceptr allocate(size_t bytes) const;
  CUdeviceptr upload(const std::vector<unsigned char>& bytes) const;
  std::vector<unsigned char> download(CUdeviceptr from, size_t bytes) const;
  CUstream stream(unsigned flags = CU_STREAM_NON_BLOCKING) const;
  CUevent event() const;

  /// A kernel of the test library.
  CUfunction kernel(const char* name) const;
  CUresult launch(CUfunction kernel, CUstream stream, std::vector<void*> arguments) const;
  /// out[i] = a[i] + b[i].
  CUresult add(CUdeviceptr out, CUdeviceptr a, CUdeviceptr b, int n, CUstream stream) const;
};

struct Outcome {
  int exit = -1;     ///< exit code, or -1
  int signal = 0;    ///< what killed it, or 0
  std::string said;  ///< on standard error
  nlohmann::json report;
};

/// Runs `body` in a process of its own with SIMGPU = `options` (its "report" is added). Failed expectations in it give
/// exit code 1. Killed after `seconds`.
Outcome in_process(const nlohmann::json& options, const std::function<void(const Driver&)>& body, int seconds = 20);

/// Expects exit 0, no misuse, no leaks.
void expect_clean(const Outcome& outcome);

/// Expects that one misuse line holds `text`.
void expect_misuse(const Outcome& outcome, const std::string& text);

/// {"mode": ...} of every way to run work: eager, lazy, lazy with a few seeds; with both memory modes.
std::vector<nlohmann::json> all_modes();

}  // namespace tessera::simgpu::test
