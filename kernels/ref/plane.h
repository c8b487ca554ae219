#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/ops.h"

/// Access to samples, shared by the scalar operations and any that wrap the same bodies.
namespace tessera::kernels::ref {

/// Calls `f` with a value of the word type of a depth: uint8_t for 8 bits, uint16_t for 10.
template <class F>
void with_sample(int depth, F&& f) {
  if (depth > 8) {
    f(uint16_t{});
  } else {
    f(uint8_t{});
  }
}

template <class T>
const T* row_of(const ConstPlane& plane, int y) {
  return reinterpret_cast<const T*>(plane.data + y * plane.stride);
}

template <class T>
T* row_of(const Plane& plane, int y) {
  return reinterpret_cast<T*>(plane.data + y * plane.stride);
}

template <class T>
int sample_at(const ConstPlane& plane, int x, int y) {
  return row_of<T>(plane, y)[static_cast<ptrdiff_t>(x) * plane.step] >> plane.msb_shift;
}

inline int max_of(int depth) { return (1 << depth) - 1; }

}  // namespace tessera::kernels::ref
