#pragma once
// The two address ranges behind device memory and the page spans cut from them. Not locked: memory.cc's lock guards it.
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace tessera::simgpu {

/// Whole pages, writable in the data range, with a page that faults before and after.
struct Span {
  uint64_t start = 0;  ///< in the window of device addresses
  size_t bytes = 0;    ///< whole pages; 0 = none could be had
};

class Window {
 public:
  Window();
  int64_t delta() const { return delta_; }
  bool holds(uint64_t address) const { return address >= start_ && address < start_ + bytes_; }

  /// Fresh addresses; with `reuse` the span of that size given back last.
  Span take(size_t bytes, bool reuse);

  /// With `reuse` the pages stay as they are for the next take(); else no address of them is ever used again.
  void give_back(Span span, bool reuse);

 private:
  uint64_t bytes_ = 0, start_ = 0, next_ = 0;
  int64_t delta_ = 0;
  std::map<size_t, std::vector<uint64_t>> free_;  // by size, last in first out
};

}  // namespace tessera::simgpu
