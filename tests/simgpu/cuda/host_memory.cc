#include "tests/simgpu/cuda/host_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>

#include "tests/simgpu/cuda/memory.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu::host_memory {
namespace {

constexpr size_t kPage = 4096, kAlignment = 64;

struct Range {
  size_t bytes = 0;
  void* pages = nullptr;  ///< null: registered, not ours
  size_t mapped = 0;
};

struct State {
  std::mutex mutex;
  std::map<uintptr_t, Range> ranges;
};

State& state() {
  static State& once = *new State;
  return once;
}

}  // namespace

void* allocate(size_t bytes) {
  const size_t whole = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  const size_t pages = (whole + kPage - 1) / kPage * kPage;
  void* start = mmap(nullptr, pages + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  mprotect(static_cast<char*>(start) + pages, kPage, PROT_NONE);
  std::memset(start, kPoison, pages);
  char* out = static_cast<char*>(start) + pages - whole;
  const std::lock_guard lock(state().mutex);
  state().ranges[reinterpret_cast<uintptr_t>(out)] = {bytes, start, pages + kPage};
  return out;
}

bool release(void* address) {
  const std::lock_guard lock(state().mutex);
  const auto found = state().ranges.find(reinterpret_cast<uintptr_t>(address));
  if (found == state().ranges.end() || !found->second.pages) return false;
  munmap(found->second.pages, found->second.mapped);
  state().ranges.erase(found);
  return true;
}

CUresult add(void* address, size_t bytes) {
  const std::lock_guard lock(state().mutex);
  const bool fresh = state().ranges.emplace(reinterpret_cast<uintptr_t>(address), Range{bytes, nullptr, 0}).second;
  return fresh ? CUDA_SUCCESS : kHostMemoryAlreadyRegistered;
}

CUresult remove(void* address) {
  const std::lock_guard lock(state().mutex);
  const auto found = state().ranges.find(reinterpret_cast<uintptr_t>(address));
  if (found == state().ranges.end() || found->second.pages) return kHostMemoryNotRegistered;
  state().ranges.erase(found);
  return CUDA_SUCCESS;
}

bool pinned(const void* address, size_t bytes) {
  const std::lock_guard lock(state().mutex);
  auto after = state().ranges.upper_bound(reinterpret_cast<uintptr_t>(address));
  if (after == state().ranges.begin()) return false;
  const auto& [start, range] = *std::prev(after);
  const size_t offset = reinterpret_cast<uintptr_t>(address) - start;
  return offset <= range.bytes && bytes <= range.bytes - offset;
}

}  // namespace tessera::simgpu::host_memory
