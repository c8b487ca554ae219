#pragma once

#include <cstdint>

#include "kernels/cuda/jobs.h"

/// How the kernels reach device memory. The same source is compiled by nvcc and, for tests without a GPU, by g++: there
/// device memory lies at its address plus tessera_kernels_delta.
#if defined(__CUDACC__)
#define TESSERA_DEVICE __device__ __forceinline__
#else
#define TESSERA_DEVICE inline
extern "C" int64_t tessera_kernels_delta;
#endif

namespace tessera::kernels::cuda {

template <class T>
TESSERA_DEVICE T* at(uint64_t address) {
#if defined(__CUDACC__)
  return reinterpret_cast<T*>(address);
#else
  return reinterpret_cast<T*>(address + static_cast<uint64_t>(tessera_kernels_delta));
#endif
}

TESSERA_DEVICE int least(int a, int b) { return a < b ? a : b; }
TESSERA_DEVICE int most(int a, int b) { return a < b ? b : a; }

/// 16 bytes of samples, or some words of them, loaded and stored at once.
struct alignas(16) Words4 {
  uint32_t w[4];
};
struct alignas(8) Words2 {
  uint32_t w[2];
};

/// Samples packed in words as they lie in a plane of step 1: 16 of 8 bits or 8 of 10.
template <class T, int kBytes = kChunk>
struct Packed {
  static constexpr int kCount = kBytes / static_cast<int>(sizeof(T));
  static constexpr int kWords = kBytes / 4;
  static constexpr uint32_t kSample = sizeof(T) == 1 ? 0xffu : 0xffffu;
  uint32_t w[kBytes / 4];

  TESSERA_DEVICE uint32_t get(int i) const {
    return sizeof(T) == 1 ? w[i / 4] >> (i % 4 * 8) & 0xffu : w[i / 2] >> (i % 2 * 16) & 0xffffu;
  }
  /// Of a sample that is 0 so far.
  TESSERA_DEVICE void put(int i, uint32_t v) {
    if (sizeof(T) == 1) {
      w[i / 4] |= v << (i % 4 * 8);
    } else {
      w[i / 2] |= v << (i % 2 * 16);
    }
  }
  /// The same where the place is known at run time only. (An array that is indexed so would not stay in registers.)
  /// Words are chosen by masks, not by ?:, of which the compiler would make an index.
  TESSERA_DEVICE uint32_t get_at(int i) const {
    uint32_t word = 0;
#pragma unroll
    for (int k = 0; k < kWords; ++k) word |= w[k] & here(i, k);
    return word >> shift_of(i) & kSample;
  }
  TESSERA_DEVICE void put_at(int i, uint32_t v) {
#pragma unroll
    for (int k = 0; k < kWords; ++k) w[k] |= v << shift_of(i) & here(i, k);
  }
  TESSERA_DEVICE void set_at(int i, uint32_t v) {
#pragma unroll
    for (int k = 0; k < kWords; ++k)
      w[k] = (w[k] & ~(kSample << shift_of(i) & here(i, k))) | (v << shift_of(i) & here(i, k));
  }
  TESSERA_DEVICE void clear() {
#pragma unroll
    for (int i = 0; i < kWords; ++i) w[i] = 0;
  }

 private:
  static constexpr int kInWord = 4 / static_cast<int>(sizeof(T));
  static TESSERA_DEVICE int shift_of(int i) { return i % kInWord * 8 * static_cast<int>(sizeof(T)); }
  static TESSERA_DEVICE uint32_t here(int i, int word) { return 0u - static_cast<uint32_t>(i / kInWord == word); }
};

/// kBytes from an address that is a multiple of 4, in the widest pieces that it allows.
template <int kBytes>
TESSERA_DEVICE void load_bytes(uint64_t address, uint32_t* w) {
  const unsigned low = static_cast<unsigned>(address) & 15u;
  if (kBytes == 16 && low == 0) {
    const Words4 v = *at<const Words4>(address);
#pragma unroll
    for (int i = 0; i < kBytes / 4; ++i) w[i] = v.w[i];
  } else if ((low & 7u) == 0) {
#pragma unroll
    for (int i = 0; i < kBytes / 8; ++i) {
      const Words2 v = at<const Words2>(address)[i];
      w[2 * i] = v.w[0];
      w[2 * i + 1] = v.w[1];
    }
  } else {
#pragma unroll
    for (int i = 0; i < kBytes / 4; ++i) w[i] = at<const uint32_t>(address)[i];
  }
}

TESSERA_DEVICE uint64_t row_of(const Source& s, int y) {
  return s.data + static_cast<uint64_t>(static_cast<int64_t>(y) * s.stride);
}
TESSERA_DEVICE uint64_t row_of(const Target& t, int y) {
  return t.data + static_cast<uint64_t>(static_cast<int64_t>(y) * t.stride);
}

template <class T>
TESSERA_DEVICE uint32_t sample(const Source& s, int x, int y) {
  return static_cast<uint32_t>(at<const T>(row_of(s, y))[static_cast<int64_t>(x) * s.step] >> s.shift);
}

/// The even (or odd) samples of two words.
template <class T>
TESSERA_DEVICE uint32_t every_other(uint32_t a, uint32_t b, unsigned shift) {
  a >>= shift;
  b >>= shift;
  if (sizeof(T) == 2) return (a & 0xffffu) | b << 16;
  return (a & 0xffu) | (a >> 8 & 0xff00u) | (b & 0xffu) << 16 | (b << 8 & 0xff000000u);
}

/// Samples x.. of row y, all of which the plane has.
/// @tparam kPick whether interleaved samples, too, are loaded 16 bytes at once: costs registers
template <class T, int kBytes = kChunk, bool kPick = false>
TESSERA_DEVICE Packed<T, kBytes> load(const Source& s, int x, int y) {
  using P = Packed<T, kBytes>;
  P out;
  const uint64_t address = row_of(s, y) + static_cast<uint64_t>(static_cast<int64_t>(x) * s.step) * sizeof(T);
  const unsigned place = static_cast<unsigned>(address) & 15u;
  if (s.step == 1 && place % 4 == 0) {
    load_bytes<kBytes>(address, out.w);
  } else if (kPick && s.step == 2 && s.whole_rows != 0 && (place == 0 || place == sizeof(T))) {
    uint32_t wide[2 * P::kWords];
    load_bytes<kBytes>(address - place, wide);
    load_bytes<kBytes>(address - place + kBytes, wide + P::kWords);
#pragma unroll
    for (int i = 0; i < P::kWords; ++i) out.w[i] = every_other<T>(wide[2 * i], wide[2 * i + 1], 8 * place);
  } else {
    out.clear();
    const T* from = at<const T>(address);
#pragma unroll 1
    for (int i = 0; i < P::kCount; ++i) out.put_at(i, from[i * s.step]);
  }
  if (s.shift != 0) {
    const uint32_t mask = (0xffffu >> s.shift) * 0x00010001u;
#pragma unroll
    for (int i = 0; i < P::kWords; ++i) out.w[i] = out.w[i] >> s.shift & mask;
  }
  return out;
}

/// Samples x + begin .. x + end - 1 of row y at their places, zeros at the others.
template <class T, int kBytes = kChunk, bool kPick = false>
TESSERA_DEVICE Packed<T, kBytes> load_some(const Source& s, int x, int y, int begin, int end) {
  using P = Packed<T, kBytes>;
  if (begin == 0 && end == P::kCount) return load<T, kBytes, kPick>(s, x, y);
  P out;
  out.clear();
#pragma unroll 1
  for (int i = begin; i < end; ++i) out.put_at(i, sample<T>(s, x + i, y));
  return out;
}

/// Writes samples [begin, end) of a chunk that begins at sample x (a multiple of a chunk's) of row y.
template <class T, int kBytes = kChunk>
TESSERA_DEVICE void store(const Target& t, int x, int y, const Packed<T, kBytes>& v, int begin, int end) {
  using P = Packed<T, kBytes>;
  const uint64_t address = row_of(t, y) + static_cast<uint64_t>(static_cast<int64_t>(x)) * sizeof(T);
  if (t.aligned != 0 && begin == 0 && end == P::kCount) {
    if (kBytes == 16) {
      Words4 words;
#pragma unroll
      for (int i = 0; i < P::kWords; ++i) words.w[i] = v.w[i];
      *at<Words4>(address) = words;
    } else if (kBytes == 8) {
      Words2 words;
#pragma unroll
      for (int i = 0; i < P::kWords; ++i) words.w[i] = v.w[i];
      *at<Words2>(address) = words;
    } else {
      *at<uint32_t>(address) = v.w[0];
    }
    return;
  }
  T* out = at<T>(address);
#pragma unroll 1
  for (int i = begin; i < end; ++i) out[i] = static_cast<T>(v.get_at(i));
}

}  // namespace tessera::kernels::cuda
