#include "tests/simgpu/cuda/window.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>

namespace tessera::simgpu {
namespace {

constexpr size_t kPage = 4096;

/// 0 where the process may not have that many.
uint64_t reserve(uint64_t bytes) {
  void* range = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) return 0;
  madvise(range, bytes, MADV_DONTDUMP);
  return reinterpret_cast<uint64_t>(range);
}

}  // namespace

Window::Window() {
  uint64_t data = 0;
  for (bytes_ = uint64_t{1} << 40; bytes_ >= uint64_t{1} << 33; bytes_ >>= 1) {  // less under valgrind
    start_ = reserve(bytes_);
    data = start_ ? reserve(bytes_) : 0;
    if (data) break;
    if (start_) munmap(reinterpret_cast<void*>(start_), bytes_);
  }
  if (!data) {
    std::fprintf(stderr, "simgpu: no addresses left for device memory\n");
    std::_Exit(2);
  }
  next_ = start_ + kPage;
  delta_ = static_cast<int64_t>(data - start_);
}

Span Window::take(size_t bytes, bool reuse) {
  bytes = (bytes + kPage - 1) / kPage * kPage;
  if (auto found = free_.find(bytes); reuse && found != free_.end() && !found->second.empty()) {
    const Span span{found->second.back(), bytes};
    found->second.pop_back();
    return span;
  }
  if (bytes > start_ + bytes_ - next_ - kPage) return {};
  const Span span{next_, bytes};
  if (mprotect(reinterpret_cast<void*>(next_ + delta_), bytes, PROT_READ | PROT_WRITE) != 0) return {};
  next_ += bytes + kPage;
  return span;
}

void Window::give_back(Span span, bool reuse) {
  if (reuse) {
    free_[span.bytes].push_back(span.start);
    return;
  }
  void* data = reinterpret_cast<void*>(span.start + delta_);
  madvise(data, span.bytes, MADV_DONTNEED);
  mprotect(data, span.bytes, PROT_NONE);
}

}  // namespace tessera::simgpu
