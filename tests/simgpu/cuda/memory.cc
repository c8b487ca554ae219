#include "tests/simgpu/cuda/memory.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>
#include <map>
#include <mutex>

#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/cuda/report.h"
#include "tests/simgpu/cuda/window.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu::memory {
namespace {

struct Block {
  Allocation allocation;
  Span span;
};

struct State {
  std::mutex mutex;
  Window window;
  std::map<CUdeviceptr, Block> live;  // by start address
  std::map<CUdeviceptr, Allocation> dead;
  std::map<int, int64_t> in_use;
  int64_t serial = 0;
};

std::vector<std::string> leaks();

State& state() {
  static State& once = *[] {
    set_leak_lister(leaks);
    return new State;
  }();
  return once;
}

const Block* holding(const std::map<CUdeviceptr, Block>& live, CUdeviceptr address, size_t bytes) {
  auto after = live.upper_bound(address);
  if (after == live.begin()) return nullptr;
  const Allocation& allocation = std::prev(after)->second.allocation;
  const uint64_t offset = address - allocation.address;
  return offset <= allocation.bytes && bytes <= allocation.bytes - offset ? &std::prev(after)->second : nullptr;
}

/// Why [address, address + bytes) is in no live allocation.
std::string reason(State& s, CUdeviceptr address) {
  char text[160];
  if (!s.window.holds(address)) return "that is not device memory";
  if (const Block* block = holding(s.live, address, 0)) {
    std::snprintf(text, sizeof text, "it runs past the end of allocation #%" PRId64 " of %zu bytes",
                  block->allocation.serial, block->allocation.bytes);
    return text;
  }
  auto after = s.dead.upper_bound(address);
  if (after != s.dead.begin() && address < std::prev(after)->first + std::prev(after)->second.bytes) {
    std::snprintf(text, sizeof text, "allocation #%" PRId64 " of %zu bytes was freed before",
                  std::prev(after)->second.serial, std::prev(after)->second.bytes);
    return text;
  }
  return "no allocation is there";
}

size_t damaged(const unsigned char* from, size_t bytes) {
  return static_cast<size_t>(std::count_if(from, from + bytes, [](unsigned char byte) { return byte != kCanary; }));
}

void check_surroundings(const Block& block, int64_t delta) {
  const auto* start = reinterpret_cast<const unsigned char*>(block.span.start + delta);
  const size_t before = block.allocation.address - block.span.start;
  const size_t after = block.span.bytes - before - block.allocation.bytes;
  const size_t wrong_before = damaged(start, before),
               wrong_after = damaged(start + before + block.allocation.bytes, after);
  if (wrong_before)
    simgpu_misuse("%zu bytes before allocation #%" PRId64 " (%zu bytes) were overwritten", wrong_before,
                  block.allocation.serial, block.allocation.bytes);
  if (wrong_after)
    simgpu_misuse("%zu bytes after allocation #%" PRId64 " (%zu bytes) were overwritten", wrong_after,
                  block.allocation.serial, block.allocation.bytes);
}

/// Under the lock.
std::map<CUdeviceptr, Block>::iterator drop(State& s, std::map<CUdeviceptr, Block>::iterator at) {
  const Block block = at->second;
  check_surroundings(block, s.window.delta());
  s.in_use[block.allocation.device] -= static_cast<int64_t>(block.allocation.bytes);
  if (options().reuse)
    std::memset(reinterpret_cast<void*>(block.span.start + s.window.delta()), kPoison, block.span.bytes);
  s.window.give_back(block.span, options().reuse);
  s.dead[block.allocation.address] = block.allocation;
  const bool surface = block.allocation.kind == Kind::kSurface;
  simgpu_live(surface ? "surfaces" : "allocations", -1);
  if (!surface) simgpu_count("frees", 1);
  return s.live.erase(at);
}

std::vector<std::string> leaks() {
  std::vector<std::string> out;
  const std::lock_guard lock(state().mutex);
  for (const auto& [address, block] : state().live) {
    out.push_back("allocation #" + std::to_string(block.allocation.serial) + " of " +
                  std::to_string(block.allocation.bytes) + " bytes");
  }
  return out;
}

}  // namespace

int64_t delta() { return state().window.delta(); }
bool is_device(uint64_t address) { return state().window.holds(address); }
unsigned char* data(CUdeviceptr address) { return reinterpret_cast<unsigned char*>(address + delta()); }

CUresult allocate(size_t bytes, size_t alignment, CUcontext context, int device, Kind kind, CUdeviceptr* out) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  int64_t& in_use = s.in_use[device];
  if (bytes > static_cast<uint64_t>(options().memory_bytes - in_use)) return kOutOfMemory;
  const size_t whole = (bytes + alignment - 1) / alignment * alignment;
  const Span span = s.window.take(whole, options().reuse);
  if (span.bytes == 0) return kOutOfMemory;
  Block block{{span.start + span.bytes - whole, bytes, context, device, kind, 0, ++s.serial}, span};
  std::memset(reinterpret_cast<void*>(span.start + s.window.delta()), kCanary, span.bytes);
  std::memset(data(block.allocation.address), kPoison, bytes);
  s.dead.erase(block.allocation.address);
  s.live[block.allocation.address] = block;
  in_use += static_cast<int64_t>(bytes);
  note_bytes_in_use(in_use);
  simgpu_count(kind == Kind::kSurface ? "surface_allocations" : "allocations", 1);
  simgpu_live(kind == Kind::kSurface ? "surfaces" : "allocations", 1);
  *out = block.allocation.address;
  return CUDA_SUCCESS;
}

CUresult release(CUdeviceptr address, Kind kind, const char* call) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  const auto found = s.live.find(address);
  if (found == s.live.end()) {
    simgpu_misuse("%s: 0x%llx is not the start of a live allocation: %s", call, address, reason(s, address).c_str());
    return kInvalidValue;
  }
  const Allocation& allocation = found->second.allocation;
  if (allocation.kind != kind) {
    simgpu_misuse("%s: allocation #%" PRId64 " belongs to a video engine", call, allocation.serial);
    return kInvalidValue;
  }
  // A decoder may end before the encoder that its surfaces are registered with.
  if (allocation.holds > 0 && kind == Kind::kClient)
    simgpu_misuse("%s: allocation #%" PRId64 " is still registered with a video engine", call, allocation.serial);
  drop(s, found);
  return CUDA_SUCCESS;
}

size_t release_all(CUcontext context) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  size_t clients = 0;
  for (auto at = s.live.begin(); at != s.live.end();) {
    if (at->second.allocation.context != context) {
      ++at;
      continue;
    }
    clients += at->second.allocation.kind == Kind::kClient;
    at = drop(s, at);
  }
  return clients;
}

std::optional<Allocation> find(CUdeviceptr address, size_t bytes, const char* call) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (const Block* block = holding(s.live, address, bytes)) return block->allocation;
  simgpu_misuse("%s: %zu bytes at 0x%llx: %s", call, bytes, address, reason(s, address).c_str());
  return std::nullopt;
}

std::optional<Allocation> peek(CUdeviceptr address, size_t bytes) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  const Block* block = holding(s.live, address, bytes);
  return block ? std::optional(block->allocation) : std::nullopt;
}

void hold(CUdeviceptr address, int change) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (const Block* block = holding(s.live, address, 0))
    s.live[block->allocation.address].allocation.holds = std::max(0, block->allocation.holds + change);
  else if (change > 0)
    simgpu_misuse("a video engine was given 0x%llx: %s", address, reason(s, address).c_str());
}

int64_t bytes_in_use(int device) {
  const std::lock_guard lock(state().mutex);
  return state().in_use[device];
}

}  // namespace tessera::simgpu::memory
